"""The moves of a case up the grid: escalated because it is too big, returned because it is not the unit's own."""

from dataclasses import replace
from datetime import datetime

from linli.contracts import CaseEscalated, CaseReturned
from linli.district import District, Unit
from routing.domain.case import Case
from routing.domain.deadline import WorkingCalendar, deadline
from routing.domain.decision import responsible, rules_of
from routing.domain.explanation import Rule, RuleCode
from routing.domain.moves import Moved, moved, routed, wording
from routing.domain.states import Action, IllegalMoveError, after, allowed

HOP_LIMIT = 4
"""After so many moves the next one goes straight to the top unit."""

MAX_REASON = 1000

EVENTS = {Action.ESCALATE: CaseEscalated, Action.RETURN: CaseReturned}


def escalate(case: Case, reason: str, *, at: datetime, district: District, calendar: WorkingCalendar) -> Moved:
    """Hand the case up because the matter is beyond the unit's authority: a new owner, a new deadline.

    Raises:
        IllegalMoveError: the state forbids it, or there is nobody above.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    return _hand_up(case, Action.ESCALATE, reason, at=at, district=district, calendar=calendar)


def return_(case: Case, reason: str, *, at: datetime, district: District, calendar: WorkingCalendar) -> Moved:
    """Hand the case up because it is not the unit's own: a new owner, a new deadline.

    Raises:
        IllegalMoveError: the state forbids it, or there is nobody above.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    return _hand_up(case, Action.RETURN, reason, at=at, district=district, calendar=calendar)


def allowed_moves(case: Case, district: District) -> tuple[Action, ...]:
    """Return the actions open to the case: what its state allows, without moving up where nobody is above."""
    actions = allowed(case.state)
    if _next_owner(case, district) is None:
        return tuple(action for action in actions if action not in (Action.ESCALATE, Action.RETURN))
    return actions


def _hand_up(
    case: Case, action: Action, reason: str, *, at: datetime, district: District, calendar: WorkingCalendar
) -> Moved:
    state = after(case.state, action)
    unit = _next_owner(case, district)
    if unit is None:
        raise IllegalMoveError(case.state, action, allowed_moves(case, district))
    event = EVENTS[action](
        case_id=case.id,
        category=case.category,
        area=case.area,
        from_unit=case.unit,
        to_unit=unit.path,
        reason=wording("reason", reason, MAX_REASON),
    )
    case = replace(
        case,
        state=state,
        unit=unit.path,
        level=unit.level,
        handler=unit.persons[0].as_handler(),
        deadline=deadline(at, rules_of(district, case.category).time_limit, calendar),
        hops=case.hops + 1,
        explanation=(*case.explanation, *_rules(case, action, unit, district)),
    )
    return moved(case, event, routed(case))


def _next_owner(case: Case, district: District) -> Unit | None:
    """Return the nearest unit above with a person of its own; past the hop limit only the top unit is asked."""
    if case.hops >= HOP_LIMIT or case.unit not in district.units:
        above: tuple[Unit, ...] = (district.top,)
    else:
        above = district.ancestry(case.unit)[1:]
    # A case of a unit without persons is already in the hands of somebody above.
    others = (unit for unit in above if unit.persons and unit.persons[0].id != case.handler.id)
    return next(others, None)


def _rules(case: Case, action: Action, unit: Unit, district: District) -> tuple[Rule, ...]:
    below = district.units.get(case.unit)
    code = RuleCode.ESCALATED if action is Action.ESCALATE else RuleCode.RETURNED
    params = {"below": below.name if below else case.unit, "unit": unit.name, "hops": case.hops + 1}
    rules = [Rule(code=code, applied=True, params=params)]
    if case.hops >= HOP_LIMIT:
        rules.append(Rule(code=RuleCode.HOP_LIMIT, applied=True, params={"limit": HOP_LIMIT, "unit": unit.name}))
    return (*rules, responsible(district, unit)[1])
