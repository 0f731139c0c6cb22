"""Merging gives the case that goes on the earlier clock of both, and stops none."""

from datetime import datetime, timedelta
from uuid import UUID

from routing.domain.approvals import approve, ask
from routing.domain.case import Case
from routing.domain.endings import merge, unmerge
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


def test_an_undone_merge_leaves_the_earliest_of_the_clocks_that_are_left_in_any_order(rulebook: Rulebook) -> None:
    at = NOW + 3 * DAY
    into = accepted(rulebook, at=at, case_id=OTHER_ID)
    early, later = (accepted(rulebook, at=NOW + n * DAY, case_id=UUID(int=n + 1)) for n in (0, 1))
    for first, second in ((early, later), (later, early)):
        (one, _), (target, _) = merge(first, into, at=at, rulebook=rulebook)
        (other, _), (target, _) = merge(second, target, at=at, rulebook=rulebook)
        assert (target.deadline, target.promised_at) == (early.deadline, early.promised_at)
        _, (target, _) = unmerge(one, target, at=at, rulebook=rulebook)
        assert (target.deadline, target.promised_at) == (second.deadline, second.promised_at)
        _, (target, _) = unmerge(other, target, at=at, rulebook=rulebook)
        assert (target.deadline, target.promised_at, target.own) == (into.deadline, into.promised_at, None)


def test_a_deadline_that_somebody_moved_stays_when_a_merge_is_undone(rulebook: Rulebook) -> None:
    at = NOW + 2 * DAY
    (one, _), (target, _) = merge(
        accepted(rulebook), accepted(rulebook, at=at, case_id=OTHER_ID), at=at, rulebook=rulebook
    )
    target, _ = ask(target, "extend", at + 90 * DAY, "parts", by=B3_HEAD, at=at)
    target = approve(target, by="li-lianyi", at=at, rulebook=rulebook)[0][0]
    _, (target, _) = unmerge(one, target, at=at, rulebook=rulebook)
    assert target.deadline == at + 90 * DAY


def test_a_case_that_was_suspended_runs_again_when_its_merge_is_undone(rulebook: Rulebook) -> None:
    case = suspended(accepted(rulebook), rulebook, at=NOW)
    (one, _), (target, _) = merge(case, accepted(rulebook, case_id=OTHER_ID), at=NOW, rulebook=rulebook)
    (again, _), _ = unmerge(one, target, at=NOW + DAY, rulebook=rulebook)
    assert (again.suspended_at, again.deadline, again.promised_at) == (None, case.deadline, case.promised_at)


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
