"""The moves that change a case's owner: up because it is too big or not the unit's own, down, or aside."""

from dataclasses import dataclass, replace
from datetime import datetime

from linli.contracts import CaseDelegated, CaseEscalated, CaseReturned, CaseTransferred
from linli.district import District, Person, Unit
from routing.domain.case import Case, TaskState
from routing.domain.clock import Timer, start_clock
from routing.domain.duty import responsible
from routing.domain.matter import NO_LOADS
from routing.domain.moves import MAX_REASON, Moved, moved, routed, what, wording
from routing.domain.rulebook import Rulebook
from routing.domain.rules import Params, Rule, RuleCode
from routing.domain.states import Action, IllegalMoveError, after, allowed

EVENTS = {
    Action.ESCALATE: CaseEscalated,
    Action.RETURN: CaseReturned,
    Action.DELEGATE: CaseDelegated,
    Action.TRANSFER: CaseTransferred,
}

RULES = {
    Action.ESCALATE: RuleCode.ESCALATED,
    Action.RETURN: RuleCode.RETURNED,
    Action.DELEGATE: RuleCode.DELEGATED,
    Action.TRANSFER: RuleCode.TRANSFERRED,
}

UPWARDS = (Action.ESCALATE, Action.RETURN)
DECISIONS = {Action.EXTEND, Action.SUSPEND, Action.REFUSE}


class OwnerError(ValueError):
    """A case cannot go to that unit or person: ``field`` names what is wrong, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def escalate(
    case: Case,
    reason: str,
    *,
    at: datetime,
    rulebook: Rulebook,
    by: str | None = None,
    keeps_deadline: bool = False,
) -> Moved:
    """Hand the case up because the matter is beyond the unit's authority, or its time has run out.

    The new handler gets the time that the category allows, unless the case ``keeps_deadline``; what was promised stays.
    Until they accept, whoever was responsible stays so. ``by`` is the person who decided, None for the clock.

    Raises:
        IllegalMoveError: the state forbids it, or there is nobody above.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    moved_up = _hand_up(case, Action.ESCALATE, reason, by=by, at=at, rulebook=rulebook)
    return _keep_deadline(case, moved_up) if keeps_deadline else moved_up


def return_(case: Case, reason: str, *, by: str, at: datetime, rulebook: Rulebook) -> Moved:
    """Hand the case up because it is not the unit's own: a new owner, a new deadline.

    Raises:
        IllegalMoveError: the state forbids it, or there is nobody above.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    return _hand_up(case, Action.RETURN, reason, by=by, at=at, rulebook=rulebook)


def delegate(
    case: Case, to: str, reason: str, *, by: str, at: datetime, rulebook: Rulebook, person: str | None = None
) -> Moved:
    """Give the case to a unit beneath the one that has it, or to one of its persons.

    Raises:
        IllegalMoveError: the state forbids it, or the hop limit is reached and the case is not the top unit's.
        OwnerError: the unit is unknown, closed or not beneath, or has no such person.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    after(case.state, Action.DELEGATE)
    if not to.startswith(f"{case.unit}/"):
        raise OwnerError("unit", f"{to} does not lie beneath {case.unit}")
    if not _may_delegate(case, rulebook):
        raise IllegalMoveError(case.state, Action.DELEGATE, allowed_moves(case, rulebook))
    receiver = _receiver(to, person, rulebook.district, at)
    return _give(case, Action.DELEGATE, receiver, reason, by=by, at=at, rulebook=rulebook)


def transfer(
    case: Case, to: str, reason: str, *, by: str | None, at: datetime, rulebook: Rulebook, person: str | None = None
) -> Moved:
    """Give the case to any other unit, or to another person of the same one.

    Past the hop limit it goes to the top unit, whichever was asked for.

    Raises:
        IllegalMoveError: the state forbids it.
        OwnerError: the unit is unknown or closed, or it is the present owner.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    after(case.state, Action.TRANSFER)
    top = rulebook.district.top_of(case.area)
    if past_hop_limit(case, rulebook) and case.unit != top.path:
        to, person = top.path, None
    receiver = _receiver(to, person, rulebook.district, at)
    if (receiver.unit.path, receiver.person.id) == (case.unit, case.handler.id):
        raise OwnerError("unit", f"{receiver.unit.path} and {receiver.person.id} have the case already")
    return _give(case, Action.TRANSFER, receiver, reason, by=by, at=at, rulebook=rulebook)


def allowed_moves(case: Case, rulebook: Rulebook) -> tuple[Action, ...]:
    """Return the actions open to the case.

    They are what its state allows, without moving up where nobody is above, without delegating past the hop limit by
    any but the top unit, and without what needs a wish, a department or a task where there is none.
    """
    closed = set(UPWARDS) if _next_owner(case, rulebook) is None else set()
    closed |= set() if _may_delegate(case, rulebook) else {Action.DELEGATE}
    closed |= DECISIONS if case.asked is None else {Action.ASK}
    closed |= set() if any(each.waits for each in case.dispatches) else {Action.RECALL}
    closed |= set() if any(task.state is TaskState.ASSIGNED for task in case.tasks) else {Action.FINISH, Action.CANCEL}
    return tuple(action for action in allowed(case.state) if action not in closed)


def can_go_up(case: Case, rulebook: Rulebook) -> bool:
    """Tell whether the case's state lets it be escalated and somebody is above."""
    return Action.ESCALATE in allowed_moves(case, rulebook)


def past_hop_limit(case: Case, rulebook: Rulebook) -> bool:
    """Tell whether the case has changed its owner as often as it may: the top unit decides from now on."""
    return case.hops >= rulebook.hop_limit


def _may_delegate(case: Case, rulebook: Rulebook) -> bool:
    return not past_hop_limit(case, rulebook) or case.unit == rulebook.district.top_of(case.area).path


def _hand_up(case: Case, action: Action, reason: str, *, by: str | None, at: datetime, rulebook: Rulebook) -> Moved:
    after(case.state, action)
    unit = _next_owner(case, rulebook)
    if unit is None:
        raise IllegalMoveError(case.state, action, allowed_moves(case, rulebook))
    receiver = _Receiver(unit, *responsible(rulebook.district, unit, at, NO_LOADS))
    return _give(case, action, receiver, reason, by=by, at=at, rulebook=rulebook)


def _give(
    case: Case,
    action: Action,
    to: "_Receiver",
    reason: str,
    *,
    by: str | None,
    at: datetime,
    rulebook: Rulebook,
) -> Moved:
    event = EVENTS[action](
        **what(case), from_unit=case.unit, to_unit=to.unit.path, reason=wording("reason", reason, MAX_REASON)
    )
    calendar = rulebook.calendar_of(to.unit.path)
    given = replace(
        case.leaving(at),
        state=after(case.state, action),
        unit=to.unit.path,
        level=to.unit.level,
        handler=to.person.as_handler(),
        decided_by=by or case.decided_by,
        asked=None,
        hops=case.hops + 1,
        explanation=(*case.explanation, *_rules(case, action, to, rulebook)),
    ).with_clocks(
        start_clock(Timer.ACCEPT, case.limits.accept, at=at, calendar=calendar),
        start_clock(Timer.HANDLE, case.limits.handle, at=at, calendar=calendar),
    )
    return moved(given, event, routed(given))


def _keep_deadline(before: Case, given: Moved) -> Moved:
    case, (event, _) = given
    case = case.with_clocks(before.handling)
    return case, (event, routed(case))


def _next_owner(case: Case, rulebook: Rulebook) -> Unit | None:
    """Return the nearest open unit above with persons of its own; past the hop limit only the top unit is asked."""
    district = rulebook.district
    if past_hop_limit(case, rulebook) or case.unit not in district.units:
        above: tuple[Unit, ...] = (district.top_of(case.area),)
    else:
        above = tuple(unit for unit in district.open_ancestry(case.unit) if unit.path != case.unit)
    # A case of a unit without persons is already in the hands of somebody above.
    others = (unit for unit in above if unit.persons and all(one.id != case.handler.id for one in unit.persons))
    return next(others, None)


@dataclass(frozen=True, slots=True)
class _Receiver:
    """The unit and the person that a case goes to, and the rules by which it is this person."""

    unit: Unit
    person: Person
    rules: tuple[Rule, ...]


def _receiver(path: str, person: str | None, district: District, at: datetime) -> _Receiver:
    unit = district.units.get(path)
    if unit is None or unit.closed:
        raise OwnerError("unit", f"the grid has no open unit {path}")
    if person is None:
        return _Receiver(unit, *responsible(district, unit, at, NO_LOADS))
    found = next((one for one in unit.persons if one.id == person), None)
    if found is None:
        raise OwnerError("person", f"{person} is not a person of {path}")
    chosen = Rule(RuleCode.HANDLER, applied=True, params={"unit": unit.name, "name": found.name, "post": found.post})
    return _Receiver(unit, found, (chosen,))


def _rules(case: Case, action: Action, to: _Receiver, rulebook: Rulebook) -> tuple[Rule, ...]:
    below = rulebook.district.units.get(case.unit)
    params: Params = {"below": below.name if below else case.unit, "unit": to.unit.name, "hops": case.hops + 1}
    rules = [Rule(RULES[action], applied=True, params=params)]
    if past_hop_limit(case, rulebook):
        limit: Params = {"limit": rulebook.hop_limit, "unit": to.unit.name}
        rules.append(Rule(RuleCode.HOP_LIMIT, applied=True, params=limit))
    return (*rules, *to.rules)
