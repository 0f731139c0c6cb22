"""What callers who change the district send and get."""

from collections.abc import Sequence
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from linli.chassis.text import PlainText
from linli.contracts import AreaPath, Level
from linli.district import Fault, TimeLimit
from routing.api.schemas import Moment
from routing.catalogue_changes import CatalogueOutcome
from routing.domain.grid_edits import UnitChange
from routing.domain.impact import Way
from routing.grid_changes import GridOutcome
from routing.impact import MOST_LISTED, Diverted, Impact, Tally

Reason = Annotated[PlainText, Field(min_length=1, max_length=500)]


class UnitEdit(BaseModel):
    """Fields of a unit, each as the grid's file writes it, that replace those it has."""

    model_config = ConfigDict(extra="forbid")

    unit: Annotated[dict[str, Any], Field(min_length=1, max_length=50)]
    reason: Reason | None = None


class UnitClose(BaseModel):
    """Who has a unit's cases when it is closed: without a successor the unit above."""

    model_config = ConfigDict(extra="forbid")

    successor: AreaPath | None = None
    reason: Reason | None = None


class UnitMove(BaseModel):
    """Under which unit another one lies from now on, with all beneath it."""

    model_config = ConfigDict(extra="forbid")

    parent: AreaPath
    reason: Reason | None = None


class UnitContent(BaseModel):
    """A unit as the grid's file writes it; ``revision`` is its ETag."""

    path: str
    revision: int
    unit: dict[str, Any]


class UnitChangeRead(BaseModel):
    """One change of a unit; ``after`` is null where it was closed, and ``successor`` has its cases then."""

    model_config = ConfigDict(from_attributes=True)

    revision: int
    path: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    successor: str | None
    changed_at: Moment
    actor: str
    actor_name: str
    reason: str | None

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return a change as callers see it."""
        return cls.model_validate({**row, "actor": row["actor_id"]})


class TallyRead(BaseModel):
    """How many cases there are, how many of them were decided again, and how many of those would go elsewhere."""

    total: int
    by_person: int = Field(description="Those a person decided about: no rules overrule them, they are not checked")
    checked: int = Field(description="Of the others the newest, at most 20,000")
    diverted: int

    @classmethod
    def of(cls, tally: Tally) -> Self:
        """Return a tally as callers see it."""
        return cls(**tally._asdict())


class WayRead(BaseModel):
    """Where a matter goes; the first of ``departments`` leads."""

    unit: str
    authority: Level
    departments: tuple[str, ...]
    limit: TimeLimit

    @classmethod
    def of(cls, way: Way) -> Self:
        """Return a way as callers see it."""
        return cls(unit=way.unit, authority=way.authority, departments=way.departments, limit=way.limit)


class DivertedRead(BaseModel):
    """A case that would go elsewhere if it came today."""

    case_id: UUID
    category: str
    area: str
    is_open: bool
    before: WayRead
    after: WayRead

    @classmethod
    def of(cls, one: Diverted) -> Self:
        """Return a case as callers see it."""
        return cls(
            case_id=one.case_id,
            category=one.category,
            area=one.area,
            is_open=one.is_open,
            before=WayRead.of(one.before),
            after=WayRead.of(one.after),
        )


class ImpactRead(BaseModel):
    """What a change would mean for the open cases and for those of the last 90 days, against the rules of today.

    An open case stays where it is until somebody lets the rules decide again.
    """

    of_open: TallyRead
    of_past: TallyRead
    diverted: list[DivertedRead] = Field(description="The first 1,000 of them")

    @classmethod
    def of(cls, impact: Impact) -> Self:
        """Return an impact as callers see it."""
        return cls(
            of_open=TallyRead.of(impact.of_open),
            of_past=TallyRead.of(impact.of_past),
            diverted=[DivertedRead.of(one) for one in impact.diverted],
        )


class PathChange(BaseModel):
    """That a unit is new, changed, or closed in favour of ``successor``."""

    path: str
    is_new: bool
    successor: str | None

    @classmethod
    def of(cls, change: UnitChange) -> Self:
        """Return a change as callers see it."""
        return cls(path=change.path, is_new=change.before is None, successor=change.successor)


class WarningRead(BaseModel):
    """What is odd about a unit's outline without being wrong: somebody should look at the map."""

    path: str
    warning: str

    @classmethod
    def of(cls, odd: Fault) -> Self:
        """Return what is odd as callers see it."""
        return cls(path=odd.entry, warning=odd.fault)


class GridChanged(BaseModel):
    """What a change of the grid comes to; ``impact`` is told of a dry run, which changes nothing.

    ``warnings`` are told of an import.
    """

    revision: int
    dry_run: bool
    count: int
    changes: list[PathChange] = Field(description="The first of them")
    impact: ImpactRead | None = None
    warnings: list[WarningRead] = Field(default=[], description="The first of them")

    @classmethod
    def of(cls, outcome: GridOutcome, impact: Impact | None = None, warnings: Sequence[Fault] = ()) -> Self:
        """Return an outcome as callers see it."""
        return cls(
            revision=outcome.revision,
            dry_run=impact is not None,
            count=len(outcome.changes),
            changes=[PathChange.of(change) for change in outcome.changes[:MOST_LISTED]],
            impact=impact and ImpactRead.of(impact),
            warnings=[WarningRead.of(odd) for odd in warnings[:MOST_LISTED]],
        )


class CatalogueChanged(BaseModel):
    """What publishing a catalogue comes to; ``impact`` is told of a dry run, which changes nothing."""

    version: int
    dry_run: bool
    changed: list[str] = Field(description="Categories that are new, changed or gone")
    impact: ImpactRead | None = None

    @classmethod
    def of(cls, outcome: CatalogueOutcome, impact: Impact | None = None) -> Self:
        """Return an outcome as callers see it."""
        return cls(
            version=outcome.version,
            dry_run=impact is not None,
            changed=list(outcome.changed),
            impact=impact and ImpactRead.of(impact),
        )


class CatalogueVersion(BaseModel):
    """One version of the catalogue; ``categories`` is how many it has."""

    version: int
    published_at: Moment
    actor: str
    actor_name: str
    note: str | None
    categories: int

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return a version as callers see it."""
        return cls.model_validate({**row, "actor": row["actor_id"]})


class CatalogueContent(BaseModel):
    """One version of the catalogue with its content, as it can be published again."""

    version: int
    published_at: Moment
    actor: str
    actor_name: str
    note: str | None
    content: dict[str, Any]

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return a version as callers see it."""
        return cls.model_validate({**row, "actor": row["actor_id"]})
