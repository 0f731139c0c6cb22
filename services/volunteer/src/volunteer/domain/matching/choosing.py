"""The best choice, by the quickest way that a problem allows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from volunteer.domain.matching.assigning import assign, is_assignment, takes_one
from volunteer.domain.matching.greedy import greedy
from volunteer.domain.matching.plan import DEFAULT, Effort
from volunteer.domain.matching.problem import Choice, InfeasibleError, Problem, values_of
from volunteer.domain.matching.programming import optimise
from volunteer.domain.matching.spans import Numbers


def choose(problem: Problem, effort: Effort = DEFAULT) -> Choice:
    """Return the best choice, as good as it could be found, with what none can exceed.

    Raises:
        InfeasibleError: some slots must be filled exactly, and cannot be.
        UndecidedError: whether they can be was not found out in time.
    """
    possible = np.flatnonzero(
        (problem.most[problem.person] > 0)
        & (problem.minutes <= problem.cap[problem.person])
        & (problem.room[problem.slot] > 0)
    )
    choice = _choose(_part(problem, possible), effort)
    return Choice(possible[choice.pairs], choice.values, choice.bounds)


def _choose(problem: Problem, effort: Effort) -> Choice:
    """Return the best choice of pairs each of which is possible by itself."""
    _require_enough(problem)
    if problem.floors is not None:
        return _by_program(problem, effort)
    chosen = [np.zeros(0, dtype=np.int64)]
    bounds = np.zeros(len(problem.levels), dtype=np.int64)
    for pairs in _parts(problem):
        within = np.isin(np.arange(problem.slots), problem.slot[pairs])
        part = replace(_part(problem, pairs), exact=problem.exact & within)
        choice = assign(part) if is_assignment(part) else _by_program(part, effort)
        chosen.append(pairs[choice.pairs])
        bounds += choice.bounds
    together = np.sort(np.concatenate(chosen))
    return Choice(together, values_of(problem, together), tuple(bounds.tolist()))


def _by_program(problem: Problem, effort: Effort) -> Choice:
    return optimise(problem, None if problem.exact.any() else greedy(problem), effort)


def _parts(problem: Problem) -> Iterator[Numbers]:
    """Yield the pairs of each part of the problem that has nothing to do with the rest.

    Parts in which nobody can take two slots are one together: an assignment does not grow harder with its size.
    """
    if not len(problem.person):
        return
    size = problem.people + problem.slots
    links = coo_array((np.ones(len(problem.person)), (problem.person, problem.people + problem.slot)), (size, size))
    _, part_of = connected_components(links, directed=False)
    part = part_of[problem.person].astype(np.int64)
    plain = ~np.isin(part, part[~takes_one(problem)[problem.person] | problem.exact[problem.slot]])
    part[plain] = -1
    order = np.argsort(part, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(part[order])) + 1)


def _part(problem: Problem, pairs: Numbers) -> Problem:
    return replace(
        problem,
        person=problem.person[pairs],
        slot=problem.slot[pairs],
        minutes=problem.minutes[pairs],
        levels=tuple(level[pairs] for level in problem.levels),
    )


def _require_enough(problem: Problem) -> None:
    short = problem.exact & (np.bincount(problem.slot, minlength=problem.slots) < problem.room)
    if short.any():
        raise InfeasibleError("fewer people could take it than it must have", slot=int(np.flatnonzero(short)[0]))
