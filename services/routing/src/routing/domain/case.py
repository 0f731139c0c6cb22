"""A case: the handling of one issue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from linli.contracts import Handler, Level, Satisfaction
from linli.contracts.clocks import Wish
from linli.district import StageLimits, Urgency
from routing.domain.clock import Clock, Timer
from routing.domain.rules import Rule
from routing.domain.states import OPEN, State


@dataclass(frozen=True, slots=True)
class ReturnVisit:
    """What the reporter answered when asked: was anyone in touch, is it solved, how satisfied are they."""

    answered_at: datetime
    contacted: bool
    solved: bool
    satisfaction: Satisfaction


class DispatchState(StrEnum):
    """How far a department is with its part."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DONE = "done"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """A department that was called to a case: its part of the work, its deadline, and what it said last.

    ``overdue`` tells that its deadline passed before it was done, and that this was told.
    """

    department: str
    role: Literal["lead", "co"]
    task: str | None
    deadline: datetime
    requested_at: datetime
    state: DispatchState = DispatchState.REQUESTED
    answered_at: datetime | None = None
    answer: str | None = None
    overdue: bool = False

    @property
    def stands(self) -> bool:
        """Whether the department is still called: it has not returned its part, nor was it sent away."""
        return self.state not in (DispatchState.RETURNED, DispatchState.WITHDRAWN)

    @property
    def waits(self) -> bool:
        """Whether its part is still to be done."""
        return self.state in (DispatchState.REQUESTED, DispatchState.ACCEPTED)


class TaskState(StrEnum):
    """Whether a task is still to be done."""

    ASSIGNED = "assigned"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A part of a case that a unit was given; ``overdue`` is as with a `Dispatch`."""

    id: UUID
    unit: str
    work: str
    deadline: datetime
    assigned_at: datetime
    state: TaskState = TaskState.ASSIGNED
    ended_at: datetime | None = None
    outcome: str | None = None
    overdue: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is still to be done."""
        return self.state is TaskState.ASSIGNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A wish of the handler that the unit above has to decide on: a later deadline or a stopped clock, until when."""

    wish: Wish
    until: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """What a case brought to a merge: its deadline and what was promised, with the unit that let that pass."""

    case_id: UUID
    deadline: datetime
    promised_at: datetime
    due_unit: str | None = None


DONE = (State.RESOLVED, State.VERIFIED, State.CLOSED)
"""Somebody has said that it is done, and nobody that it is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case has the id of its issue and always an owner: a unit and a named handler.

    ``limits`` are those of the decision, whatever the catalogue says since; ``catalogue_version`` is the one it was
    made by, ``decided_by`` the person who last chose the owner (None when the rules did). ``attributes`` are
    details of the report, ``by_staff`` tells whether staff made it on a visit. ``responsible`` answers for the case
    until the handler accepts: whoever was the last to accept, at first the first handler. ``hops`` counts the
    changes of owner, ``version`` the events that the case has given rise to. ``resolved_at`` is the last time that
    somebody, ``resolved_by``, said it is done. ``promised_at`` is until when it was to be settled when it was
    routed, whatever time its present owner has; ``due_unit`` is the unit that had it when that passed, where
    another one has it since. ``late`` stays once the time to handle it has run out. A merged case is handled with
    ``merged_into``; ``absorbed`` are the clocks of those that are handled with this one, ``own`` is what it had
    before. All moments are aware.
    """

    id: UUID
    category: str
    area: str
    state: State
    unit: str
    level: Level
    handler: Handler
    responsible: Handler
    lead_department: str | None
    co_departments: tuple[str, ...]
    volunteers_wanted: int
    confidential: bool
    limits: StageLimits
    urgency: Urgency
    attributes: Mapping[str, str]
    explanation: tuple[Rule, ...]
    opened_at: datetime
    moved_at: datetime
    promised_at: datetime
    clocks: tuple[Clock, ...]
    decided_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    closed_at: datetime | None = None
    suspended_at: datetime | None = None
    supervised: bool = False
    late: bool = False
    due_unit: str | None = None
    by_staff: bool = False
    asked: Asked | None = None
    merged_into: UUID | None = None
    absorbed: tuple[Absorbed, ...] = ()
    own: Absorbed | None = None
    dispatches: tuple[Dispatch, ...] = ()
    tasks: tuple[Task, ...] = ()
    return_visits: tuple[ReturnVisit, ...] = ()
    hops: int = 0
    version: int = 0
    catalogue_version: int = 1

    @property
    def deadline(self) -> datetime:
        """Until when its present owner has to settle it."""
        return self.handling.due_at

    @property
    def on_time(self) -> bool:
        """Whether it was resolved as was promised; the time the reporter takes to answer does not count."""
        return self.resolved_at is not None and self.resolved_at <= self.promised_at and not self.late

    @property
    def promise(self) -> Clock:
        """What was promised, as a clock: that of the handling, with an end of its own."""
        return replace(self.handling, due_at=self.promised_at)

    def broke_promise(self, at: datetime) -> bool:
        """Tell whether what was promised had passed, by a moment, before it was done or its clock was stopped."""
        if self.state in DONE and self.resolved_at is not None:
            return self.promised_at < self.resolved_at
        return self.promised_at <= (self.suspended_at or at)

    def promising(self, until: datetime, *, at: datetime) -> Self:
        """Return the case with another promise; one that was broken stays as it was."""
        return self if self.broke_promise(at) else replace(self, promised_at=until, due_unit=None)

    def leaving(self, at: datetime) -> Self:
        """Return the case as it goes to another unit: it keeps in mind which one let the promise pass."""
        passed = self.promised_at <= (self.suspended_at or at)
        return replace(self, due_unit=self.unit) if passed and self.due_unit is None else self

    @property
    def was_answered(self) -> bool:
        """Whether the reporter answered after it was resolved for the last time."""
        return any(
            self.resolved_at is None or visit.answered_at >= self.resolved_at for visit in self.return_visits[-1:]
        )

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN

    def clock_of(self, timer: Timer) -> Clock | None:
        """Return a clock of the case, or None where it has no such."""
        return next((clock for clock in self.clocks if clock.timer is timer), None)

    @property
    def handling(self) -> Clock:
        """The clock for handling, which every case has."""
        return next(clock for clock in self.clocks if clock.timer is Timer.HANDLE)

    def with_clocks(self, *clocks: Clock, without: Iterable[Timer] = ()) -> Self:
        """Return the case with some clocks set, in the place of those of the same kind, and others taken away."""
        gone = {*without, *(clock.timer for clock in clocks)}
        kept = (clock for clock in self.clocks if clock.timer not in gone)
        return replace(self, clocks=tuple(sorted((*kept, *clocks), key=lambda clock: clock.timer)))
