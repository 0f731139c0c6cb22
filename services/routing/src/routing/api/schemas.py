"""What callers of the cases' API send and get."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from linli.chassis.text import PlainText
from linli.contracts import Handler, Level, Satisfaction
from linli.district import District
from routing.domain.case import Case
from routing.domain.explanation import RuleCode, explain
from routing.domain.moves import MAX_OUTCOME
from routing.domain.states import Action, State
from routing.domain.upwards import MAX_REASON, allowed_moves


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, told in UTC."""


class ResolveCase(BaseModel):
    """What the handler did."""

    model_config = ConfigDict(extra="forbid")

    outcome: Annotated[PlainText, Field(min_length=1, max_length=MAX_OUTCOME)]


class HandUpCase(BaseModel):
    """Why the case goes up."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[PlainText, Field(min_length=1, max_length=MAX_REASON)]


class ReturnVisitRead(BaseModel):
    """What the reporter answered."""

    model_config = ConfigDict(from_attributes=True)

    answered_at: Moment
    contacted: bool
    solved: bool
    satisfaction: Satisfaction


class CaseRead(BaseModel):
    """A case as its handlers and overseers see it; ``version`` is its ETag, ``allowed`` what may be done next."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    category: str
    area: str
    state: State
    unit: str
    level: Level
    handler: Handler
    deadline: Moment
    lead_department: str | None
    co_departments: tuple[str, ...]
    volunteers_wanted: int
    confidential: bool
    opened_at: Moment
    resolved_at: Moment | None
    closed_at: Moment | None
    return_visits: tuple[ReturnVisitRead, ...]
    hops: int
    version: int
    allowed: tuple[Action, ...] = Field((), description="`verify` and `reopen` are the reporter's")

    @classmethod
    def of(cls, case: Case, district: District) -> Self:
        """Return a case as callers see it."""
        return cls.model_validate(case).model_copy(update={"allowed": allowed_moves(case, district)})


class MoveRead(BaseModel):
    """One move of a case; ``actor`` is ``system`` where an event moved it."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    moved_at: Moment
    action: Action
    actor: str
    actor_name: str
    from_state: State
    to_state: State
    from_unit: str | None
    to_unit: str
    reason: str | None

    @classmethod
    def of(cls, row: RowMapping) -> Self:
        """Return a move as callers see it."""
        return cls.model_validate({**row, "actor": row["actor_id"]})


class RuleRead(BaseModel):
    """One rule that was considered, and what it says of this case."""

    code: RuleCode
    applied: bool
    text: str


class HopRead(BaseModel):
    """One move up the grid, with the units' names."""

    moved_at: Moment
    action: Action
    from_unit: str
    to_unit: str
    reason: str


class ExplanationRead(BaseModel):
    """Why a case is where it is, in ``language``."""

    case_id: UUID
    language: str
    rules: list[RuleRead]
    hops: list[HopRead]

    @classmethod
    def of(cls, case: Case, hops: Sequence[RowMapping], district: District, language: str) -> Self:
        """Return the explanation of a case in a language."""
        sentences = zip(case.explanation, explain(case.explanation, language), strict=True)
        return cls(
            case_id=case.id,
            language=language,
            rules=[RuleRead(code=rule.code, applied=rule.applied, text=text) for rule, text in sentences],
            hops=[_hop(row, district, language) for row in hops],
        )


def _hop(row: RowMapping, district: District, language: str) -> HopRead:
    def name(path: str) -> str:
        unit = district.units.get(path)
        return path if unit is None else unit.name.in_language(language)

    return HopRead.model_validate({**row, "from_unit": name(row["from_unit"]), "to_unit": name(row["to_unit"])})
