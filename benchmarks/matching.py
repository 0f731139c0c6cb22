"""How quickly and how well the matcher plans: against its bound, against greedy, and online against hindsight.

The large plans have 10,000 people and 2,000 slots, once all at the same time and once over a week with overlaps,
headcounts and caps. Times go from people and slots to a plan with all its reasons. The value that the quick solver
reaches is set against the optimum of the linear relaxation, which another solver finds.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, vstack

from benchmarks.crowds import Town, crowd
from benchmarks.matching_chart import Quality, draw
from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from volunteer.domain.matching.assigning import assign
from volunteer.domain.matching.choosing import choose
from volunteer.domain.matching.greedy import greedy
from volunteer.domain.matching.online import answer, answer_greedily, learn, offline
from volunteer.domain.matching.plan import Plan
from volunteer.domain.matching.planning import make_plan, problem_of
from volunteer.domain.matching.problem import Problem, values_of
from volunteer.domain.matching.words import Task

CHART = Path(__file__).parent / "matching.png"
PEOPLE, SLOTS = 10_000, 2_000
ROUNDS = 3
SEEDS = range(10)
REGIMES = {"surplus": (1500, 150), "balanced": (500, 300), "scarce": (300, 600)}
"""People and slots."""

TRAINING = 20
"""Days of the past that prices are learned from."""


def measure(_on: Ground) -> dict[str, Result]:
    """Return ``matching.*`` and draw the chart."""
    at_once, week = crowd(PEOPLE, SLOTS, seed=1, at_once=True), crowd(PEOPLE, SLOTS, seed=1)
    simple_s, _ = _timed(lambda: make_plan(at_once))
    week_s, plan = _timed(lambda: make_plan(week))
    qualities = {name: [_quality(crowd(*size, seed=seed)) for seed in SEEDS] for name, size in REGIMES.items()}
    online = [_online(seed) for seed in SEEDS]
    draw(qualities, online, CHART)
    ratio, greedy_ratio = mean(one for one, _ in online), mean(other for _, other in online)
    return {
        "matching.seconds_10k_2k": Result(round(simple_s, 2), "s"),
        "matching.seconds_10k_2k_overlaps": Result(round(week_s, 2), "s"),
        "matching.gap_simple": Result(_gap_simple(problem_of(at_once)), "part"),
        "matching.gap_overlaps": Result(
            round(max(_gap(plan), *(one.gap for some in qualities.values() for one in some)), 6), "part"
        ),
        **{f"matching.places_over_greedy_{name}": _over_greedy(found) for name, found in qualities.items()},
        "matching.online_ratio": compared(ratio, "part of hindsight", greedy_ratio),
    }


def _timed(plan: Callable[[], Plan]) -> tuple[float, Plan]:
    """Return the median time and the plan."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = plan()
        times.append(time.perf_counter() - began)
    return median(times), found


def _gap(plan: Plan) -> float:
    """Return by how much the first value that misses its bound misses it."""
    missed = ((bound - value) / max(bound, 1) for value, bound in zip(plan.values, plan.bounds, strict=True))
    return next((part for part in missed if part), 0.0)


def _gap_simple(problem: Problem) -> float:
    """Return how far the quick solver stays below the linear relaxation, its levels made one."""
    weight = problem.levels[0] * 10_000_000 + problem.levels[1] * 2000 + np.minimum(problem.levels[2], 1999)
    one = Problem(**{**{name: getattr(problem, name) for name in Problem.__slots__}, "levels": (weight,)})
    pairs, once = np.arange(len(weight)), np.ones(len(weight))
    of_person = coo_array((once, (problem.person, pairs)), (problem.people, len(weight)))
    of_slot = coo_array((once, (problem.slot, pairs)), (problem.slots, len(weight)))
    limits = np.concatenate((np.ones(problem.people), problem.room))
    relaxed = linprog(-weight / 1e6, A_ub=vstack([of_person, of_slot]).tocsr(), b_ub=limits, bounds=(0, 1))
    bound = -relaxed.fun * 1e6
    return round(max(float(bound) - assign(one).values[0], 0.0) / float(bound), 9)


def _quality(task: Task) -> Quality:
    problem = problem_of(task)
    best, quick = choose(problem), values_of(problem, greedy(problem))
    return Quality(
        wanted=int(problem.room.sum()),
        places=best.values[1],
        greedy_places=quick[1],
        points=best.values[2],
        greedy_points=quick[2],
        gap=best.gap,
    )


def _over_greedy(found: list[Quality]) -> Result:
    return compared(mean(one.places for one in found), "places", mean(one.greedy_places for one in found))


def _online(seed: int) -> tuple[float, float]:
    """Return what prices and what greedy answers reach of the optimum in hindsight, on a day after the training."""
    town = Town(seed)
    prices = learn([town.day(1000 * seed + day) for day in range(TRAINING)], town.capacity)
    today = town.day(1000 * seed + 999)
    best = choose(offline(today, town.capacity)).values[0]
    return answer(today, town.capacity, prices).value / best, answer_greedily(today, town.capacity).value / best
