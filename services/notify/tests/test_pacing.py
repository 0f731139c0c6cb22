"""No receiver takes the place of another, and one that fails is left alone for a moment."""

from uuid import uuid4

from notify.attempts import Outcome
from notify.pacing import AT_ONCE, MOST_REST_S, PER_RECEIVER, QUICK_S, Pacing

TAKEN = Outcome("delivered", None, 0.1)
LATE = Outcome("delivered", None, QUICK_S + 1)
FAILED = Outcome("refused", "it answered 500", 0.1)


def test_a_receiver_is_sent_several_at_once_as_long_as_it_is_quick() -> None:
    pacing, receiver = Pacing(lambda: 0.0), uuid4()
    assert pacing.room(receiver) == 1
    pacing.learn(receiver, TAKEN)
    assert pacing.room(receiver) == PER_RECEIVER
    pacing.begin(receiver, PER_RECEIVER)
    assert pacing.room(receiver) == 0
    pacing.end(receiver)
    assert pacing.room(receiver) == 1
    pacing.learn(receiver, LATE)
    assert pacing.room(receiver) == 0


def test_however_many_hang_each_other_has_a_place() -> None:
    pacing, receiver = Pacing(lambda: 0.0), uuid4()
    pacing.learn(receiver, TAKEN)
    for _ in range(AT_ONCE + 10):
        hangs = uuid4()
        assert pacing.room(hangs) == 1
        pacing.begin(hangs, 1)
    assert pacing.room(receiver) == 1
    pacing.begin(receiver, 1)
    assert pacing.room(receiver) == 0


def test_one_that_fails_rests_ever_longer_until_it_takes_something() -> None:
    now = 0.0
    pacing, receiver = Pacing(lambda: now), uuid4()
    rests = []
    for _ in range(8):
        pacing.learn(receiver, FAILED)
        began = now
        while not pacing.room(receiver):
            now += 0.01
        rests.append(round(now - began, 1))
    assert rests == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, MOST_REST_S, MOST_REST_S]
    pacing.learn(receiver, TAKEN)
    assert pacing.room(receiver) == PER_RECEIVER
    pacing.learn(receiver, FAILED)
    now += 0.11
    assert pacing.room(receiver) == 1
