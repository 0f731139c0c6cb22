"""More time, or a stopped clock: asked by the handler, decided one level up."""

from dataclasses import replace
from datetime import datetime, timedelta

from linli.contracts import ApprovalAsked, ApprovalRefused, CaseExtended, CaseResumed, CaseSuspended
from linli.contracts.clocks import Wish
from routing.domain.case import Asked, Case
from routing.domain.clock import Clock, Timer, carry_on, move_due
from routing.domain.moves import MAX_REASON, MomentError, Moved, future, moved, what, wording
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, after

LONGEST = timedelta(days=366)
"""Nobody may ask for more."""


class AlreadyAskedError(Exception):
    """The handler has asked for something that is not decided yet."""


class OwnWishError(Exception):
    """Nobody grants what they asked for themselves."""


class NothingAskedError(Exception):
    """There is nothing to decide."""


def ask(case: Case, wish: Wish, until: datetime, reason: str, *, by: str, at: datetime) -> Moved:
    """Ask the unit above for a later deadline (``extend``) or to stop the clock (``suspend``) until a moment.

    Raises:
        IllegalMoveError: the state forbids it.
        AlreadyAskedError: something else is asked already.
        MomentError: the moment has passed, is too far away or, for a deadline, not after the present one.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    after(case.state, Action.ASK)
    if case.asked is not None:
        raise AlreadyAskedError
    reason = wording("reason", reason, MAX_REASON)
    if future("until", until, at=at) > at + LONGEST:
        raise MomentError("until", f"until must lie within {LONGEST.days} days")
    if wish == "extend" and until <= case.deadline:
        raise MomentError("until", "until must be later than the present deadline")
    case = replace(case, asked=Asked(wish=wish, until=until, reason=reason, by=by))
    above = approver(case.unit)
    return moved(case, ApprovalAsked(**what(case), wish=wish, until=until, reason=reason, unit=case.unit, above=above))


def approve(case: Case, *, by: str, at: datetime, rulebook: Rulebook) -> tuple[Moved, Action]:
    """Give the handler what they asked for, and return what was done with it: extend or suspend.

    Raises:
        IllegalMoveError: the state forbids it.
        NothingAskedError: nothing is asked.
        OwnWishError: it is the wish of whoever decides.
        MomentError: what was asked for has passed meanwhile.
    """
    after(case.state, Action.EXTEND)
    asked = _asked(case)
    if asked.by == by:
        raise OwnWishError
    future("until", asked.until, at=at)
    if asked.wish == "extend":
        return _extend(case, asked, at=at, rulebook=rulebook), Action.EXTEND
    return _suspend(case, asked, at=at), Action.SUSPEND


def refuse(case: Case, reason: str) -> Moved:
    """Do not give the handler what they asked for.

    Raises:
        IllegalMoveError: the state forbids it.
        NothingAskedError: nothing is asked.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    state = after(case.state, Action.REFUSE)
    asked = _asked(case)
    reason = wording("reason", reason, MAX_REASON)
    case = replace(case, state=state, asked=None)
    return moved(case, ApprovalRefused(**what(case), wish=asked.wish, reason=reason))


def resume(case: Case, *, at: datetime, rulebook: Rulebook) -> Moved:
    """Let the clock of a suspended case run again: as much time is left as was left when it stopped.

    Raises:
        IllegalMoveError: the case is not suspended.
    """
    state = after(case.state, Action.RESUME)
    case = carried_on(case, at=at, rulebook=rulebook)
    case = replace(case, state=state, suspended_at=None).with_clocks(without=[Timer.SUSPENSION])
    return moved(case, CaseResumed(**what(case), deadline=case.deadline))


def carried_on(case: Case, *, at: datetime, rulebook: Rulebook) -> Case:
    """Return a case whose deadlines stand for a moment: those of a suspended one move with every moment."""
    if case.suspended_at is None:
        return case
    calendar = rulebook.calendar_of(case.unit)
    clock, promise = (
        carry_on(each, stopped_at=case.suspended_at, at=at, calendar=calendar) for each in (case.handling, case.promise)
    )
    return replace(case.promising(promise.due_at, at=at), suspended_at=at).with_clocks(clock)


def approver(unit: str) -> str:
    """Return the unit that decides about what another one asks: the one above; the top unit decides itself."""
    return unit.rpartition("/")[0] or unit


def _asked(case: Case) -> Asked:
    if case.asked is None:
        raise NothingAskedError
    return case.asked


def _extend(case: Case, asked: Asked, *, at: datetime, rulebook: Rulebook) -> Moved:
    state = after(case.state, Action.EXTEND)
    calendar = rulebook.calendar_of(case.unit)
    clock = move_due(case.handling, asked.until, at=at, calendar=calendar)
    case = case.promising(max(asked.until, case.promised_at), at=at)
    case = replace(case, state=state, asked=None).with_clocks(clock)
    return moved(case, CaseExtended(**what(case), deadline=asked.until, reason=asked.reason))


def _suspend(case: Case, asked: Asked, *, at: datetime) -> Moved:
    state = after(case.state, Action.SUSPEND)
    clock = Clock(Timer.SUSPENSION, at, asked.until, by_calendar=False)
    case = replace(case, state=state, asked=None, suspended_at=at).with_clocks(clock)
    return moved(case, CaseSuspended(**what(case), until=asked.until, reason=asked.reason))
