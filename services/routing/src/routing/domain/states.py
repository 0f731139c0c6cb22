"""The states of a case and the moves between them: one table."""

from enum import StrEnum


class State(StrEnum):
    """Where the handling of a case stands."""

    RECEIVED = "received"
    ROUTED = "routed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    VERIFIED = "verified"
    CLOSED = "closed"
    REOPENED = "reopened"


class Action(StrEnum):
    """What can be done to a case."""

    ROUTE = "route"
    ACCEPT = "accept"
    START = "start"
    ESCALATE = "escalate"
    RETURN = "return"
    RESOLVE = "resolve"
    VERIFY = "verify"
    CLOSE = "close"
    REOPEN = "reopen"


MOVES = {
    (State.RECEIVED, Action.ROUTE): State.ROUTED,
    (State.ROUTED, Action.ACCEPT): State.ACCEPTED,
    (State.ROUTED, Action.ESCALATE): State.ROUTED,
    (State.ROUTED, Action.RETURN): State.ROUTED,
    (State.ACCEPTED, Action.START): State.IN_PROGRESS,
    (State.ACCEPTED, Action.RESOLVE): State.RESOLVED,
    (State.ACCEPTED, Action.ESCALATE): State.ROUTED,
    (State.ACCEPTED, Action.RETURN): State.ROUTED,
    (State.IN_PROGRESS, Action.RESOLVE): State.RESOLVED,
    (State.IN_PROGRESS, Action.ESCALATE): State.ROUTED,
    (State.RESOLVED, Action.VERIFY): State.VERIFIED,
    (State.RESOLVED, Action.REOPEN): State.REOPENED,
    (State.VERIFIED, Action.CLOSE): State.CLOSED,
    (State.REOPENED, Action.START): State.IN_PROGRESS,
    (State.REOPENED, Action.RESOLVE): State.RESOLVED,
    (State.REOPENED, Action.ESCALATE): State.ROUTED,
}
"""What each action makes of a state. What is not here is forbidden."""


class IllegalMoveError(Exception):
    """The state forbids an action, or nobody is above the case; ``allowed`` are the actions that the state allows."""

    def __init__(self, state: State, action: Action, allowed: tuple[Action, ...]) -> None:
        super().__init__(f"a case that is {state} does not allow {action}; allowed: {', '.join(allowed) or 'nothing'}")
        self.state = state
        self.action = action
        self.allowed = allowed


def allowed(state: State) -> tuple[Action, ...]:
    """Return the actions that a state allows, in the order of the table."""
    return tuple(action for origin, action in MOVES if origin is state)


def after(state: State, action: Action) -> State:
    """Return the state that an action leads to.

    Raises:
        IllegalMoveError: the state forbids the action.
    """
    try:
        return MOVES[state, action]
    except KeyError:
        raise IllegalMoveError(state, action, allowed(state)) from None
