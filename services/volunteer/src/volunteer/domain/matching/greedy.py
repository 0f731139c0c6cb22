"""The choice that takes the best pair that is left, again and again: a beginning, and what a plan is compared with."""

from collections import defaultdict

import numpy as np

from volunteer.domain.matching.problem import Problem
from volunteer.domain.matching.spans import Numbers


def greedy(problem: Problem) -> Numbers:
    """Return pairs that keep the rules, in order; slots that must be filled exactly may be left short."""
    room, most, cap = problem.room.tolist(), problem.most.tolist(), problem.cap.tolist()
    begins, ends = problem.begins.tolist(), problem.ends.tolist()
    doing: dict[int, list[int]] = defaultdict(list)
    taken = []
    for pair, person, slot, minutes in _best_first(problem):
        if room[slot] == 0 or most[person] == 0 or cap[person] < minutes:
            continue
        if any(begins[slot] < ends[other] and begins[other] < ends[slot] for other in doing[person]):
            continue
        room[slot] -= 1
        most[person] -= 1
        cap[person] -= minutes
        doing[person].append(slot)
        taken.append(pair)
    return np.sort(np.array(taken, dtype=np.int64))


def _best_first(problem: Problem) -> "zip[tuple[int, int, int, int]]":
    # Of equals the first comes first, so that the order of the lists decides and nothing else.
    order = np.lexsort([-level for level in reversed(problem.levels)])
    order = order[problem.levels[0][order] >= 0] if len(problem.levels) == 1 else order
    columns = (order, problem.person[order], problem.slot[order], problem.minutes[order])
    return zip(*(column.tolist() for column in columns), strict=True)
