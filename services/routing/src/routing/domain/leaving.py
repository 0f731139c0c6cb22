"""What becomes of a case's parts when it ends before they are done."""

from dataclasses import replace
from datetime import datetime

from linli.contracts import DispatchRequested
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, Dispatch, DispatchState, TaskState
from routing.domain.dispatching import recall, time_for
from routing.domain.moves import Moved, what
from routing.domain.rulebook import Rulebook
from routing.domain.tasks import cancel


def let_go(case: Case, reason: str, *, at: datetime) -> Moved:
    """Cancel the tasks of a case that ends, and send the departments away that it waits for.

    It still names those departments: figures count it with them.
    """
    left, events = case, tuple[CaseEvent, ...]()
    for task in case.tasks:
        if task.state is TaskState.ASSIGNED:
            left, more = cancel(left, task.id, reason, at=at)
            events += more
    for called in case.dispatches:
        if called.waits:
            left, more = recall(left, called.department, reason, at=at)
            events += more
    return replace(left, lead_department=case.lead_department, co_departments=case.co_departments), events


def call_back(case: Case, *, at: datetime, rulebook: Rulebook) -> Moved:
    """Call the departments again that were sent away when the case ended, as it goes on after all."""
    named = {case.lead_department, *case.co_departments}
    gone = [each for each in case.dispatches if each.department in named and each.state is DispatchState.WITHDRAWN]
    deadline = time_for(case, at=at, rulebook=rulebook)
    again = {each.department: _again(each, max(each.deadline, deadline), at) for each in gone}
    dispatches = tuple(again.get(each.department, each) for each in case.dispatches)
    events = tuple(_called(case, each) for each in again.values())
    return replace(case, dispatches=dispatches, version=case.version + len(events)), events


def _again(gone: Dispatch, deadline: datetime, at: datetime) -> Dispatch:
    requested = DispatchState.REQUESTED
    return replace(gone, state=requested, deadline=deadline, requested_at=at, answered_at=None, answer=None)


def _called(case: Case, called: Dispatch) -> CaseEvent:
    return DispatchRequested(
        **what(case), department=called.department, role=called.role, deadline=called.deadline, task=called.task
    )
