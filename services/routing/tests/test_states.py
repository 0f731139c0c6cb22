"""The table of states and moves."""

from itertools import product

import pytest

from routing.domain.states import MOVES, OPEN, Action, IllegalMoveError, State, after, allowed


def test_every_state_is_reached_from_received() -> None:
    reached = {State.RECEIVED}
    for _ in State:
        reached |= {target for (origin, _action), target in MOVES.items() if origin in reached}
    assert reached == set(State)


def test_every_state_can_still_end() -> None:
    ending = {State.CLOSED, State.DECLINED, State.WITHDRAWN}
    for _ in State:
        ending |= {origin for (origin, _action), target in MOVES.items() if target in ending}
    assert ending == set(State)


@pytest.mark.parametrize("state", [state for state in State if state not in OPEN and state is not State.RECEIVED])
def test_an_ended_case_allows_nobody_anything(state: State) -> None:
    assert allowed(state) == ()


def test_resolving_does_not_close() -> None:
    assert {target for (_origin, action), target in MOVES.items() if action is Action.RESOLVE} == {State.RESOLVED}
    closing = {action for (_origin, action), target in MOVES.items() if target is State.CLOSED}
    assert closing - {Action.REFUSE_MERGE} == {Action.CLOSE}
    assert [origin for (origin, action) in MOVES if action is Action.CLOSE] == [State.VERIFIED, State.CLOSED]


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_a_move_follows_the_table_or_is_refused_with_what_is_allowed(state: State, action: Action) -> None:
    if (state, action) in MOVES:
        assert after(state, action) is MOVES[state, action]
        return
    with pytest.raises(IllegalMoveError) as caught:
        after(state, action)
    assert (caught.value.state, caught.value.action, caught.value.allowed) == (state, action, allowed(state))


def test_the_refusal_names_the_allowed_moves() -> None:
    error = IllegalMoveError(State.RESOLVED, Action.ACCEPT, (Action.VERIFY, Action.REOPEN))
    assert str(error) == "a case that is resolved does not allow accept; allowed: verify, reopen"


def test_no_move_leaves_a_case_that_somebody_declined_or_withdrew() -> None:
    ended = (State.DECLINED, State.WITHDRAWN)
    assert all(target is origin for (origin, _action), target in MOVES.items() if origin in ended)


def test_a_closed_case_moves_only_by_the_reporters_answer() -> None:
    moving = [action for (origin, action) in MOVES if origin is State.CLOSED and action is not Action.REFUSE_MERGE]
    assert moving == [Action.REOPEN, Action.CLOSE]
