"""The moves of a case and what they tell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from linli.contracts import (
    CaseAccepted,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseRouted,
    CaseStarted,
    CaseVerified,
    DispatchRequested,
    Level,
    Satisfaction,
)
from routing.domain.case import Case
from routing.domain.explanation import RuleCode
from routing.domain.moves import CaseTextError, Moved, accept, start
from routing.domain.owners import allowed_moves, escalate, return_
from routing.domain.rulebook import HOP_LIMIT, Rulebook
from routing.domain.states import Action, IllegalMoveError, State
from routing.domain.verification import answer_return_visit

from .builders import B3, CASE_ID, LIANBANG, NOW, opened, opening, resolve, resolved, rules


def up(case: Case, rulebook: Rulebook, reason: str = "beyond the building") -> Moved:
    return escalate(case, reason, by="li-sanhe", at=NOW + timedelta(days=7), rulebook=rulebook)


def answered(case: Case, rulebook: Rulebook, *, solved: bool, at: datetime = NOW + timedelta(days=30)) -> Moved:
    return answer_return_visit(
        case,
        contacted=True,
        solved=solved,
        satisfaction=Satisfaction.SATISFIED if solved else Satisfaction.DISSATISFIED,
        answered_at=at,
        at=at,
        rulebook=rulebook,
    )[0]


def test_opening_routes_the_case_and_calls_the_departments_the_lead_first(rulebook: Rulebook) -> None:
    case, events = opening(rulebook, "dispute.family")
    routed, *dispatches = events
    assert isinstance(routed, CaseRouted)
    assert (routed.unit, routed.handler.id, routed.confidential) == ("sanchajie/jinpu", "li-jinpu", True)
    assert [(each.department, each.role) for each in dispatches if isinstance(each, DispatchRequested)] == [
        ("justice", "lead"),
        ("public-security", "co"),
        ("civil-affairs", "co"),
    ]
    assert (case.state, case.version, case.opened_at) == (State.ROUTED, 4, NOW)
    assert all(event.case_id == CASE_ID and event.area == B3 for event in events)


def test_opening_sets_the_deadline_of_the_category(rulebook: Rulebook) -> None:
    case, (routed, *_) = opening(rulebook, "safety.fire-lane")
    assert isinstance(routed, CaseRouted)
    assert case.deadline == routed.deadline == NOW + timedelta(hours=24)


def test_handler_accepts_starts_and_resolves(rulebook: Rulebook) -> None:
    case, events = accept(opened(rulebook))
    assert (case.state, [type(event) for event in events]) == (State.ACCEPTED, [CaseAccepted])
    case, events = start(case)
    assert (case.state, [type(event) for event in events]) == (State.IN_PROGRESS, [CaseStarted])
    case, (event,) = resolve(case, rulebook, "  bulb replaced ")
    assert isinstance(event, CaseResolved)
    assert (case.state, case.resolved_at, case.closed_at) == (State.RESOLVED, NOW, None)
    assert (event.outcome, event.handler) == ("bulb replaced", case.handler)
    assert case.version == 5


def test_a_solved_case_is_verified_and_closed(rulebook: Rulebook) -> None:
    case, (verified, closed) = answered(resolved(rulebook), rulebook, solved=True)
    assert isinstance(verified, CaseVerified)
    assert isinstance(closed, CaseClosed)
    assert (closed.unit, closed.level, closed.on_time) == (B3, Level.BUILDING, True)
    assert (case.state, case.closed_at) == (State.CLOSED, NOW + timedelta(days=30))
    assert [visit.satisfaction for visit in case.return_visits] == [Satisfaction.SATISFIED]


@pytest.mark.parametrize(("late", "on_time"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_on_time_means_resolved_by_the_deadline(rulebook: Rulebook, late: timedelta, on_time: bool) -> None:  # noqa: FBT001 - a parametrized value
    due = opened(rulebook).deadline
    _, (_, closed) = answered(resolved(rulebook, at=due + late), rulebook, solved=True)
    assert isinstance(closed, CaseClosed)
    assert closed.on_time is on_time


def test_an_unsolved_case_goes_back_to_the_same_handler_with_a_new_deadline(rulebook: Rulebook) -> None:
    before = resolved(rulebook)
    case, (event,) = answered(before, rulebook, solved=False)
    assert isinstance(event, CaseReopened)
    assert (case.state, case.handler, case.unit) == (State.REOPENED, before.handler, before.unit)
    assert event.handler == before.handler
    assert event.deadline == case.deadline > before.deadline
    assert case.explanation[-1].code is RuleCode.REOPENED


def test_rework_can_be_resolved_and_closed(rulebook: Rulebook) -> None:
    case, _ = answered(resolved(rulebook), rulebook, solved=False)
    case, _ = resolve(case, rulebook, "new cable drawn", at=NOW + timedelta(days=31))
    case, _ = answered(case, rulebook, solved=True)
    assert case.state is State.CLOSED
    assert [visit.solved for visit in case.return_visits] == [False, True]


def test_escalation_hands_the_case_to_the_unit_above(rulebook: Rulebook) -> None:
    before = accept(opened(rulebook))[0]
    case, (escalated, routed) = up(before, rulebook)
    assert isinstance(escalated, CaseEscalated)
    assert isinstance(routed, CaseRouted)
    assert (escalated.from_unit, escalated.to_unit, escalated.reason) == (B3, LIANBANG, "beyond the building")
    assert (routed.unit, routed.level, routed.handler.id, routed.hops) == (LIANBANG, Level.COMPOUND, "li-lianyi", 1)
    assert routed.deadline == case.deadline > before.deadline
    assert (case.state, case.version) == (State.ROUTED, before.version + 2)
    assert [rule.code for rule in case.explanation[-2:]] == [RuleCode.ESCALATED, RuleCode.HANDLER]


def test_return_hands_the_case_up_as_not_the_units_own(rulebook: Rulebook) -> None:
    before = opened(rulebook)
    case, (returned, routed) = return_(before, "not ours", by="li-sanhe", at=NOW, rulebook=rulebook)
    assert isinstance(returned, CaseReturned)
    assert isinstance(routed, CaseRouted)
    assert (returned.from_unit, returned.to_unit, routed.handler.id) == (B3, LIANBANG, "li-lianyi")
    assert case.explanation[-2].code is RuleCode.RETURNED


def test_moving_up_passes_over_a_unit_without_persons(rulebook: Rulebook) -> None:
    changed = rules(rulebook.district, LIANBANG, persons=())
    assert up(opened(changed), changed)[0].unit == "sanchajie/jinpu"


def test_moving_up_never_stays_with_the_same_person(rulebook: Rulebook) -> None:
    changed = rules(rulebook.district, B3, persons=())
    case = opened(changed)
    assert (case.unit, case.handler.id) == (B3, "li-lianyi")
    assert up(case, changed)[0].handler.id == "li-jinpu"


@pytest.mark.parametrize("move", [escalate, return_])
def test_at_the_top_nothing_moves_up(rulebook: Rulebook, move: Callable[..., Moved]) -> None:
    case = opened(rulebook, "facility.facade")
    with pytest.raises(IllegalMoveError) as caught:
        move(case, "too big", by="li-sanhe", at=NOW, rulebook=rulebook)
    assert caught.value.allowed == allowed_moves(case, rulebook)
    assert {Action.ESCALATE, Action.RETURN}.isdisjoint(caught.value.allowed)


def test_below_the_top_moving_up_is_allowed(rulebook: Rulebook) -> None:
    assert {Action.ACCEPT, Action.ESCALATE, Action.RETURN} <= set(allowed_moves(opened(rulebook), rulebook))


def test_past_the_hop_limit_the_case_goes_straight_to_the_top(rulebook: Rulebook) -> None:
    case, (_, routed) = up(replace(opened(rulebook), hops=HOP_LIMIT), rulebook)
    assert isinstance(routed, CaseRouted)
    assert (routed.unit, routed.hops) == ("sanchajie", HOP_LIMIT + 1)
    assert RuleCode.HOP_LIMIT in [rule.code for rule in case.explanation]


def test_below_the_hop_limit_the_case_goes_one_unit_up(rulebook: Rulebook) -> None:
    case, _ = up(replace(opened(rulebook), hops=HOP_LIMIT - 1), rulebook)
    assert case.unit == LIANBANG
    assert RuleCode.HOP_LIMIT not in [rule.code for rule in case.explanation]


def test_case_of_a_unit_that_left_the_grid_moves_to_the_top(rulebook: Rulebook) -> None:
    case, (escalated, _) = up(replace(opened(rulebook), unit="sanchajie/gone"), rulebook)
    assert isinstance(escalated, CaseEscalated)
    assert (escalated.from_unit, case.unit) == ("sanchajie/gone", "sanchajie")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 1001])
def test_moving_up_needs_a_reason(rulebook: Rulebook, reason: str) -> None:
    with pytest.raises(CaseTextError, match="reason must have 1 to 1000 characters"):
        up(opened(rulebook), rulebook, reason)


@pytest.mark.parametrize("outcome", ["", " ", "x" * 2001])
def test_resolving_needs_an_outcome(rulebook: Rulebook, outcome: str) -> None:
    with pytest.raises(CaseTextError, match="outcome must have 1 to 2000 characters"):
        resolve(accept(opened(rulebook))[0], rulebook, outcome)


def test_the_longest_reason_and_outcome_are_taken(rulebook: Rulebook) -> None:
    case, _ = up(opened(rulebook), rulebook, "x" * 1000)
    assert resolve(accept(case)[0], rulebook, "x" * 2000)[0].state is State.RESOLVED


def test_answering_before_it_is_resolved_is_refused(rulebook: Rulebook) -> None:
    with pytest.raises(IllegalMoveError) as caught:
        answered(opened(rulebook), rulebook, solved=True)
    assert caught.value.action is Action.VERIFY
