"""An instance solved: value, bound, gap and time."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from volunteer.domain.matching.choosing import choose
from volunteer.domain.matching.online import Arrival, answer, answer_greedily, learn, offline
from volunteer.domain.matching.plan import Effort
from volunteer.domain.matching.problem import NO_LIMIT, InfeasibleError, Problem
from volunteer.domain.matching.programming import UndecidedError
from volunteer.instances.format import Instance, InstanceError


@dataclass(frozen=True, slots=True)
class Solved:
    """What was found: ``value`` is that of the pairs, ``bound`` what none can better.

    ``greedy`` is what greedy answers reach, for an instance with arrivals only.
    """

    value: int
    bound: int
    gap: float
    seconds: float
    pairs: tuple[tuple[str, str], ...]
    greedy: int | None = None


def solve(instance: Instance, seconds: float) -> Solved:
    """Return the best pairs of an instance; the solver looks for whole numbers for so many seconds.

    Raises:
        InstanceError: no choice keeps the rules, or none was found in time.
    """
    began = perf_counter()
    if instance.arrivals is not None:
        return _solve_online(instance, instance.arrivals, began)
    sign = 1 if instance.goal == "max" else -1
    try:
        choice = choose(problem_of(instance), Effort(seconds=seconds))
    except InfeasibleError as error:
        which = "the instance" if error.slot is None else instance.needs[error.slot].id
        raise InstanceError([f"{which}: {error}"]) from None
    except UndecidedError:
        raise InstanceError([f"no choice was found in {seconds:g} seconds; --seconds allows more"]) from None
    pairs = tuple((instance.pairs[place][0], instance.pairs[place][1]) for place in choice.pairs.tolist())
    return Solved(sign * choice.values[0], sign * choice.bounds[0], choice.gap, perf_counter() - began, pairs)


def problem_of(instance: Instance) -> Problem:
    """Return an instance without arrivals as the solvers take it."""
    people = {one.id: place for place, one in enumerate(instance.people)}
    needs = {one.id: place for place, one in enumerate(instance.needs)}
    sign = 1 if instance.goal == "max" else -1
    length = [one.ends - one.begins for one in instance.needs]
    takes = [one[3] if len(one) > 3 else length[needs[one[1]]] for one in instance.pairs]  # noqa: PLR2004 - the optional part
    return Problem(
        person=_numbers([people[one[0]] for one in instance.pairs]),
        slot=_numbers([needs[one[1]] for one in instance.pairs]),
        minutes=_numbers(takes),
        most=_numbers([NO_LIMIT if one.most is None else one.most for one in instance.people]),
        cap=_numbers([NO_LIMIT if one.budget is None else one.budget for one in instance.people]),
        begins=_numbers([one.begins for one in instance.needs]),
        ends=_numbers([one.ends for one in instance.needs]),
        room=_numbers([one.room for one in instance.needs]),
        exact=np.array([one.exact for one in instance.needs], dtype=np.bool_),
        levels=(_numbers([sign * one[2] for one in instance.pairs]),),
    )


def _solve_online(instance: Instance, order: list[str], began: float) -> Solved:
    people = {one.id: place for place, one in enumerate(instance.people)}
    capacity = [len(order) if one.most is None else one.most for one in instance.people]
    coming: dict[str, dict[int, int]] = {need: {} for need in order}
    for person, need, weight, *_ in instance.pairs:
        if need in coming:
            coming[need][people[person]] = weight
    episodes: list[list[Arrival]] = [
        [{people[person]: weight for person, weight in arrival} for arrival in episode.arrivals]
        for episode in instance.history
    ]
    arrivals = list(coming.values())
    answers = answer(arrivals, capacity, learn(episodes, capacity))
    took = perf_counter() - began
    bound = choose(offline(arrivals, capacity)).bounds[0]
    greedy = answer_greedily(arrivals, capacity).value
    pairs = tuple(
        (instance.people[person].id, need)
        for need, person in zip(order, answers.taken, strict=True)
        if person is not None
    )
    gap = (bound - answers.value) / max(abs(bound), 1)
    return Solved(answers.value, bound, gap, took, pairs, greedy)


def _numbers(figures: list[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array(figures, dtype=np.int64)
