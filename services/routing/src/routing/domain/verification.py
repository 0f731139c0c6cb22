"""Is it really done? Somebody else looks (核查), then the reporter is asked (回访): only they can close a case.

A reporter who says that it is solved has looked: where nobody else did so before, their answer verifies as well, unless
the reporter is staff, who may be whoever did the work. What was answered before a case closed as unanswered counts,
also where it comes later. Where it turns out later that it is not solved, the reporter's own word opens it again;
intake takes such words as long as the category allows.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from linli.contracts import CaseClosed, CaseInspected, CaseReopened, CaseVerified, Satisfaction
from linli.contracts.cases import CaseEvent
from routing.domain.case import Case, ReturnVisit
from routing.domain.clock import Timer, start_clock
from routing.domain.moves import Moved, moved, what
from routing.domain.rulebook import Rulebook
from routing.domain.rules import Rule, RuleCode
from routing.domain.states import Action, IllegalMoveError, State, after

Closing = tuple[Moved, tuple[Action, ...]]
"""What a return visit brought, and the moves that it was."""


_NOT_DONE: Mapping[bool, tuple[RuleCode, Literal["reporter", "inspection"]]] = {
    True: (RuleCode.REOPENED, "reporter"),
    False: (RuleCode.NOT_VERIFIED, "inspection"),
}
"""The rule and the event's word for a case that is not done, by whether the reporter said so."""


class OwnWorkError(Exception):
    """Nobody verifies what they have done themselves."""


def verify(case: Case, *, by: str, at: datetime, rulebook: Rulebook) -> Moved:
    """Say that it is done, having looked; the reporter is asked next.

    Raises:
        IllegalMoveError: the case is not resolved.
        OwnWorkError: it is the work of whoever looks.
    """
    state = after(case.state, Action.VERIFY)
    require_other(case, by)
    clock = start_clock(Timer.ANSWER, case.limits.answer, at=at, calendar=rulebook.calendar_of(case.unit))
    case = replace(case, state=state).with_clocks(clock, without=[Timer.VERIFY])
    return moved(case, CaseInspected(**what(case)))


def inspect(case: Case, *, by: str, at: datetime, rulebook: Rulebook) -> Closing:
    """Say that it is done, having looked; where the reporter has said so already, that closes the case.

    Raises:
        The same as `verify`.
    """
    verified, seen = verify(case, by=by, at=at, rulebook=rulebook)
    if not (case.was_answered and case.return_visits[-1].solved):
        return (verified, seen), (Action.VERIFY,)
    closed, told = _close(verified, answered=True, at=at)
    return (closed, (*seen, *told)), (Action.VERIFY, Action.CLOSE)


def reopen(case: Case, *, by: str | None, at: datetime, rulebook: Rulebook) -> Moved:
    """Say that it is not done: rework by the same handler, with the time that the category allows.

    ``by`` is who looked; None for the reporter.

    Raises:
        IllegalMoveError: the case is neither resolved nor verified.
        OwnWorkError: it is the work of whoever looks.
    """
    state = after(case.state, Action.REOPEN)
    if by is not None:
        _require_open(case, Action.REOPEN)
        require_other(case, by)
    code, found_by = _NOT_DONE[by is None]
    rule = Rule(code=code, applied=True, params={"name": case.handler.name})
    clock = start_clock(Timer.HANDLE, case.limits.handle, at=at, calendar=rulebook.calendar_of(case.unit))
    case = case.promising(clock.due_at, at=at)
    case = replace(case, state=state, closed_at=None, explanation=(*case.explanation, rule))
    case = case.with_clocks(clock, without=[Timer.VERIFY, Timer.ANSWER])
    return moved(case, CaseReopened(**what(case), handler=case.handler, deadline=case.deadline, by=found_by))


def answer_return_visit(
    case: Case,
    *,
    contacted: bool,
    solved: bool,
    satisfaction: Satisfaction,
    answered_at: datetime,
    at: datetime,
    rulebook: Rulebook,
    verifies: bool = True,
    own: bool = False,
) -> Closing:
    """Take the reporter's answer: solved closes the case, not solved reopens it.

    Where it does not verify, a case that nobody has looked at stays as it is until somebody does. ``own`` is what the
    reporter says by themselves, not to somebody who asks: that it is not solved opens also a case that closed.

    Raises:
        IllegalMoveError: the case is neither resolved nor verified, nor closed without the answer since it was given.
    """
    late = case.was_answered or case.closed_at is None or answered_at > case.closed_at
    if late and (solved or not own):
        _require_open(case, Action.CLOSE if solved else Action.REOPEN)
    visit = ReturnVisit(answered_at=answered_at, contacted=contacted, solved=solved, satisfaction=satisfaction)
    visited = replace(case, return_visits=(*case.return_visits, visit))
    if not solved:
        return reopen(visited, by=None, at=at, rulebook=rulebook), (Action.REOPEN,)
    if case.state in (State.VERIFIED, State.CLOSED):
        return _close(visited, answered=True, at=case.closed_at or at), (Action.CLOSE,)
    if case.state is State.RESOLVED and not verifies:
        return (visited, ()), ()
    verified = replace(visited, state=after(case.state, Action.VERIFY))
    proof = CaseVerified(**what(case), by="return-visit")
    return _close(verified, proof, answered=True, at=at), (Action.VERIFY, Action.CLOSE)


def close_unanswered(case: Case, *, at: datetime) -> Moved:
    """Close a verified case whose reporter did not answer in time; it is counted apart.

    Raises:
        IllegalMoveError: the case is not verified.
    """
    return _close(case, answered=False, at=at)


def require_other(case: Case, person: str) -> None:
    """Refuse whoever did the work.

    Raises:
        OwnWorkError: the person handles the case or said that it is done.
    """
    if person in (case.handler.id, case.responsible.id, case.resolved_by):
        raise OwnWorkError


def _require_open(case: Case, action: Action) -> None:
    if case.state is State.CLOSED:
        raise IllegalMoveError(case.state, action, ())


def _close(case: Case, *before: CaseEvent, answered: bool, at: datetime) -> Moved:
    case = replace(case, state=after(case.state, Action.CLOSE), closed_at=at)
    closed = CaseClosed(**what(case), unit=case.unit, level=case.level, on_time=case.on_time, answered=answered)
    return moved(case, *before, closed)
