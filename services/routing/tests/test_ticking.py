"""What the passing of time does to a case."""

from dataclasses import replace
from datetime import datetime, timedelta

from linli.contracts import (
    CaseClosed,
    CaseEscalated,
    CaseResumed,
    CaseRouted,
    CaseSupervised,
    CaseWarned,
    DispatchOverdue,
    Stage,
)
from linli.contracts.cases import CaseEvent
from routing.domain.approvals import approve, ask
from routing.domain.case import Case
from routing.domain.clock import Timer
from routing.domain.moves import accept
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, State
from routing.domain.ticking import next_at, tick
from routing.domain.verification import verify

from .builders import B3, CALENDAR, LIANBANG, NOW, accepted, opened, opening, resolved

YEAR = timedelta(days=365)


def ticked(case: Case, at: datetime, rulebook: Rulebook) -> tuple[Case, tuple[CaseEvent, ...], tuple[Action, ...]]:
    (case, events), actions = tick(case, at=at, rulebook=rulebook)
    return case, events, actions


def test_at_half_time_the_handler_is_warned_and_nobody_else(rulebook: Rulebook) -> None:
    case = accepted(rulebook)
    at = case.handling.moment(50, CALENDAR)
    assert next_at(case, rulebook) == at
    case, (warned,), actions = ticked(case, at, rulebook)
    assert isinstance(warned, CaseWarned)
    assert (warned.stage, warned.percent, warned.unit, warned.above) == (Stage.HANDLE, 50, B3, None)
    assert actions == (Action.WARN,)
    assert next_at(case, rulebook) == case.handling.moment(80, CALENDAR)


def test_before_its_moment_time_does_nothing(rulebook: Rulebook) -> None:
    case = opened(rulebook)
    assert ticked(case, NOW, rulebook) == (case, (), ())
    assert ticked(case, NOW - YEAR, rulebook) == (case, (), ())


def test_at_its_deadline_a_case_goes_one_level_up_and_both_are_told(rulebook: Rulebook) -> None:
    before = accepted(rulebook)
    case, (department, warned, escalated, routed), actions = ticked(before, before.deadline, rulebook)
    assert isinstance(department, DispatchOverdue)
    assert isinstance(warned, CaseWarned)
    assert (warned.percent, warned.above) == (100, LIANBANG)
    assert isinstance(escalated, CaseEscalated)
    assert isinstance(routed, CaseRouted)
    assert actions == (Action.WARN, Action.WARN, Action.ESCALATE)
    assert (case.unit, case.late, case.state) == (LIANBANG, True, State.ROUTED)
    assert case.deadline > before.deadline


def test_whoever_was_first_stays_responsible_until_somebody_accepts(rulebook: Rulebook) -> None:
    before = opened(rulebook)
    limit = before.clock_of(Timer.ACCEPT)
    assert limit is not None
    case, _, _ = ticked(before, limit.due_at, rulebook)
    assert (case.unit, case.handler.id, case.responsible.id) == (LIANBANG, "li-lianyi", "li-sanhe")
    assert accept(case)[0].responsible.id == "li-lianyi"


def test_a_case_that_nobody_accepts_keeps_the_deadline_that_was_promised(rulebook: Rulebook) -> None:
    before = opened(rulebook)
    limit = before.clock_of(Timer.ACCEPT)
    assert limit is not None
    case, _, _ = ticked(before, limit.due_at, rulebook)
    assert (case.deadline, case.late) == (before.deadline, False)


def test_after_an_outage_one_warning_and_one_level_make_up_for_all_that_was_missed(rulebook: Rulebook) -> None:
    case, events, actions = ticked(opened(rulebook), NOW + YEAR, rulebook)
    assert [type(event) for event in events] == [DispatchOverdue, CaseWarned, CaseEscalated, CaseRouted]
    assert actions == (Action.WARN, Action.WARN, Action.ESCALATE)
    assert (case.unit, case.late) == (LIANBANG, True)
    assert ticked(case, NOW + YEAR, rulebook)[2] == ()


def test_at_the_top_a_late_case_is_supervised(rulebook: Rulebook) -> None:
    case = accept(opened(rulebook, "facility.facade"))[0]
    case, (*departments, warned, supervised), actions = ticked(case, case.deadline, rulebook)
    assert [type(one) for one in departments] == [DispatchOverdue] * len(case.dispatches)
    assert isinstance(warned, CaseWarned)
    assert isinstance(supervised, CaseSupervised)
    assert (actions[-1], case.supervised, case.unit) == (Action.SUPERVISE, True, "sanchajie")
    assert next_at(case, rulebook) is None


def test_a_late_case_stays_late_also_with_a_new_deadline(rulebook: Rulebook) -> None:
    before = accepted(rulebook)
    case, _, _ = ticked(before, before.deadline, rulebook)
    assert not replace(case, resolved_at=case.deadline).on_time


def test_a_report_that_came_late_is_told_at_once(rulebook: Rulebook) -> None:
    _, events = opening(rulebook, reported_at=NOW - timedelta(days=3))
    warned = events[-1]
    assert isinstance(warned, CaseWarned)
    assert (warned.stage, warned.above) == (Stage.DISPATCH, LIANBANG)


def test_verification_that_takes_too_long_is_watched_from_above(rulebook: Rulebook) -> None:
    case = resolved(rulebook)
    case, (warned, supervised), _ = ticked(case, NOW + YEAR, rulebook)
    assert isinstance(warned, CaseWarned)
    assert isinstance(supervised, CaseSupervised)
    assert (warned.stage, case.state) == (Stage.VERIFY, State.RESOLVED)


def test_a_verified_case_whose_reporter_does_not_answer_closes_as_unanswered(rulebook: Rulebook) -> None:
    case, _ = verify(resolved(rulebook), by="inspector", at=NOW, rulebook=rulebook)
    due = next_at(case, rulebook)
    assert due is not None
    case, (closed,), actions = ticked(case, due, rulebook)
    assert isinstance(closed, CaseClosed)
    assert (closed.answered, closed.on_time, actions) == (False, True, (Action.CLOSE,))
    assert case.state is State.CLOSED


def test_a_resolved_case_that_nobody_verified_never_closes_by_itself(rulebook: Rulebook) -> None:
    case, _, _ = ticked(resolved(rulebook), NOW + YEAR, rulebook)
    assert (case.state, next_at(case, rulebook)) == (State.RESOLVED, None)


def test_a_suspended_case_is_not_warned_and_goes_on_at_the_end(rulebook: Rulebook) -> None:
    case = accepted(rulebook)
    until = NOW + timedelta(days=60)
    case, _ = ask(case, "suspend", until, "typhoon", by="li-sanhe", at=NOW)
    (case, _), _ = approve(case, by="li-lianyi", at=NOW, rulebook=rulebook)
    assert next_at(case, rulebook) == until
    before = case
    case, (resumed,), actions = ticked(case, until, rulebook)
    assert isinstance(resumed, CaseResumed)
    assert (actions, case.state) == ((Action.RESUME,), State.IN_PROGRESS)
    assert resumed.deadline == case.deadline > before.deadline
