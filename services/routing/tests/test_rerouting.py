"""The rules of today decide again about a case: all their terms, and nothing over a person or a clock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from linli.contracts import CaseRouted, DispatchRequested, DispatchWithdrawn, Level
from linli.contracts.cases import CaseEvent
from linli.district import LimitKind, TimeLimit
from routing.domain.calling import NOT_NEEDED
from routing.domain.case import Case, DispatchState
from routing.domain.clock import Timer
from routing.domain.dispatching import Answer, answer, dispatch, recall
from routing.domain.explanation import RuleCode
from routing.domain.moves import Moved, accept
from routing.domain.owners import delegate, transfer
from routing.domain.rerouting import DecidedByPersonError, EscalatedError, route_again
from routing.domain.rulebook import HOP_LIMIT, Rulebook
from routing.domain.states import IllegalMoveError
from routing.domain.ticking import tick

from .builders import B3, B3_HEAD, LIANBANG, LIGHT, NOW, opened, rules

B2, JINPU = f"{LIANBANG}/b2", "sanchajie/jinpu"
LATER = NOW + timedelta(minutes=30)
LONG = TimeLimit(amount=100, kind=LimitKind.WORKING_DAYS)


def with_terms(rulebook: Rulebook, code: str = LIGHT, **changes: object) -> Rulebook:
    """Return rules under which something of a category is different."""
    category = rulebook.district.categories[code].model_copy(update=changes)
    categories = {**rulebook.district.categories, code: category}
    return replace(rulebook, district=rulebook.district.model_copy(update={"categories": categories}))


def raised(rulebook: Rulebook) -> Rulebook:
    """Return rules under which stair lights are another matter altogether."""
    category = rulebook.district.categories[LIGHT]
    other = with_terms(
        rulebook,
        authority=Level.COMMUNITY,
        confidential=True,
        volunteers=9,
        department="fire",
        co_departments=("civil-affairs",),
        limits=category.limits.model_copy(update={"handle": LONG}),
    )
    return replace(other, catalogue_version=2)


def again(case: Case, rulebook: Rulebook) -> Moved:
    return route_again(case, at=LATER, rulebook=rulebook)


def departments(case: Case) -> dict[str, tuple[str, str]]:
    return {each.department: (each.role, each.state.value) for each in case.dispatches}


def told(events: tuple[CaseEvent, ...], kind: type[DispatchRequested | DispatchWithdrawn]) -> list[str]:
    return [event.department for event in events if isinstance(event, kind)]


def test_all_terms_of_the_decision_become_the_case_s(rulebook: Rulebook) -> None:
    before = opened(rulebook)
    case, (event, *_) = again(before, raised(rulebook))
    assert isinstance(event, CaseRouted)
    assert (case.unit, case.level, case.handler.id) == (JINPU, Level.COMMUNITY, "li-jinpu")
    assert (case.confidential, case.volunteers_wanted, case.catalogue_version) == (True, 9, 2)
    assert (case.lead_department, case.co_departments, case.limits.handle) == ("fire", ("civil-affairs",), LONG)
    assert case.deadline > before.deadline + timedelta(days=100)
    told_too = (event.unit, event.confidential, event.volunteers_wanted, event.lead_department, event.co_departments)
    assert told_too == (JINPU, True, 9, "fire", ("civil-affairs",))
    assert (event.deadline, event.hops) == (case.deadline, 1)


def test_new_terms_are_carried_over_where_the_owner_stays_and_that_is_no_hop(rulebook: Rulebook) -> None:
    before = opened(rulebook)
    case, events = again(before, with_terms(rulebook, confidential=True, volunteers=9))
    assert (case.unit, case.handler.id, case.hops, len(events)) == (B3, B3_HEAD, 0, 1)
    assert (case.confidential, case.volunteers_wanted, case.clocks) == (True, 9, before.clocks)


def test_deciding_twice_by_the_same_rules_changes_nothing_the_second_time(rulebook: Rulebook) -> None:
    other = raised(rulebook)
    case, _ = again(opened(rulebook), other)
    assert route_again(case, at=LATER + timedelta(days=1), rulebook=other) == (case, ())


def test_another_owner_has_all_the_time_that_the_limits_give(rulebook: Rulebook) -> None:
    case, _ = again(opened(rulebook), raised(rulebook))
    started = {clock.timer: clock.started_at for clock in case.clocks}
    assert started == {Timer.ACCEPT: LATER, Timer.HANDLE: LATER}


def test_departments_of_before_are_sent_away_and_those_of_today_called(rulebook: Rulebook) -> None:
    case, events = again(opened(rulebook), raised(rulebook))
    assert told(events, DispatchWithdrawn) == ["housing"]
    assert told(events, DispatchRequested) == ["fire", "civil-affairs"]
    assert departments(case) == {
        "housing": ("lead", "withdrawn"),
        "fire": ("lead", "requested"),
        "civil-affairs": ("co", "requested"),
    }
    assert case.version == 2 + len(events)
    assert {each.deadline for each in case.dispatches if each.waits} == {case.deadline}


def test_a_department_that_the_rules_sent_away_is_called_when_they_want_it_again(rulebook: Rulebook) -> None:
    case, _ = again(opened(rulebook), raised(rulebook))
    case, events = again(case, rulebook)
    assert told(events, DispatchRequested) == ["housing"]
    assert (case.lead_department, case.co_departments) == ("housing", ())
    assert all(each.answer == NOT_NEEDED for each in case.dispatches if each.state is DispatchState.WITHDRAWN)


def test_what_departments_and_persons_did_about_a_dispatch_stands(rulebook: Rulebook) -> None:
    case, _ = answer(opened(rulebook), "housing", Answer.RETURN, "not ours", at=NOW)
    assert again(case, rulebook) == (case, ())
    case, _ = recall(opened(rulebook), "housing", "no need", at=NOW)
    assert again(case, rulebook) == (case, ())
    case, _ = dispatch(case, "water", "lead", "look at the cable", at=NOW, rulebook=rulebook)
    case, events = again(case, raised(rulebook))
    assert told(events, DispatchWithdrawn) == []
    assert (case.lead_department, case.co_departments) == ("water", ("fire", "civil-affairs"))


def test_another_owner_is_a_hop_that_the_explanation_tells(rulebook: Rulebook) -> None:
    case, (routed,) = again(opened(rulebook), rules(rulebook.district, B3, persons=()))
    assert isinstance(routed, CaseRouted)
    assert (case.handler.id, case.hops, routed.hops) == ("li-lianyi", 1, 1)
    assert case.explanation[-1].code is RuleCode.ROUTED_AGAIN


def test_past_the_hop_limit_the_rules_give_the_case_to_the_top_unit_and_leave_it_there(rulebook: Rulebook) -> None:
    case = replace(opened(rulebook), hops=HOP_LIMIT)
    assert again(case, rulebook) == (case, ())
    case, _ = again(case, raised(rulebook))
    assert (case.unit, case.hops) == ("sanchajie", HOP_LIMIT + 1)
    assert RuleCode.HOP_LIMIT in {rule.code for rule in case.explanation}
    assert again(case, raised(rulebook)) == (case, ())


def test_the_rules_never_overrule_a_person(rulebook: Rulebook) -> None:
    chosen, _ = transfer(opened(rulebook), LIANBANG, "theirs", by="li-jinpu", at=NOW, rulebook=rulebook)
    with pytest.raises(DecidedByPersonError):
        again(chosen, raised(rulebook))
    given, _ = delegate(opened(rulebook, "facility.roof-leak"), B3, "x", by="x", at=NOW, rulebook=rulebook)
    with pytest.raises(DecidedByPersonError):
        again(given, rulebook)


def test_the_rules_never_undo_what_the_clock_escalated(rulebook: Rulebook) -> None:
    due = NOW + timedelta(days=30)
    (case, _), _ = tick(opened(rulebook), at=due, rulebook=rulebook)
    assert case.unit == LIANBANG
    with pytest.raises(EscalatedError):
        route_again(case, at=due, rulebook=rulebook)


def test_the_rules_decide_nothing_about_a_case_that_somebody_has_accepted(rulebook: Rulebook) -> None:
    with pytest.raises(IllegalMoveError):
        again(accept(opened(rulebook))[0], raised(rulebook))


def test_a_case_from_a_place_that_was_closed_goes_to_the_successor(rulebook: Rulebook) -> None:
    units = {path: unit for path, unit in rulebook.district.units.items() if path != B3}
    district = rulebook.district.model_copy(update={"units": units})
    closed = replace(rulebook, district=district, successors={B3: B2})
    case, (routed,) = again(opened(rulebook), closed)
    assert isinstance(routed, CaseRouted)
    assert (case.unit, case.area, routed.area, case.handler.id) == (B2, B2, B2, "li-ershun")
