"""The choice among pairs, without what they mean: what every solver takes and gives."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from volunteer.domain.matching.spans import Flags, Numbers

NO_LIMIT = 1 << 40


class InfeasibleError(Exception):
    """No choice keeps all the rules; ``slot`` is the one that cannot be filled, None where only all together cannot."""

    def __init__(self, message: str, *, slot: int | None = None) -> None:
        super().__init__(message)
        self.slot = slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Pairs of a person and a slot, of which some are to be chosen.

    Each pair is a position in ``person``, ``slot`` and ``minutes``. A person takes at most ``most`` pairs and
    ``cap`` minutes (`NO_LIMIT` for none), and no two whose slots overlap; ``begins`` and ``ends`` are the slots' times
    in any unit, a slot that begins when another ends does not overlap it, and one without length overlaps nothing.
    A slot takes at most ``room`` people, and just as many where ``exact``.

    ``levels`` are the whole points of each pair: the choice has the greatest sum of the first, among those the
    greatest of the second, and so on. In the last level a person's n-th pair costs ``load`` times n - 1. A slot is in
    the ``group`` of its number, and with ``floors`` the first level is followed by one that counts the chosen pairs
    of each group up to its floor.
    """

    person: Numbers
    slot: Numbers
    minutes: Numbers
    most: Numbers
    cap: Numbers
    begins: Numbers
    ends: Numbers
    room: Numbers
    exact: Flags
    levels: tuple[Numbers, ...]
    load: int = 0
    group: Numbers | None = None
    floors: Numbers | None = None

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.most)

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return len(self.room)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen pairs in order, the sum of each level, and what no choice can exceed in it given the levels before."""

    pairs: Numbers
    values: tuple[int, ...]
    bounds: tuple[int, ...]

    @property
    def gap(self) -> float:
        """How far the first value that misses its bound misses it, as a part of the bound; 0 for an optimum."""
        for value, bound in zip(self.values, self.bounds, strict=True):
            if value != bound:
                return (bound - value) / max(abs(bound), 1)
        return 0.0


def values_of(problem: Problem, pairs: Numbers) -> tuple[int, ...]:
    """Return the sum of each level that some pairs have."""
    *before, last = [int(level[pairs].sum()) for level in problem.levels]
    taken = np.bincount(problem.person[pairs], minlength=problem.people)
    last -= problem.load * int((taken * (taken - 1) // 2).sum())
    if problem.group is None or problem.floors is None:
        return (*before, last)
    filled = np.bincount(problem.group[problem.slot[pairs]], minlength=len(problem.floors))
    return (*before[:1], int(np.minimum(filled, problem.floors).sum()), *before[1:], last)


def violations(problem: Problem, pairs: Numbers) -> list[str]:
    """Return what some pairs break, in words; nothing where they may be chosen."""
    broken = []
    if len(np.unique(problem.person[pairs] * problem.slots + problem.slot[pairs])) < len(pairs):
        broken.append("somebody has the same slot twice")
    filled = np.bincount(problem.slot[pairs], minlength=problem.slots)
    if (filled > problem.room).any() or (filled != problem.room)[problem.exact].any():
        broken.append("a slot has too many people, or too few")
    taken = np.bincount(problem.person[pairs], minlength=problem.people)
    minutes = np.bincount(problem.person[pairs], problem.minutes[pairs], problem.people)
    if (taken > problem.most).any() or (minutes > problem.cap).any():
        broken.append("somebody has too much to do")
    order = pairs[np.lexsort((problem.begins[problem.slot[pairs]], problem.person[pairs]))]
    if _any_overlap(problem, order):
        broken.append("somebody has two things to do at once")
    return broken


def _any_overlap(problem: Problem, order: Numbers) -> bool:
    # Within a person, by begin: where no neighbours overlap, none do.
    one, other = order[:-1], order[1:]
    same = problem.person[one] == problem.person[other]
    return bool((same & (problem.ends[problem.slot[one]] > problem.begins[problem.slot[other]])).any())


def sum_of(levels: Sequence[Numbers], factors: Sequence[int]) -> Numbers:
    """Return one level that stands for some, each times its factor."""
    total = np.zeros_like(levels[0])
    for level, factor in zip(levels, factors, strict=True):
        total = total + level * factor
    return total
