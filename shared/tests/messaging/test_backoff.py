"""Whoever was refused asks again later and later, and not in step with others."""

import asyncio
from time import monotonic

from linli.messaging.backoff import Backoff
from linli.messaging.refusals import FIRST_S, MOST_S, Refusals


def test_waits_double_up_to_a_bound_and_are_never_less_than_half() -> None:
    backoff = Backoff(first_s=0.1, most_s=5.0)
    for ceiling in (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0):
        assert ceiling / 2 <= backoff.next_s() <= ceiling


def test_waits_differ_from_one_to_the_next() -> None:
    assert len({Backoff(first_s=1, most_s=1).next_s() for _ in range(20)}) > 1


def test_after_success_the_first_wait_comes_again() -> None:
    backoff = Backoff(first_s=0.1, most_s=5.0)
    for _ in range(50):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.1


async def test_a_wait_ends_early_when_one_is_to_stop() -> None:
    stop = asyncio.Event()
    stop.set()
    began = monotonic()
    await Backoff(first_s=60, most_s=60).wait(stop)
    assert monotonic() - began < 30


def test_a_refused_aggregate_waits_twice_as_long_each_time_up_to_a_bound() -> None:
    now = 0.0
    refusals = Refusals(clock=lambda: now)
    wait_s = FIRST_S
    for _ in range(10):
        refusals.note("a")
        now += wait_s * 0.99
        assert refusals.waiting() == ["a"]
        now += wait_s * 0.02
        assert refusals.waiting() == []
        wait_s = min(2 * wait_s, MOST_S)


def test_what_was_published_or_not_heard_of_for_long_is_forgotten() -> None:
    now = 0.0
    refusals = Refusals(clock=lambda: now)
    refusals.note("published")
    refusals.note("discarded")
    refusals.forget("published")
    assert refusals.waiting() == ["discarded"]
    now = 3600.0
    refusals.waiting()
    refusals.note("discarded")
    now += FIRST_S * 1.01
    assert refusals.waiting() == []
