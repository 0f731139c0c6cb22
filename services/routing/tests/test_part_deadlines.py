"""Parts of a case that are not done in time."""

from datetime import datetime, timedelta
from uuid import UUID

from linli.contracts import DispatchOverdue, TaskOverdue
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case
from routing.domain.dispatching import Answer, answer, dispatch
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.domain.tasks import assign, finish
from routing.domain.ticking import next_at, tick

from .builders import LIANBANG, NOW, accepted, resolve

TASK = UUID(int=5)
SOON = NOW + timedelta(minutes=10)


def with_task(case: Case, rulebook: Rulebook, *, deadline: datetime = SOON) -> Case:
    return assign(case, TASK, LIANBANG, "clear the stairs", deadline, at=NOW, rulebook=rulebook)[0]


def called(case: Case, rulebook: Rulebook, *, deadline: datetime = SOON) -> Case:
    return dispatch(case, "fire", "co", "look", deadline=deadline, at=NOW, rulebook=rulebook)[0]


def told(case: Case, at: datetime, rulebook: Rulebook) -> tuple[Case, tuple[CaseEvent, ...], tuple[Action, ...]]:
    (case, events), actions = tick(case, at=at, rulebook=rulebook)
    return case, events, actions


def test_a_department_that_is_late_is_told_of_once(rulebook: Rulebook) -> None:
    case = called(accepted(rulebook), rulebook)
    assert next_at(case, rulebook) == SOON
    assert told(case, SOON - timedelta(seconds=1), rulebook) == (case, (), ())
    after, (late,), actions = told(case, SOON, rulebook)
    assert isinstance(late, DispatchOverdue)
    assert (late.department, late.deadline, late.addressees()) == ("fire", SOON, ("fire",))
    assert (actions, after.version) == ((Action.WARN,), case.version + 1)
    assert told(after, SOON + timedelta(minutes=1), rulebook) == (after, (), ())
    assert next_at(after, rulebook) == next_at(accepted(rulebook), rulebook)


def test_a_unit_that_is_late_with_its_task_is_told_of(rulebook: Rulebook) -> None:
    case, (late,), _ = told(with_task(accepted(rulebook), rulebook), SOON, rulebook)
    assert isinstance(late, TaskOverdue)
    assert (late.task_id, late.unit, late.deadline) == (TASK, LIANBANG, SOON)
    assert case.tasks[0].overdue


def test_all_that_an_outage_held_up_is_told_at_once(rulebook: Rulebook) -> None:
    case = called(with_task(accepted(rulebook), rulebook), rulebook, deadline=SOON + timedelta(minutes=1))
    _, events, actions = told(case, SOON + timedelta(minutes=5), rulebook)
    assert [type(event) for event in events] == [DispatchOverdue, TaskOverdue]
    assert actions == (Action.WARN, Action.WARN)


def test_what_is_done_is_never_late(rulebook: Rulebook) -> None:
    case = called(with_task(accepted(rulebook), rulebook), rulebook)
    case, _ = finish(case, TASK, "cleared", at=NOW)
    case, _ = answer(case, "fire", Answer.DONE, "looked", at=NOW)
    assert told(case, SOON, rulebook) == (case, (), ())


def test_a_department_that_is_called_again_has_its_time_again(rulebook: Rulebook) -> None:
    case, _, _ = told(called(accepted(rulebook), rulebook), SOON, rulebook)
    case, _ = answer(case, "fire", Answer.RETURN, "not ours", at=SOON)
    later = SOON + timedelta(minutes=10)
    case, _ = dispatch(case, "fire", "co", "look", deadline=later, at=SOON, rulebook=rulebook)
    assert next_at(case, rulebook) == later


def test_nobody_is_late_with_a_case_that_is_said_to_be_done(rulebook: Rulebook) -> None:
    case, _ = resolve(called(accepted(rulebook), rulebook), rulebook)
    assert told(case, SOON, rulebook) == (case, (), ())
