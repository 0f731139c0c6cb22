"""What all moves of a case share, and the plain ones: accept, start, resolve.

Each move returns the case after it and what happened, in order; the clock is an argument.
"""

from dataclasses import replace
from datetime import datetime

from linli.contracts import CaseAccepted, CaseResolved, CaseRouted, CaseStarted
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, TaskState
from routing.domain.clock import Timer, start_clock
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, after

MAX_OUTCOME = 2000
MAX_REASON = 1000

Moved = tuple[Case, tuple[CaseEvent, ...]]
"""The case after a move, and the data of the events in their order; ``version`` has grown by their number."""


class CaseTextError(ValueError):
    """A text that comes with a move is empty or too long: ``field`` names it, ``limit`` is in characters."""

    def __init__(self, field: str, limit: int) -> None:
        super().__init__(f"{field} must have 1 to {limit} characters")
        self.field = field
        self.limit = limit


class MomentError(ValueError):
    """A moment that comes with a move is not possible: ``field`` names it, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class OpenTasksError(Exception):
    """A case cannot be resolved while so many of its tasks are still to be done."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} tasks of the case are not done")
        self.count = count


def accept(case: Case) -> Moved:
    """Take the case on, and answer for it from now on.

    Raises:
        IllegalMoveError: the state forbids it.
    """
    case = replace(case, state=after(case.state, Action.ACCEPT), responsible=case.handler)
    case = case.with_clocks(without=[Timer.ACCEPT])
    return moved(case, CaseAccepted(**what(case), handler=case.handler))


def start(case: Case) -> Moved:
    """Begin the work.

    Raises:
        IllegalMoveError: the state forbids it.
    """
    case = replace(case, state=after(case.state, Action.START))
    return moved(case, CaseStarted(**what(case), handler=case.handler))


def resolve(case: Case, outcome: str, *, by: str, at: datetime, rulebook: Rulebook) -> Moved:
    """Say that the matter is done, and what was done; somebody else looks next. A wish that waits is dropped.

    Raises:
        IllegalMoveError: the state forbids it.
        OpenTasksError: parts of it are not done.
        CaseTextError: the outcome is empty or longer than `MAX_OUTCOME`.
    """
    state = after(case.state, Action.RESOLVE)
    waiting = sum(task.state is TaskState.ASSIGNED for task in case.tasks)
    if waiting:
        raise OpenTasksError(waiting)
    outcome = wording("outcome", outcome, MAX_OUTCOME)
    clock = start_clock(Timer.VERIFY, case.limits.verify, at=at, calendar=rulebook.calendar_of(case.unit))
    case = replace(case, state=state, resolved_at=at, resolved_by=by, asked=None).with_clocks(clock)
    return moved(case, CaseResolved(**what(case), handler=case.handler, outcome=outcome))


def moved(case: Case, *events: CaseEvent) -> Moved:
    """Return the case with its version grown by the events, and the events."""
    return replace(case, version=case.version + len(events)), events


def what(case: Case) -> dict[str, object]:
    """Return what every event of a case names."""
    return {"case_id": case.id, "category": case.category, "area": case.area}


def routed(case: Case) -> CaseRouted:
    """Return the event that says who owns the case."""
    return CaseRouted(
        case_id=case.id,
        category=case.category,
        area=case.area,
        level=case.level,
        unit=case.unit,
        handler=case.handler,
        responsible=case.responsible,
        deadline=case.deadline,
        lead_department=case.lead_department,
        co_departments=case.co_departments,
        hops=case.hops,
        volunteers_wanted=case.volunteers_wanted,
        confidential=case.confidential,
    )


def wording(field: str, text: str, limit: int) -> str:
    """Return a text without the space around it.

    Raises:
        CaseTextError: nothing is left, or more than ``limit`` characters.
    """
    text = text.strip()
    if not 0 < len(text) <= limit:
        raise CaseTextError(field, limit)
    return text


def future(field: str, moment: datetime, *, at: datetime) -> datetime:
    """Return a moment that lies ahead.

    Raises:
        MomentError: it does not.
    """
    if moment <= at:
        raise MomentError(field, f"{field} must lie in the future")
    return moment
