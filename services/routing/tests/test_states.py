"""The table of states and moves."""

from itertools import product

import pytest

from routing.domain.states import MOVES, Action, IllegalMoveError, State, after, allowed


def test_every_state_is_reached_from_received() -> None:
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {target for (origin, _action), target in MOVES.items() if origin in reached}
    assert reached == set(State)


def test_every_state_can_still_end_closed() -> None:
    ending = {State.CLOSED}
    for _ in State:
        ending |= {origin for (origin, _action), target in MOVES.items() if target in ending}
    assert ending == set(State)


def test_a_closed_case_allows_nothing() -> None:
    assert allowed(State.CLOSED) == ()


def test_resolving_does_not_close() -> None:
    assert {target for (_origin, action), target in MOVES.items() if action is Action.RESOLVE} == {State.RESOLVED}
    assert {action for (_origin, action), target in MOVES.items() if target is State.CLOSED} == {Action.CLOSE}
    assert [origin for (origin, action) in MOVES if action is Action.CLOSE] == [State.VERIFIED]


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_a_move_follows_the_table_or_is_refused_with_what_is_allowed(state: State, action: Action) -> None:
    if action in allowed(state):
        assert after(state, action) is MOVES[state, action]
        return
    with pytest.raises(IllegalMoveError) as caught:
        after(state, action)
    assert (caught.value.state, caught.value.action, caught.value.allowed) == (state, action, allowed(state))


def test_the_refusal_names_the_allowed_moves() -> None:
    error = IllegalMoveError(State.REOPENED, Action.ACCEPT, allowed(State.REOPENED))
    assert str(error) == "a case that is reopened does not allow accept; allowed: start, resolve, escalate"
