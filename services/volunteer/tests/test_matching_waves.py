"""Whom to ask first, and whom to keep for later."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer.domain.matching.choosing import choose
from volunteer.domain.matching.online import Arrival, answer, answer_greedily, learn, offline
from volunteer.domain.matching.waves import Askable, chance_of, next_wave

from .crowd import MORNING

CHANCES = st.lists(st.floats(0, 1), max_size=8)


def crowd(*chances: float) -> list[Askable]:
    return [Askable(f"p{number}", chance) for number, chance in enumerate(chances)]


def test_as_few_are_asked_as_are_likely_enough() -> None:
    # 1 - 0.5 * 0.4 = 0.8 is too little, with 0.3 left it is 0.86, with 0.2 left 0.888, then 0.9104.
    asked = next_wave(crowd(0.5, 0.6, 0.2, 0.3, 0.2), 1, at=MORNING, target=0.9)

    assert asked == ("p1", "p0", "p3", "p2", "p4")
    assert next_wave(crowd(0.5, 0.6, 0.2), 1, at=MORNING, target=0.79) == ("p1", "p0")


@given(CHANCES, st.integers(1, 3), st.floats(0.1, 0.99))
def test_no_smaller_set_would_do(chances: list[float], wanted: int, target: float) -> None:
    asked = next_wave(crowd(*chances), wanted, at=MORNING, target=target)

    best = sorted(chances, reverse=True)
    if len(asked) > wanted:
        assert chance_of(best[: len(asked) - 1], wanted) < target
    assert chance_of(best[: len(asked)], wanted) >= target or len(asked) == sum(one > 0 for one in chances)


@given(CHANCES, st.integers(1, 4))
def test_chance_counts_every_way_to_be_enough(chances: list[float], wanted: int) -> None:
    total = 0.0
    for ways in range(2 ** len(chances)):
        who = [bool(ways >> place & 1) for place in range(len(chances))]
        way = 1.0
        for comes, chance in zip(who, chances, strict=True):
            way *= chance if comes else 1 - chance
        total += way * (sum(who) >= wanted)

    assert chance_of(chances, wanted) == pytest.approx(total, abs=1e-9)


def test_nobody_is_asked_again_so_soon() -> None:
    people = [
        Askable("just-asked", 0.9, MORNING - timedelta(hours=23)),
        Askable("rested", 0.5, MORNING - timedelta(hours=24)),
        Askable("first-wave", 0.8),
        Askable("never-comes", 0),
    ]

    assert next_wave(people, 1, at=MORNING, asked=("first-wave",)) == ("rested",)
    assert next_wave(people, 0, at=MORNING) == ()


def test_somebody_is_kept_for_what_will_be_worth_more() -> None:
    small, large = {0: 10}, {0: 100}
    past: list[list[Arrival]] = [[small, small, large], [small, large, small]]
    prices = learn(past, [1], phases=3)

    today: list[Arrival] = [small, large, small]
    assert answer(today, [1], prices).taken == (None, 0, None)
    assert answer_greedily(today, [1]).taken == (0, None, None)


def test_without_a_past_answers_are_greedy() -> None:
    today: list[Arrival] = [{0: 3, 1: 5}, {}, {1: 7}, {0: 0}]

    assert answer(today, [1, 1], learn([], [1, 1])) == answer_greedily(today, [1, 1])
    assert answer_greedily(today, [1, 1]).taken == (1, None, None, None)


def test_prices_come_nearer_to_hindsight_than_greed() -> None:
    def day(seed: int) -> list[Arrival]:
        chance = Random(seed)
        return [
            {who: int(10 * min(chance.paretovariate(1.5), 20)) + 1 for who in chance.sample(range(12), 4)}
            for _ in range(50)
        ]

    capacity = [1] * 12
    today = day(99)
    best = choose(offline(today, capacity))
    priced = answer(today, capacity, learn([day(seed) for seed in range(10)], capacity))

    assert answer_greedily(today, capacity).value < priced.value <= best.values[0] == best.bounds[0]
    taken = [who for who in priced.taken if who is not None]
    assert len(taken) == len(set(taken)) <= 12
