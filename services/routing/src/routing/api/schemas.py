"""What callers of the cases' API send and get."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from linli.contracts import Handler, Level, Satisfaction
from linli.contracts.clocks import Wish
from linli.district import Category, District
from routing.domain.case import Case, DispatchState, Task, TaskState
from routing.domain.clock import Timer
from routing.domain.explanation import RuleCode, explain
from routing.domain.owners import allowed_moves
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, State


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, told in UTC."""


class ReturnVisitRead(BaseModel):
    """What the reporter answered."""

    model_config = ConfigDict(from_attributes=True)

    answered_at: Moment
    contacted: bool
    solved: bool
    satisfaction: Satisfaction


class ClockRead(BaseModel):
    """A clock of the case: what it measures, since when, until when; ``fired`` is the last per cent that was told."""

    model_config = ConfigDict(from_attributes=True)

    timer: Timer
    started_at: Moment
    due_at: Moment
    fired: int


class AskedRead(BaseModel):
    """What the handler asks of the unit above."""

    model_config = ConfigDict(from_attributes=True)

    wish: Wish
    until: Moment
    reason: str
    by: str


class DispatchRead(BaseModel):
    """A department that was called, and what it said last."""

    model_config = ConfigDict(from_attributes=True)

    department: str
    role: str
    task: str | None
    deadline: Moment
    requested_at: Moment
    state: DispatchState
    answered_at: Moment | None
    answer: str | None


class TaskRead(BaseModel):
    """A part of the case that a unit was given."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    unit: str
    work: str
    deadline: Moment
    assigned_at: Moment
    state: TaskState
    ended_at: Moment | None
    outcome: str | None


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
    responsible: Handler = Field(description="Who answers for it until the handler has accepted")
    decided_by: str | None = Field(description="The person who chose the owner; null when the rules did")
    deadline: Moment = Field(description="Until when its present owner has to settle it")
    promised_at: Moment = Field(description="Until when it was to be settled when it was routed; figures go by it")
    late: bool
    supervised: bool
    asked: AskedRead | None
    suspended_at: Moment | None
    lead_department: str | None
    co_departments: tuple[str, ...]
    volunteers_wanted: int
    confidential: bool
    opened_at: Moment
    resolved_at: Moment | None
    closed_at: Moment | None
    merged_into: UUID | None
    clocks: tuple[ClockRead, ...]
    dispatches: tuple[DispatchRead, ...]
    tasks: tuple[TaskRead, ...]
    return_visits: tuple[ReturnVisitRead, ...]
    hops: int
    version: int
    catalogue_version: int = Field(description="The version of the catalogue that it was decided by")
    allowed: tuple[Action, ...] = Field(
        default=(),
        description="Extend, suspend and close come by approving a wish and by a visit, reopen by what either finds",
    )

    @classmethod
    def of(cls, case: Case, rulebook: Rulebook) -> Self:
        """Return a case as callers see it."""
        return cls.model_validate(case).model_copy(update={"allowed": allowed_moves(case, rulebook)})


class TaskOfCase(TaskRead):
    """A task with the case that it is a part of."""

    case_id: UUID
    category: str
    area: str

    @classmethod
    def of(cls, case: Case, task: Task) -> Self:
        """Return a task with its case."""
        same = {"case_id": case.id, "category": case.category, "area": case.area}
        return cls.model_validate({**same, **dict(TaskRead.model_validate(task))})


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
    took_s: float | None = Field(description="How long after the move before, in seconds; null for the first")

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
    """Why a case is where it is and when it is done, in ``language``.

    ``closing_condition`` is that of the catalogue's version that the case was decided by, whatever it says since.
    """

    case_id: UUID
    language: str
    catalogue_version: int
    closing_condition: str
    rules: list[RuleRead]
    hops: list[HopRead]

    @classmethod
    def of(
        cls, case: Case, hops: Sequence[RowMapping], district: District, language: str, *, category: Category
    ) -> Self:
        """Return the explanation of a case in a language; ``category`` is the one that it was decided by."""
        sentences = zip(case.explanation, explain(case.explanation, language), strict=True)
        return cls(
            case_id=case.id,
            language=language,
            catalogue_version=case.catalogue_version,
            closing_condition=category.closing_condition.in_language(language),
            rules=[RuleRead(code=rule.code, applied=rule.applied, text=text) for rule, text in sentences],
            hops=[_hop(row, district, language) for row in hops],
        )


def _hop(row: RowMapping, district: District, language: str) -> HopRead:
    def name(path: str) -> str:
        unit = district.units.get(path)
        return path if unit is None else unit.name.in_language(language)

    return HopRead.model_validate({**row, "from_unit": name(row["from_unit"]), "to_unit": name(row["to_unit"])})
