"""What the passing of time does to a case: warnings, escalation, the end of a suspension, closing unanswered.

After an outage each clock says only the last thing that it missed, and a case goes up one level, not several.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal, cast

from linli.contracts import CaseWarned, Stage
from linli.contracts.cases import CaseEvent
from routing.domain.approvals import resume
from routing.domain.case import Case
from routing.domain.clock import WARNINGS, Clock, Timer, next_moment
from routing.domain.endings import supervise
from routing.domain.moves import Moved, moved, what
from routing.domain.owners import can_go_up, escalate
from routing.domain.part_deadlines import part_deadlines, tell_overdue_parts
from routing.domain.rulebook import Rulebook
from routing.domain.states import HANDLED, Action, State
from routing.domain.verification import close_unanswered

RUNNING: dict[State, tuple[Timer, ...]] = {
    State.ROUTED: (Timer.HANDLE, Timer.ACCEPT),
    **{state: (Timer.HANDLE,) for state in HANDLED if state is not State.ROUTED},
    State.SUSPENDED: (Timer.SUSPENSION,),
    State.RESOLVED: (Timer.VERIFY,),
    State.VERIFIED: (Timer.ANSWER,),
}
"""The clocks that run in each state, the weightier first; in the other states none does."""

OVERDUE = {
    Timer.ACCEPT: "逾期未受理 / not accepted in time",
    Timer.HANDLE: "逾期未办结 / not settled in time",
    Timer.VERIFY: "逾期未核查 / not verified in time",
}
"""The reason that history gives for what a clock did."""

CLOCK = "clock"
"""Who supervises where time ran out and nobody is above."""

Ticked = tuple[Moved, tuple[Action, ...]]
"""The case with what the clock did to it, and the moves that it was."""


def next_at(case: Case, rulebook: Rulebook) -> datetime | None:
    """Return when time next does something to the case; None when it never will."""
    of_its_clocks = next_moment(_running(case), rulebook.calendar_of(case.unit))
    return min((*part_deadlines(case), *filter(None, [of_its_clocks])), default=None)


def tick(case: Case, *, at: datetime, rulebook: Rulebook) -> Ticked:
    """Do to the case what its clocks demand at a moment; nothing where none does."""
    calendar = rulebook.calendar_of(case.unit)
    case, told = tell_overdue_parts(case, at=at)
    done: Ticked = ((case, told), tuple(Action.WARN for _ in told))
    for clock in _running(case):
        reached = clock.reached(at, calendar)
        if reached > clock.fired:
            done = _then(done, clock, reached, at=at, rulebook=rulebook)
    return done


def _running(case: Case) -> tuple[Clock, ...]:
    running = (case.clock_of(timer) for timer in RUNNING.get(case.state, ()))
    return tuple(clock for clock in running if clock is not None)


def _then(before: Ticked, clock: Clock, percent: int, *, at: datetime, rulebook: Rulebook) -> Ticked:
    ((case, events), actions) = before
    if clock.timer not in RUNNING.get(case.state, ()) or clock not in case.clocks:
        return before  # what another clock did has stopped or replaced it
    (case, more), further = _fire(case, clock, percent, at=at, rulebook=rulebook)
    return (case, (*events, *more)), (*actions, *further)


def _fire(case: Case, clock: Clock, percent: int, *, at: datetime, rulebook: Rulebook) -> Ticked:
    if clock.timer is Timer.SUSPENSION:
        return resume(case, at=at, rulebook=rulebook), (Action.RESUME,)
    if clock.timer is Timer.ANSWER:
        return close_unanswered(case, at=at), (Action.CLOSE,)
    case, warning = _warn(case, clock, percent)
    if percent < WARNINGS[-1]:
        return (case, warning), (Action.WARN,)
    (case, events), action = _overdue(case, clock, at=at, rulebook=rulebook)
    return (case, (*warning, *events)), (Action.WARN, action)


def _overdue(case: Case, clock: Clock, *, at: datetime, rulebook: Rulebook) -> tuple[Moved, Action]:
    case = replace(case, late=case.late or (clock.timer is Timer.HANDLE and case.broke_promise(at)))
    if clock.timer is not Timer.VERIFY and can_go_up(case, rulebook):
        in_time = clock.timer is Timer.ACCEPT  # nobody has begun: the deadline is still what was promised
        up = escalate(case, OVERDUE[clock.timer], at=at, rulebook=rulebook, keeps_deadline=in_time)
        return up, Action.ESCALATE
    return supervise(case, OVERDUE[clock.timer], by=CLOCK), Action.SUPERVISE


def _warn(case: Case, clock: Clock, percent: int) -> tuple[Case, tuple[CaseEvent, ...]]:
    told_above = percent == WARNINGS[-1] or clock.timer is Timer.VERIFY
    warning = CaseWarned(
        **what(case),
        stage=Stage(clock.timer),
        percent=cast("Literal[50, 80, 100]", percent),
        due_at=clock.due_at,
        handler=case.handler,
        unit=case.unit,
        above=(case.unit.rpartition("/")[0] or None) if told_above else None,
    )
    return moved(case.with_clocks(replace(clock, fired=percent)), warning)
