"""Merging gives the case that goes on the earlier clock of both, and stops none."""

from datetime import datetime, timedelta

from routing.domain.approvals import approve, ask
from routing.domain.case import Case
from routing.domain.endings import merge
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.domain.ticking import next_at, tick

from .builders import B3_HEAD, NOW, OTHER_ID, accepted, resolve

DAY = timedelta(days=1)


def merged(case: Case, into: Case, rulebook: Rulebook, *, at: datetime) -> Case:
    (_, _), (target, _) = merge(case, into, at=at, rulebook=rulebook)
    return target


def suspended(case: Case, rulebook: Rulebook, *, at: datetime) -> Case:
    case, _ = ask(case, "suspend", at + 200 * DAY, "typhoon", by=B3_HEAD, at=at)
    return approve(case, by="li-lianyi", at=at, rulebook=rulebook)[0][0]


def test_an_overdue_clock_that_is_taken_over_goes_off_at_once(rulebook: Rulebook) -> None:
    late = NOW + 60 * DAY
    target = merged(accepted(rulebook), accepted(rulebook, at=late, case_id=OTHER_ID), rulebook, at=late)
    due = next_at(target, rulebook)
    assert due is not None
    assert due <= late
    (case, _), actions = tick(target, at=late, rulebook=rulebook)
    assert (case.late, actions) == (True, (Action.WARN, Action.ESCALATE))


def test_a_suspended_case_brings_the_time_that_it_has_left(rulebook: Rulebook) -> None:
    case = suspended(accepted(rulebook), rulebook, at=NOW)
    later = NOW + 60 * DAY
    into = accepted(rulebook, at=later + DAY, case_id=OTHER_ID)
    target = merged(case, into, rulebook, at=later)
    assert later < target.deadline < into.deadline


def test_a_suspended_case_compares_the_time_that_it_has_left(rulebook: Rulebook) -> None:
    into = suspended(accepted(rulebook, case_id=OTHER_ID), rulebook, at=NOW)
    later = NOW + 60 * DAY
    case = accepted(rulebook, at=later - DAY)
    assert merged(case, into, rulebook, at=later).deadline == case.deadline


def test_a_case_whose_work_is_done_brings_no_clock(rulebook: Rulebook) -> None:
    case, _ = resolve(accepted(rulebook), rulebook)
    into = accepted(rulebook, at=NOW + 2 * DAY, case_id=OTHER_ID)
    assert merged(case, into, rulebook, at=NOW + 2 * DAY).deadline == into.deadline
