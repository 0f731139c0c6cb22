"""The case in which nobody can take two slots: an assignment, solved exactly by shortest augmenting paths."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from volunteer.domain.matching.problem import Choice, Problem, sum_of, values_of
from volunteer.domain.matching.spans import Flags, Numbers

EXACT = 1 << 53
"""Up to here a float holds every whole number."""

NO_PAIR = 1 << 50
"""More minutes than any cap."""


def is_assignment(problem: Problem) -> bool:
    """Tell whether nobody can have two pairs, so that `assign` may be used."""
    if problem.exact.any() or problem.floors is not None or _factors(problem) is None:
        return False
    return bool(takes_one(problem).all())


def takes_one(problem: Problem) -> Flags:
    """Tell for each person whether they cannot have two pairs."""
    chances = np.bincount(problem.person, minlength=problem.people)
    flags: Flags = (chances <= 1) | (problem.most <= 1) | _all_at_once(problem) | _too_long(problem)
    return flags


def assign(problem: Problem) -> Choice:
    """Return the best choice where `is_assignment`.

    Each place of a slot is a row, each person a column; beside them each row has a column of its own that stands for
    an empty place, so that a full matching exists. Weights are raised above zero, which would mean "no edge".
    """
    rows_of_slot = np.minimum(problem.room, np.bincount(problem.slot, minlength=problem.slots))
    first_row = np.concatenate(([0], np.cumsum(rows_of_slot)))
    rows = int(first_row[-1])
    if rows == 0:
        return _optimum(problem, np.zeros(0, dtype=np.int64))
    weight = sum_of(problem.levels, _factors(problem) or ())
    worth = weight > 0
    pair = np.repeat(np.flatnonzero(worth), rows_of_slot[problem.slot[worth]])
    within = _counting(rows_of_slot[problem.slot[worth]])
    row = np.concatenate((first_row[problem.slot[pair]] + within, np.arange(rows)))
    column = np.concatenate((problem.person[pair], problem.people + np.arange(rows)))
    value = np.concatenate((weight[pair] + 1, np.ones(rows, dtype=np.int64))).astype(np.float64)
    graph = csr_array((value, (row, column)), shape=(rows, problem.people + rows))
    matched_rows, matched = min_weight_full_bipartite_matching(graph, maximize=True)
    return _optimum(problem, _pairs(problem, first_row, matched_rows, matched))


def _pairs(problem: Problem, first_row: Numbers, rows: Numbers, columns: Numbers) -> Numbers:
    filled = columns < problem.people
    slot = np.searchsorted(first_row, rows[filled], side="right") - 1
    keys = problem.person * problem.slots + problem.slot
    order = np.argsort(keys)
    chosen = columns[filled].astype(np.int64) * problem.slots + slot
    return np.sort(order[np.searchsorted(keys, chosen, sorter=order)])


def _optimum(problem: Problem, pairs: Numbers) -> Choice:
    values = values_of(problem, pairs)
    return Choice(pairs, values, values)


def _counting(counts: Numbers) -> Numbers:
    """Return 0, 1, ... up to each count in turn."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)


def _factors(problem: Problem) -> tuple[int, ...] | None:
    """Return what each level counts times so that no sum of later ones outweighs it; None past what floats hold."""
    most = int(problem.room.clip(max=problem.people).sum()) + 1
    factors, reach = [], 0
    for level in reversed(problem.levels):
        factors.append(1 + most * reach)
        reach += factors[-1] * int(np.abs(level).max(initial=0)) * 2
    return tuple(reversed(factors)) if most * reach < EXACT else None


def _all_at_once(problem: Problem) -> Flags:
    """Tell for each person whether all their slots share a moment."""
    latest = np.full(problem.people, np.iinfo(np.int64).min)
    earliest = np.full(problem.people, np.iinfo(np.int64).max)
    np.maximum.at(latest, problem.person, problem.begins[problem.slot])
    np.minimum.at(earliest, problem.person, problem.ends[problem.slot])
    return latest < earliest


def _too_long(problem: Problem) -> Flags:
    """Tell for each person whether no two of their pairs are within their cap."""
    order = np.lexsort((problem.minutes, problem.person))
    person, minutes = problem.person[order], problem.minutes[order]
    second = np.flatnonzero(np.concatenate(([False], person[1:] == person[:-1])))
    starts = second[np.concatenate(([True], person[second][1:] != person[second][:-1]))] if len(second) else second
    least = np.full(problem.people, NO_PAIR)
    least[person[starts]] = minutes[starts] + minutes[starts - 1]
    return least > problem.cap
