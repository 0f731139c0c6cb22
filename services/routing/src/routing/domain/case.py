"""A case: the handling of one issue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linli.contracts import Handler, Level, Satisfaction
from routing.domain.explanation import Rule
from routing.domain.states import State


@dataclass(frozen=True, slots=True)
class ReturnVisit:
    """What the reporter answered when asked: was anyone in touch, is it solved, how satisfied are they."""

    answered_at: datetime
    contacted: bool
    solved: bool
    satisfaction: Satisfaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case has the id of its issue and always an owner: a unit and a named handler.

    ``hops`` counts the moves up the grid, ``version`` the events that the case has given rise to. ``resolved_at`` is
    the last time that the handler said it is done. All moments are aware.
    """

    id: UUID
    category: str
    area: str
    state: State
    unit: str
    level: Level
    handler: Handler
    deadline: datetime
    lead_department: str | None
    co_departments: tuple[str, ...]
    volunteers_wanted: int
    confidential: bool
    explanation: tuple[Rule, ...]
    opened_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    return_visits: tuple[ReturnVisit, ...] = ()
    hops: int = 0
    version: int = 0

    @property
    def on_time(self) -> bool:
        """Whether it was resolved by its deadline; the time the reporter takes to answer does not count."""
        return self.resolved_at is not None and self.resolved_at <= self.deadline
