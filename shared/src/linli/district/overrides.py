"""Rules of a place, a time or a detail that take precedence over those of the category."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from linli.contracts import AreaPath, Level, Slug
from linli.district.coverage import EVER, cover
from linli.district.departments import Pattern, matches
from linli.district.limits import TimeLimit
from linli.district.periods import Period
from linli.district.text import Text

Attribute = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Urgency(StrEnum):
    """How much of a hurry there is, least first."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


Condition = Literal["area", "time", "attribute"]
"""What an override may depend on."""


class LimitChanges(BaseModel):
    """Other limits of some stages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dispatch: TimeLimit | None = None
    accept: TimeLimit | None = None
    handle: TimeLimit | None = None
    verify: TimeLimit | None = None
    answer: TimeLimit | None = None


class Part(NamedTuple):
    """One area of an override, one of its periods, and its attributes; no area is everywhere."""

    area: str | None
    period: Period
    attributes: Mapping[str, tuple[str, ...]]


class Override(BaseModel):
    """What is different for matters of some categories, where all its conditions hold.

    Conditions: the place lies in one of ``areas``, the moment in one of the periods ``when`` (in the zone of the
    place), and each of ``attributes`` has one of its values; an absent one holds always. ``unit`` names who settles
    the matter whatever the authority. ``name`` says in an explanation what it is for. In a category's own list
    ``categories`` is left out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Slug
    name: Text
    categories: tuple[Pattern, ...] = ()
    areas: tuple[AreaPath, ...] = ()
    when: tuple[Period, ...] = ()
    attributes: Mapping[Slug, tuple[Attribute, ...]] = {}
    authority: Level | None = None
    unit: AreaPath | None = None
    department: Slug | None = None
    co_departments: tuple[Slug, ...] | None = None
    limits: LimitChanges | None = None
    urgency: Urgency | None = None
    volunteers: int | None = Field(default=None, ge=0, le=1000)

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.changes:
            raise ValueError("it changes nothing")
        return self

    def __hash__(self) -> int:
        """Go by the code: a mapping among the conditions has no hash."""
        return hash(self.code)

    @cached_property
    def changes(self) -> Mapping[str, Any]:
        """What it sets, by field; each stage's limit is a field of its own, such as ``limits.handle``."""
        plain = ("authority", "unit", "department", "co_departments", "urgency", "volunteers")
        changed = {field: value for field in plain if (value := getattr(self, field)) is not None}
        limits = {f"limits.{stage}": limit for stage, limit in self.limits or () if limit is not None}
        return changed | limits

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments that it calls, the leading one first."""
        return (*filter(None, (self.department,)), *(self.co_departments or ()))

    def is_about(self, category: str) -> bool:
        """Tell whether one of its patterns matches a category."""
        return any(matches(pattern, category) for pattern in self.categories)

    def failing(self, area: str, local: datetime, attributes: Mapping[str, str]) -> tuple[Condition, str] | None:
        """Return the first condition that does not hold and, of an attribute, its name; None when all hold."""
        if self.areas and not self._has_area(area):
            return "area", ""
        if self.when and not any(period.covers(local) for period in self.when):
            return "time", ""
        for name, values in self.attributes.items():
            if attributes.get(name) not in values:
                return "attribute", name
        return None

    @property
    def parts(self) -> Iterator[Part]:
        """The parts of where it applies: each area with each period."""
        for area, period in product(self.areas or (None,), self.when or (EVER,)):
            yield Part(area, period, self.attributes)

    def holds_throughout(self, part: Part, today: date | None = None) -> bool:
        """Tell whether all its conditions surely hold in a part of another one; with ``today`` from that day on."""
        return (
            (not self.areas or (part.area is not None and self._has_area(part.area)))
            and (not self.when or cover(self.when, part.period, today))
            and all(
                name in part.attributes and set(part.attributes[name]) <= set(values)
                for name, values in self.attributes.items()
            )
        )

    @cached_property
    def _grounds(self) -> tuple[str, ...]:
        return tuple(f"{area}/" for area in self.areas)

    def _has_area(self, area: str) -> bool:
        return f"{area}/".startswith(self._grounds)
