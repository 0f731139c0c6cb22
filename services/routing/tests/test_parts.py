"""Departments that are called to a case, and tasks that units are given."""

from datetime import timedelta
from typing import Literal
from uuid import UUID

import pytest

from linli.contracts import (
    DispatchAccepted,
    DispatchDone,
    DispatchProgressed,
    DispatchRequested,
    DispatchReturned,
    DispatchWithdrawn,
    TaskAssigned,
    TaskDone,
)
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, DispatchState
from routing.domain.dispatching import Answer, DispatchError, UnknownDepartmentError, answer, dispatch, recall
from routing.domain.moves import MomentError, Moved, OpenTasksError
from routing.domain.owners import OwnerError
from routing.domain.rulebook import Rulebook
from routing.domain.states import IllegalMoveError
from routing.domain.tasks import MAX_TASKS, TaskError, assign, cancel, finish

from .builders import B3, LIANBANG, NOW, accepted, opened, opening, resolve, resolved

TASK = UUID(int=5)


def call(case: Case, department: str, rulebook: Rulebook, role: Literal["lead", "co"] = "co") -> Moved:
    return dispatch(case, department, role, "measure the noise", at=NOW, rulebook=rulebook)


def test_a_department_is_called_with_its_part_and_its_deadline(rulebook: Rulebook) -> None:
    deadline = NOW + timedelta(days=1)
    case, (called,) = dispatch(accepted(rulebook), "fire", "co", " look ", deadline=deadline, at=NOW, rulebook=rulebook)
    assert isinstance(called, DispatchRequested)
    assert (called.department, called.role, called.task, called.deadline) == ("fire", "co", "look", deadline)
    assert case.co_departments == ("fire",)


def test_without_a_deadline_a_department_has_until_the_cases_own(rulebook: Rulebook) -> None:
    case, _ = call(accepted(rulebook), "fire", rulebook)
    assert case.dispatches[-1].deadline == case.deadline


def test_a_department_that_is_called_to_an_overdue_case_has_time_nevertheless(rulebook: Rulebook) -> None:
    case = accepted(rulebook)
    late = case.deadline + timedelta(days=1)
    case, (called,) = dispatch(case, "fire", "co", "look", at=late, rulebook=rulebook)
    assert isinstance(called, DispatchRequested)
    assert late < called.deadline == case.dispatches[-1].deadline
    opened_late, _ = opening(rulebook, reported_at=NOW - timedelta(days=30))
    assert opened_late.deadline < NOW < opened_late.dispatches[0].deadline


def test_nobody_is_called_twice_and_two_never_lead(rulebook: Rulebook) -> None:
    case, _ = call(accepted(rulebook), "fire", rulebook)
    with pytest.raises(DispatchError, match="fire is called already"):
        call(case, "fire", rulebook)
    with pytest.raises(DispatchError, match="housing leads already"):
        call(case, "water", rulebook, role="lead")


def test_another_department_leads_after_the_first_has_returned_it(rulebook: Rulebook) -> None:
    case, (returned,) = answer(accepted(rulebook), "housing", Answer.RETURN, "not ours", at=NOW)
    assert isinstance(returned, DispatchReturned)
    assert case.lead_department is None
    case, _ = call(case, "water", rulebook, role="lead")
    assert case.lead_department == "water"
    case, _ = call(case, "housing", rulebook)
    assert case.co_departments == ("housing",)


def test_an_unknown_department_and_a_past_deadline_are_refused(rulebook: Rulebook) -> None:
    with pytest.raises(UnknownDepartmentError, match="magic"):
        call(accepted(rulebook), "magic", rulebook)
    with pytest.raises(MomentError, match="deadline must lie in the future"):
        dispatch(accepted(rulebook), "fire", "co", "look", deadline=NOW, at=NOW, rulebook=rulebook)


@pytest.mark.parametrize(
    ("said", "event", "state"),
    [
        (Answer.ACCEPT, DispatchAccepted, DispatchState.ACCEPTED),
        (Answer.PROGRESS, DispatchProgressed, DispatchState.ACCEPTED),
        (Answer.DONE, DispatchDone, DispatchState.DONE),
        (Answer.RETURN, DispatchReturned, DispatchState.RETURNED),
    ],
    ids=["accept", "progress", "done", "return"],
)
def test_what_a_department_says_reaches_the_case(
    rulebook: Rulebook, said: Answer, event: type[CaseEvent], state: DispatchState
) -> None:
    case, (told,) = answer(opened(rulebook), "housing", said, "as said", at=NOW)
    assert type(told) is event
    assert case.dispatches[0].state is state


def test_a_department_that_has_done_its_part_says_no_more(rulebook: Rulebook) -> None:
    case, _ = answer(opened(rulebook), "housing", Answer.DONE, "new roof", at=NOW)
    for said in Answer:
        with pytest.raises(DispatchError, match="the part of housing is done"):
            answer(case, "housing", said, "more", at=NOW)


def test_for_rework_a_department_that_was_done_is_called_again_and_can_be_sent_away(rulebook: Rulebook) -> None:
    case, _ = answer(accepted(rulebook), "housing", Answer.DONE, "new roof", at=NOW)
    case, _ = call(case, "housing", rulebook, role="lead")
    assert [each.state for each in case.dispatches] == [DispatchState.REQUESTED]
    case, _ = recall(case, "housing", "not needed", at=NOW)
    assert case.lead_department is None


def test_for_rework_another_department_leads(rulebook: Rulebook) -> None:
    case, _ = answer(accepted(rulebook), "housing", Answer.DONE, "new roof", at=NOW)
    case, _ = call(case, "water", rulebook, role="lead")
    assert (case.lead_department, case.co_departments) == ("water", ())
    with pytest.raises(DispatchError, match="water leads already"):
        call(case, "fire", rulebook, role="lead")


def test_a_department_that_is_not_called_has_nothing_to_say(rulebook: Rulebook) -> None:
    with pytest.raises(DispatchError, match="fire is not called"):
        answer(opened(rulebook), "fire", Answer.ACCEPT, "", at=NOW)


def test_a_department_can_be_sent_away_before_it_is_done(rulebook: Rulebook) -> None:
    case, (withdrawn,) = recall(opened(rulebook), "housing", "settled by residents", at=NOW)
    assert isinstance(withdrawn, DispatchWithdrawn)
    assert (case.lead_department, case.dispatches[0].state) == (None, DispatchState.WITHDRAWN)
    with pytest.raises(DispatchError):
        recall(case, "housing", "again", at=NOW)


def given(case: Case, rulebook: Rulebook, task: UUID = TASK) -> Case:
    return assign(case, task, LIANBANG, "clear the stairs", NOW + timedelta(days=1), at=NOW, rulebook=rulebook)[0]


def test_a_case_is_resolved_when_all_its_tasks_have_come_back(rulebook: Rulebook) -> None:
    case = given(accepted(rulebook), rulebook)
    with pytest.raises(OpenTasksError, match="1 tasks"):
        resolve(case, rulebook)
    case, (done,) = finish(case, TASK, "cleared", at=NOW)
    assert isinstance(done, TaskDone)
    assert resolve(case, rulebook)[0].resolved_at == NOW


def test_a_cancelled_task_stands_in_nobodys_way(rulebook: Rulebook) -> None:
    case, _ = cancel(given(accepted(rulebook), rulebook), TASK, "not needed", at=NOW)
    assert resolve(case, rulebook)[0].resolved_at == NOW
    with pytest.raises(TaskError, match="the task is cancelled"):
        finish(case, TASK, "cleared", at=NOW)


def test_a_task_names_its_unit_its_work_and_its_deadline(rulebook: Rulebook) -> None:
    due = NOW + timedelta(days=1)
    case, (told,) = assign(accepted(rulebook), TASK, B3, " sweep ", due, at=NOW, rulebook=rulebook)
    assert isinstance(told, TaskAssigned)
    assert (told.unit, told.work, told.deadline, case.version) == (B3, "sweep", due, 4)


def test_tasks_of_nobody_of_the_past_or_without_end_are_refused(rulebook: Rulebook) -> None:
    case, due = accepted(rulebook), NOW + timedelta(days=1)
    with pytest.raises(OwnerError, match="no unit nowhere"):
        assign(case, TASK, "nowhere", "sweep", due, at=NOW, rulebook=rulebook)
    with pytest.raises(MomentError):
        assign(case, TASK, B3, "sweep", NOW, at=NOW, rulebook=rulebook)
    with pytest.raises(TaskError, match="no task"):
        finish(case, TASK, "done", at=NOW)
    with pytest.raises(IllegalMoveError):
        given(resolved(rulebook), rulebook)
    for number in range(MAX_TASKS):
        case = given(case, rulebook, UUID(int=number))
    with pytest.raises(TaskError, match="at most 50"):
        given(case, rulebook, UUID(int=99))
