"""Needs that come one by one, each to be answered at once: people are kept for what will be worth more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from volunteer.domain.matching.problem import NO_LIMIT, Problem
from volunteer.domain.matching.spans import Numbers

Reals = np.ndarray[tuple[int], np.dtype[np.float64]]

Arrival = Mapping[int, int]
"""A need that comes: what each person who could take it is worth to it, by the person's number."""

PHASES = 10
"""Prices are learned for so many stretches of an episode: a person is worth less the less is still to come."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Who took which arrival (None: nobody), and the sum of what they were worth."""

    taken: tuple[int | None, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Prices:
    """What a place of each person is worth to whatever comes later: a row for each stretch of an episode."""

    rows: np.ndarray[tuple[int, int], np.dtype[np.float64]]

    def at(self, share: float) -> Reals:
        """Return the prices when a share of the episode, from 0 to 1, has come."""
        row: Reals = self.rows[min(int(share * len(self.rows)), len(self.rows) - 1)]
        return row


def learn(episodes: Sequence[Sequence[Arrival]], capacity: Sequence[int], phases: int = PHASES) -> Prices:
    """Return prices from episodes of the past: the mean dual value of each person's capacity.

    For each stretch the offline optimum of what came from there on is solved, with as much of the capacity as is then
    left on average when the prices so far are followed. Without episodes every price is zero.
    """
    people = len(capacity)
    rows = np.zeros((phases, people))
    left = np.tile(np.array(capacity, dtype=np.float64), (len(episodes), 1))
    for phase in range(phases):
        for number, episode in enumerate(episodes):
            rest = episode[len(episode) * phase // phases :]
            rows[phase] += _duals(rest, left[number]) / len(episodes)
        for number, episode in enumerate(episodes):
            stretch = episode[len(episode) * phase // phases : len(episode) * (phase + 1) // phases]
            _follow(stretch, left[number], rows[phase])
    return Prices(rows)


def answer(
    arrivals: Sequence[Arrival], capacity: Sequence[int], prices: Prices, expected: int | None = None
) -> Answers:
    """Answer each arrival with the person to whom it is worth most above their price, if it is below nobody's.

    ``expected`` is how many arrivals an episode has, as far as is known beforehand.
    """
    count = expected or len(arrivals)
    return _answer(arrivals, capacity, lambda number: prices.at(number / max(count, 1)))


def answer_greedily(arrivals: Sequence[Arrival], capacity: Sequence[int]) -> Answers:
    """Answer each arrival with the person who is worth most to it."""
    nothing = np.zeros(len(capacity))
    return _answer(arrivals, capacity, lambda _: nothing)


def offline(arrivals: Sequence[Arrival], capacity: Sequence[int]) -> Problem:
    """Return the choice that somebody would have who knew all arrivals beforehand."""
    person, slot, weight = _flat(arrivals)
    nothing = np.zeros(len(arrivals), dtype=np.int64)
    return Problem(
        person=person,
        slot=slot,
        minutes=np.zeros(len(person), dtype=np.int64),
        most=np.array(capacity, dtype=np.int64),
        cap=np.full(len(capacity), NO_LIMIT, dtype=np.int64),
        begins=nothing,
        ends=nothing,
        room=np.ones(len(arrivals), dtype=np.int64),
        exact=np.zeros(len(arrivals), dtype=np.bool_),
        levels=(weight,),
    )


def _answer(arrivals: Sequence[Arrival], capacity: Sequence[int], prices: Callable[[int], Reals]) -> Answers:
    left = list(capacity)
    taken: list[int | None] = []
    value = 0
    for number, arrival in enumerate(arrivals):
        person = _best(arrival, left, prices(number))
        taken.append(person)
        if person is not None:
            left[person] -= 1
            value += arrival[person]
    return Answers(tuple(taken), value)


def _best(arrival: Arrival, left: Sequence[float], price: Reals) -> int | None:
    margins = [
        (worth - float(price[person]), -person) for person, worth in arrival.items() if left[person] >= 1 and worth > 0
    ]
    margin, person = max(margins, default=(-1.0, 0))
    return -person if margin >= 0 else None


def _follow(arrivals: Sequence[Arrival], left: Reals, price: Reals) -> None:
    for arrival in arrivals:
        person = _best(arrival, left.tolist(), price)
        if person is not None:
            left[person] -= 1


def _flat(arrivals: Sequence[Arrival]) -> tuple[Numbers, Numbers, Numbers]:
    rows = [(person, slot, worth) for slot, arrival in enumerate(arrivals) for person, worth in sorted(arrival.items())]
    person, slot, worth = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return person, slot, worth


def _duals(arrivals: Sequence[Arrival], capacity: Reals) -> Reals:
    """Return by how much one more place of each person would raise the offline optimum (linear relaxation)."""
    person, slot, worth = _flat(arrivals)
    if not len(person):
        return np.zeros(len(capacity))
    once, pairs = np.ones(len(person)), np.arange(len(person))
    of_person = csr_array((once, (person, pairs)), (len(capacity), len(person)))
    of_slot = csr_array((once, (slot, pairs)), (len(arrivals), len(person)))
    limits = np.concatenate((capacity, np.ones(len(arrivals))))
    solved = linprog(-worth, A_ub=vstack([of_person, of_slot]), b_ub=limits, bounds=(0, None), method="highs")
    found: Reals = -solved.ineqlin.marginals[: len(capacity)]
    return found
