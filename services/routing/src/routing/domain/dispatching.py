"""Departments called to a case (吹哨报到): one leads, others co-handle, each with its part, deadline and answer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

from linli.contracts import (
    DispatchAccepted,
    DispatchDone,
    DispatchProgressed,
    DispatchRequested,
    DispatchReturned,
    DispatchWithdrawn,
)
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, Dispatch, DispatchState
from routing.domain.deadline import deadline as deadline_of
from routing.domain.moves import MAX_REASON, Moved, future, moved, what, wording
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, after

MAX_WORK = 1000


class DispatchError(Exception):
    """The dispatch is not possible: the message says why, ``department`` names it."""

    def __init__(self, department: str, message: str) -> None:
        super().__init__(message)
        self.department = department


class UnknownDepartmentError(ValueError):
    """The district has no such department."""


class Answer(StrEnum):
    """What a department can say to a dispatch."""

    ACCEPT = "accept"
    RETURN = "return"
    PROGRESS = "progress"
    DONE = "done"


_OPEN = (DispatchState.REQUESTED, DispatchState.ACCEPTED)

ANSWERS: dict[tuple[DispatchState, Answer], DispatchState] = {
    (DispatchState.REQUESTED, Answer.ACCEPT): DispatchState.ACCEPTED,
    **{(state, Answer.RETURN): DispatchState.RETURNED for state in _OPEN},
    **{(state, Answer.PROGRESS): DispatchState.ACCEPTED for state in _OPEN},
    **{(state, Answer.DONE): DispatchState.DONE for state in _OPEN},
}
"""What each answer makes of a dispatch. A department may do its part without accepting it first."""

_EVENTS: dict[Answer, Callable[[dict[str, object], str, str], CaseEvent]] = {
    Answer.ACCEPT: lambda case, department, _: DispatchAccepted(**case, department=department),
    Answer.RETURN: lambda case, department, text: DispatchReturned(**case, department=department, reason=text),
    Answer.PROGRESS: lambda case, department, text: DispatchProgressed(**case, department=department, note=text),
    Answer.DONE: lambda case, department, text: DispatchDone(**case, department=department, answer=text),
}


def dispatch(
    case: Case,
    department: str,
    role: Literal["lead", "co"],
    task: str,
    *,
    deadline: datetime | None = None,
    at: datetime,
    rulebook: Rulebook,
) -> Moved:
    """Call a department to the case; without a deadline it has the time that `time_for` says.

    Raises:
        IllegalMoveError: the state of the case forbids it.
        UnknownDepartmentError: the district has no such department.
        DispatchError: it is called already, or another department leads, and is not done.
        MomentError: the deadline has passed.
        CaseTextError: the task is empty or longer than `MAX_WORK`.
    """
    after(case.state, Action.DISPATCH)
    if department not in rulebook.district.departments:
        raise UnknownDepartmentError(department)
    _require_free(case, department, role)
    called = Dispatch(
        department=department,
        role=role,
        task=wording("task", task, MAX_WORK),
        deadline=future("deadline", deadline, at=at) if deadline else time_for(case, at=at, rulebook=rulebook),
        requested_at=at,
    )
    others = tuple(each for each in case.dispatches if each.department != department)
    case = following(replace(case, dispatches=(*others, called)))
    event = DispatchRequested(
        **what(case), department=department, role=role, deadline=called.deadline, task=called.task
    )
    return moved(case, event)


def time_for(case: Case, *, at: datetime, rulebook: Rulebook) -> datetime:
    """Return until when a department has that is called now: the case's deadline, and time to come in any event."""
    least = deadline_of(at, case.limits.dispatch, rulebook.calendar_of(case.unit))
    return max(case.deadline, least)


def recall(case: Case, department: str, reason: str, *, at: datetime) -> Moved:
    """Tell a department that it is no longer needed.

    Raises:
        IllegalMoveError: the state of the case forbids it.
        DispatchError: it is not called, or its part is done.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    after(case.state, Action.RECALL)
    former = _called(case, department)
    if former.state not in _OPEN:
        raise DispatchError(department, f"the part of {department} is {former.state}")
    reason = wording("reason", reason, MAX_REASON)
    changed = replace(former, state=DispatchState.WITHDRAWN, answered_at=at, answer=reason)
    case = following(_with(case, changed))
    return moved(case, DispatchWithdrawn(**what(case), department=department, reason=reason))


def answer(case: Case, department: str, said: Answer, text: str, *, at: datetime) -> Moved:
    """Take what a department says to its dispatch.

    Raises:
        IllegalMoveError: the case has ended.
        DispatchError: the department is not called, or its part has ended.
        CaseTextError: the text is missing (accepting needs none) or longer than `MAX_WORK`.
    """
    after(case.state, Action.REPORT)
    former = _called(case, department)
    state = ANSWERS.get((former.state, said))
    if state is None:
        raise DispatchError(department, f"the part of {department} is {former.state} and does not allow {said}")
    text = "" if said is Answer.ACCEPT else wording("text", text, MAX_WORK)
    case = following(_with(case, replace(former, state=state, answered_at=at, answer=text or former.answer)))
    return moved(case, _EVENTS[said](what(case), department, text))


def following(case: Case) -> Case:
    """Return the case with the departments that it names made those that still stand; the last to lead leads."""
    standing = [each for each in case.dispatches if each.stands]
    lead = next((each.department for each in reversed(standing) if each.role == "lead"), None)
    others = tuple(each.department for each in standing if each.role == "co")
    return replace(case, lead_department=lead, co_departments=others)


def _require_free(case: Case, department: str, role: str) -> None:
    for each in case.dispatches:
        if each.waits and each.department == department:
            raise DispatchError(department, f"{department} is called already")
        if each.waits and each.role == role == "lead":
            raise DispatchError(department, f"{each.department} leads already")


def _called(case: Case, department: str) -> Dispatch:
    found = next((each for each in case.dispatches if each.department == department), None)
    if found is None:
        raise DispatchError(department, f"{department} is not called to the case")
    return found


def _with(case: Case, changed: Dispatch) -> Case:
    parts = (changed if each.department == changed.department else each for each in case.dispatches)
    return replace(case, dispatches=tuple(parts))
