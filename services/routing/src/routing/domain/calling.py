"""The departments that the rules call to a case: when it is opened, and anew when they decide again."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from linli.contracts import DispatchRequested, DispatchWithdrawn
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, Dispatch, DispatchState
from routing.domain.decision import Decision
from routing.domain.dispatching import following, time_for
from routing.domain.moves import what
from routing.domain.rulebook import Rulebook

NOT_NEEDED = "按现行规则不再需要 / not needed by the rules of today"
"""What is told to a department that the rules called once and do not call any more."""

Called = tuple[Case, tuple[CaseEvent, ...]]
"""The case with its dispatches, and the data of their events, which its version does not count yet."""


def call(case: Case, decision: Decision, *, at: datetime, rulebook: Rulebook) -> Called:
    """Call the departments of a decision, the lead first, and send those away that an earlier one called in vain.

    Whom a person called or sent away, and what a department has done or returned, stays as it is.
    """
    roles = _roles(case, decision)
    gone = [each for each in case.dispatches if _in_vain(each) and roles.get(each.department) != each.role]
    kept = tuple(_withdrawn(each, at) if each in gone else each for each in case.dispatches)
    known = {each.department for each in kept if each.answer != NOT_NEEDED}
    deadline = time_for(case, at=at, rulebook=rulebook)
    new = [
        Dispatch(department=slug, role=role, task=None, deadline=deadline, requested_at=at)
        for slug, role in roles.items()
        if slug not in known
    ]
    again = {each.department for each in new}
    case = following(replace(case, dispatches=(*(each for each in kept if each.department not in again), *new)))
    return case, (*(_goodbye(case, each) for each in gone), *(_request(case, each) for each in new))


def _roles(case: Case, decision: Decision) -> dict[str, Literal["lead", "co"]]:
    lead = decision.lead_department
    others = (each for each in case.dispatches if each.stands and not _in_vain(each) and each.department != lead)
    # Two never lead: where somebody else does so for good, the one that the rules name helps.
    role: Literal["lead", "co"] = "co" if any(each.role == "lead" for each in others) else "lead"
    return {lead: role, **dict.fromkeys(decision.co_departments, "co")}


def _in_vain(dispatch: Dispatch) -> bool:
    """Tell whether the rules called a department, which no person does without a task, and it has not done its part."""
    return dispatch.task is None and dispatch.waits


def _withdrawn(dispatch: Dispatch, at: datetime) -> Dispatch:
    return replace(dispatch, state=DispatchState.WITHDRAWN, answered_at=at, answer=NOT_NEEDED)


def _goodbye(case: Case, dispatch: Dispatch) -> CaseEvent:
    return DispatchWithdrawn(**what(case), department=dispatch.department, reason=NOT_NEEDED)


def _request(case: Case, dispatch: Dispatch) -> CaseEvent:
    return DispatchRequested(
        **what(case), department=dispatch.department, role=dispatch.role, deadline=dispatch.deadline
    )
