"""The other ends of a case (declined, withdrawn, merged), and somebody above who watches it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from linli.contracts import (
    CaseAbsorbed,
    CaseDeclined,
    CaseMerged,
    CaseMergeRefused,
    CaseReleased,
    CaseSupervised,
    CaseUnmerged,
    CaseWithdrawn,
)
from linli.contracts.cases import CaseEvent
from routing.domain.approvals import carried_on
from routing.domain.case import Absorbed, Case
from routing.domain.clock import Timer, move_due, start_clock
from routing.domain.leaving import call_back, let_go
from routing.domain.moves import MAX_REASON, Moved, moved, routed, what, wording
from routing.domain.rulebook import Rulebook
from routing.domain.states import HANDLED, Action, IllegalMoveError, State, after, allowed

WITHDRAWN = "诉求已撤回 / the reporter took the issue back"
MERGED = "已与另一案件合并 / merged into another case"


def decline(case: Case, reason: str, *, at: datetime) -> Moved:
    """End a case that is nobody's here to settle; the reporter is told why, and whoever has a part of it.

    Raises:
        IllegalMoveError: the state forbids it.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    state = after(case.state, Action.DECLINE)
    reason = wording("reason", reason, MAX_REASON)
    case, parts = let_go(case, reason, at=at)
    case = replace(case, state=state, closed_at=at, asked=None)
    return _with_parts(parts, moved(case, CaseDeclined(**what(case), handler=case.handler, reason=reason)))


def withdraw(case: Case, *, at: datetime) -> Moved:
    """End a case whose reporter took the issue back; whoever has a part of it is told.

    Raises:
        IllegalMoveError: the state forbids it.
    """
    state = after(case.state, Action.WITHDRAW)
    case, parts = let_go(case, WITHDRAWN, at=at)
    case = replace(case, state=state, closed_at=at, asked=None)
    return _with_parts(parts, moved(case, CaseWithdrawn(**what(case))))


def supervise(case: Case, reason: str, *, by: str) -> Moved:
    """Watch the case from above; ``by`` is the name that the handler is told.

    Raises:
        IllegalMoveError: the case has ended.
        CaseTextError: the reason is empty or longer than `MAX_REASON`.
    """
    state = after(case.state, Action.SUPERVISE)
    reason = wording("reason", reason, MAX_REASON)
    case = replace(case, state=state, supervised=True)
    return moved(case, CaseSupervised(**what(case), by=by, reason=reason))


def merge(case: Case, into: Case, *, at: datetime, rulebook: Rulebook) -> tuple[Moved, Moved]:
    """Handle a case with another one from now on; that one gets the earlier of both clocks, if both still run.

    Whoever has a part of the merged one is told. Returns the moves of both.

    Raises:
        IllegalMoveError: one of them has ended.
    """
    if not into.is_open:
        raise IllegalMoveError(into.state, Action.MERGE, allowed(into.state))
    state = after(case.state, Action.MERGE)
    brought, target = (carried_on(each, at=at, rulebook=rulebook) for each in (case, into))
    left, parts = let_go(brought, MERGED, at=at)
    merged = replace(left, state=state, merged_into=into.id, closed_at=at, suspended_at=None, asked=None)
    if case.state in (*HANDLED, State.SUSPENDED):
        target = _hurried(target, _clocks(brought, at), at=at, rulebook=rulebook)
    told = CaseAbsorbed(**what(target), other=case.id, deadline=target.deadline)
    return _with_parts(parts, moved(merged, CaseMerged(**what(case), into=into.id))), moved(target, told)


def refuse_merge(case: Case, into: UUID) -> Moved:
    """Leave a case by itself that was to be merged when it or the other one had ended; whoever wanted it is told."""
    case = replace(case, state=after(case.state, Action.REFUSE_MERGE))
    return moved(case, CaseMergeRefused(**what(case), into=into))


def unmerge(case: Case, into: Case, *, at: datetime, rulebook: Rulebook) -> tuple[Moved, Moved]:
    """Handle a merged case by itself again; the one that it was merged into gets its own deadline back.

    Departments that it waited for are called again.

    Raises:
        IllegalMoveError: the case is not merged.
    """
    state = after(case.state, Action.UNMERGE)
    clock = start_clock(Timer.ACCEPT, case.limits.accept, at=at, calendar=rulebook.calendar_of(case.unit))
    again = replace(case, state=state, merged_into=None, closed_at=None, resolved_at=None, resolved_by=None)
    again = again.with_clocks(clock, without=[Timer.VERIFY, Timer.ANSWER, Timer.SUSPENSION])
    apart = CaseUnmerged(**what(again), handler=again.handler, deadline=again.deadline)
    again, told = moved(again, apart, routed(again))
    again, calls = call_back(again, at=at, rulebook=rulebook)
    return (again, (*told, *calls)), _released(into, case, at=at, rulebook=rulebook)


def _with_parts(parts: tuple[CaseEvent, ...], ended: Moved) -> Moved:
    case, events = ended
    return case, (*parts, *events)


def _clocks(case: Case, at: datetime) -> Absorbed:
    due_unit = case.leaving(at).due_unit
    return Absorbed(case_id=case.id, deadline=case.deadline, promised_at=case.promised_at, due_unit=due_unit)


def _hurried(case: Case, absorbed: Absorbed, *, at: datetime, rulebook: Rulebook) -> Case:
    case = replace(case, absorbed=(*case.absorbed, absorbed), own=case.own or _clocks(case, at))
    case = _with_deadline(case, min(case.deadline, absorbed.deadline), at=at, rulebook=rulebook)
    return _with_promise(case, absorbed) if absorbed.promised_at < case.promised_at else case


def _released(case: Case, other: Case, *, at: datetime, rulebook: Rulebook) -> Moved:
    left = tuple(each for each in case.absorbed if each.case_id != other.id)
    released = replace(case, absorbed=left, own=case.own if left else None)
    if not case.is_open:
        return released, ()
    if case.own is not None and left != case.absorbed:
        released = _relieved(released, (case.own, *case.absorbed), (case.own, *left), at=at, rulebook=rulebook)
    return moved(released, CaseReleased(**what(case), other=other.id, deadline=released.deadline))


def _relieved(
    case: Case, had: Sequence[Absorbed], has: Sequence[Absorbed], *, at: datetime, rulebook: Rulebook
) -> Case:
    """Return the case with the earliest of the clocks that it still has."""
    # What somebody has moved since is theirs, and stays.
    if case.deadline == min(each.deadline for each in had):
        case = _with_deadline(case, min(each.deadline for each in has), at=at, rulebook=rulebook)
    if case.promised_at == min(each.promised_at for each in had):
        case = _with_promise(case, min(has, key=lambda each: each.promised_at))
    return replace(case, late=case.late and case.broke_promise(at))


def _with_promise(case: Case, absorbed: Absorbed) -> Case:
    return replace(case, promised_at=absorbed.promised_at, due_unit=absorbed.due_unit)


def _with_deadline(case: Case, deadline: datetime, *, at: datetime, rulebook: Rulebook) -> Case:
    if deadline == case.deadline:
        return case
    return case.with_clocks(move_due(case.handling, deadline, at=at, calendar=rulebook.calendar_of(case.unit)))
