"""Letting the rules of today decide again about a case that nobody has accepted."""

from dataclasses import replace
from datetime import datetime

from routing.domain.calling import call
from routing.domain.case import Case
from routing.domain.clock import Timer, start_clock
from routing.domain.decision import Decision, decide
from routing.domain.duty import responsible
from routing.domain.matter import NO_LOADS, Loads, Matter
from routing.domain.moves import Moved, moved, routed
from routing.domain.owners import past_hop_limit
from routing.domain.rulebook import Rulebook
from routing.domain.rules import Params, Rule, RuleCode
from routing.domain.states import Action, after


class DecidedByPersonError(Exception):
    """The rules would decide again over what a person decided."""


class EscalatedError(Exception):
    """The rules would decide again about a case that went up because its time had run out."""


def route_again(case: Case, *, at: datetime, rulebook: Rulebook, loads: Loads = NO_LOADS) -> Moved:
    """Let the rules of today decide again about a case that nobody has accepted.

    All their terms become the case's. Another owner is a hop; past the hop limit the top unit is that owner. A clock
    begins anew where the owner or its limit is another. Where nothing is, nothing happens. ``loads`` are without this
    case.

    Raises:
        IllegalMoveError: the state forbids it.
        DecidedByPersonError: a person chose the owner; the rules do not overrule them.
        EscalatedError: time took the case up; the rules do not send it back.
    """
    after(case.state, Action.ROUTE)
    if case.decided_by is not None:
        raise DecidedByPersonError
    if any(rule.code is RuleCode.ESCALATED for rule in case.explanation):
        raise EscalatedError
    decision = _decision(case, at=at, rulebook=rulebook, loads=loads)
    leaving = case if decision.unit == case.unit else case.leaving(at)
    again = _with_terms(leaving, decision, rulebook)
    again, calls = call(_with_clocks(case, again, at=at, rulebook=rulebook), decision, at=at, rulebook=rulebook)
    if again == case:
        return case, ()
    again = _explained(case, again, decision, rulebook)
    return moved(again, routed(again), *calls)


def matter_of(case: Case, rulebook: Rulebook) -> Matter:
    """Return what a case is decided about: its place is the one that stands for it today."""
    return Matter(case.category, rulebook.present(case.area), case.opened_at, case.attributes)


def _decision(case: Case, *, at: datetime, rulebook: Rulebook, loads: Loads) -> Decision:
    decision = decide(rulebook.district, matter_of(case, rulebook), loads)
    if not past_hop_limit(case, rulebook) or (decision.unit, decision.handler.id) == (case.unit, case.handler.id):
        return decision
    top = rulebook.district.top_of(case.area)
    limit = Rule(RuleCode.HOP_LIMIT, applied=True, params={"limit": rulebook.hop_limit, "unit": top.name})
    person, rules = responsible(rulebook.district, top, at, NO_LOADS)
    handler = case.handler if case.unit == top.path else person.as_handler()
    explanation = (*decision.explanation, limit, *rules)
    return replace(decision, unit=top.path, level=top.level, handler=handler, explanation=explanation)


def _with_terms(case: Case, decision: Decision, rulebook: Rulebook) -> Case:
    return replace(
        case,
        area=rulebook.present(case.area),
        unit=decision.unit,
        level=decision.level,
        handler=decision.handler,
        volunteers_wanted=decision.volunteers_wanted,
        confidential=decision.confidential,
        limits=decision.limits,
        urgency=decision.urgency,
    )


def _with_clocks(case: Case, again: Case, *, at: datetime, rulebook: Rulebook) -> Case:
    calendar = rulebook.calendar_of(again.unit)
    limits = {Timer.ACCEPT: again.limits.accept, Timer.HANDLE: again.limits.handle}
    before = {Timer.ACCEPT: case.limits.accept, Timer.HANDLE: case.limits.handle}
    new = [timer for timer in limits if _is_hop(case, again) or limits[timer] != before[timer]]
    return again.with_clocks(*(start_clock(timer, limits[timer], at=at, calendar=calendar) for timer in new))


def _explained(case: Case, again: Case, decision: Decision, rulebook: Rulebook) -> Case:
    again = replace(again, catalogue_version=rulebook.catalogue_version, explanation=decision.explanation)
    if not _is_hop(case, again):
        return again
    units = rulebook.district.units
    below = units[case.unit].name if case.unit in units else case.unit
    hops = case.hops + 1
    params: Params = {"below": below, "unit": units[again.unit].name, "hops": hops}
    rule = Rule(RuleCode.ROUTED_AGAIN, applied=True, params=params)
    return replace(again, hops=hops, asked=None, explanation=(*again.explanation, rule))


def _is_hop(case: Case, again: Case) -> bool:
    return (case.unit, case.handler.id) != (again.unit, again.handler.id)
