"""The states of a case and the moves between them: one table."""

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """Where the handling of a case stands."""

    RECEIVED = "received"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    REOPENED = "reopened"
    CLOSED = "closed"
    DECLINED = "declined"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What can be done to a case."""

    ROUTE = "route"
    ACCEPT = "accept"
    START = "start"
    RETURN = "return"
    DELEGATE = "delegate"
    ESCALATE = "escalate"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    RECALL = "recall"
    REPORT = "report"
    ASSIGN = "assign"
    FINISH = "finish"
    CANCEL = "cancel"
    ASK = "ask"
    EXTEND = "extend"
    SUSPEND = "suspend"
    REFUSE = "refuse"
    RESUME = "resume"
    REHOME = "rehome"
    SUPERVISE = "supervise"
    WARN = "warn"
    DECLINE = "decline"
    RESOLVE = "resolve"
    VERIFY = "verify"
    REOPEN = "reopen"
    CLOSE = "close"
    MERGE = "merge"
    UNMERGE = "unmerge"
    REFUSE_MERGE = "refuse-merge"
    ABSORB = "absorb"
    RELEASE = "release"
    WITHDRAW = "withdraw"


WORKING = (State.ACCEPTED, State.IN_PROGRESS, State.REOPENED)
"""Somebody has taken the case on and is to settle it."""

HANDLED = (State.ROUTED, *WORKING)
"""The case waits for its handler's work."""

OPEN = (*HANDLED, State.SUSPENDED, State.RESOLVED, State.VERIFIED)
"""The case has not ended."""


ENDED = (State.CLOSED, State.DECLINED, State.MERGED, State.WITHDRAWN)
"""Nobody works on the case any more."""


def _moves(action: Action, origins: Iterable[State], to: State | None = None) -> dict[tuple[State, Action], State]:
    return {(origin, action): to or origin for origin in origins}


MOVES = {
    **_moves(Action.ROUTE, [State.RECEIVED, State.ROUTED], State.ROUTED),
    **_moves(Action.ACCEPT, [State.ROUTED], State.ACCEPTED),
    **_moves(Action.START, [State.ACCEPTED, State.REOPENED], State.IN_PROGRESS),
    **_moves(Action.RETURN, [State.ROUTED, State.ACCEPTED], State.ROUTED),
    **_moves(Action.DELEGATE, HANDLED, State.ROUTED),
    **_moves(Action.ESCALATE, HANDLED, State.ROUTED),
    **_moves(Action.TRANSFER, HANDLED, State.ROUTED),
    **_moves(Action.REHOME, HANDLED, State.ROUTED),
    **_moves(Action.REHOME, [State.SUSPENDED, State.RESOLVED, State.VERIFIED]),
    **_moves(Action.DISPATCH, HANDLED),
    **_moves(Action.RECALL, OPEN),
    **_moves(Action.REPORT, OPEN),
    **_moves(Action.ASSIGN, HANDLED),
    **_moves(Action.FINISH, OPEN),
    **_moves(Action.CANCEL, OPEN),
    **_moves(Action.ASK, WORKING),
    **_moves(Action.EXTEND, WORKING),
    **_moves(Action.SUSPEND, WORKING, State.SUSPENDED),
    **_moves(Action.REFUSE, WORKING),
    **_moves(Action.RESUME, [State.SUSPENDED], State.IN_PROGRESS),
    **_moves(Action.SUPERVISE, OPEN),
    **_moves(Action.WARN, OPEN),
    **_moves(Action.DECLINE, HANDLED, State.DECLINED),
    **_moves(Action.RESOLVE, WORKING, State.RESOLVED),
    **_moves(Action.VERIFY, [State.RESOLVED], State.VERIFIED),
    **_moves(Action.REOPEN, [State.RESOLVED, State.VERIFIED, State.CLOSED], State.REOPENED),
    **_moves(Action.CLOSE, [State.VERIFIED, State.CLOSED], State.CLOSED),
    **_moves(Action.MERGE, OPEN, State.MERGED),
    **_moves(Action.UNMERGE, [State.MERGED], State.ROUTED),
    **_moves(Action.REFUSE_MERGE, [*OPEN, *ENDED]),
    **_moves(Action.ABSORB, OPEN),
    **_moves(Action.RELEASE, OPEN),
    **_moves(Action.WITHDRAW, [*HANDLED, State.SUSPENDED], State.WITHDRAWN),
}
"""What each action makes of a state. What is not here is forbidden.

``report`` is a department's answer to its dispatch; ``assign``, ``finish`` and ``cancel`` are about a case's tasks. A
closed case moves only by its reporter's own word, or by an answer given in time that comes after it closed without.
"""


GIVEN = (Action.ROUTE, Action.RETURN, Action.DELEGATE, Action.ESCALATE, Action.TRANSFER)
"""The moves that take a case from one unit to another; the first ``route`` takes it from none."""

BY_EVENT = frozenset(
    {
        Action.REHOME,
        Action.WARN,
        Action.MERGE,
        Action.UNMERGE,
        Action.REFUSE_MERGE,
        Action.ABSORB,
        Action.RELEASE,
        Action.WITHDRAW,
        Action.REPORT,
    }
)
"""What time, departments, other services and a changed grid do to a case; nobody who handles it does it by hand."""


class IllegalMoveError(Exception):
    """The state forbids an action, or nobody is above the case; ``allowed`` are the actions that the state allows."""

    def __init__(self, state: State, action: Action, allowed: tuple[Action, ...]) -> None:
        super().__init__(f"a case that is {state} does not allow {action}; allowed: {', '.join(allowed) or 'nothing'}")
        self.state = state
        self.action = action
        self.allowed = allowed


def allowed(state: State) -> tuple[Action, ...]:
    """Return the actions that a state allows somebody, in the order of the table."""
    if state is State.CLOSED:
        return ()
    return tuple(action for origin, action in MOVES if origin is state and action not in BY_EVENT)


def after(state: State, action: Action) -> State:
    """Return the state that an action leads to.

    Raises:
        IllegalMoveError: the state forbids the action.
    """
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalMoveError(state, action, allowed(state)) from None
