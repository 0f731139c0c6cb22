"""The rules of a problem as rows of a linear program."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from volunteer.domain.matching.problem import Problem
from volunteer.domain.matching.spans import Numbers

Reals = NDArray[np.float64]

MOST_PARTS = 4
"""So far rows count how many long things fit into a cap."""


@dataclass(frozen=True, slots=True)
class Program:
    """``low <= matrix @ x <= high`` and ``0 <= x <= upper``, and the objectives ``levels`` that are to be raised.

    The first columns of ``x`` are the problem's ``pairs``. Those after them follow from these by themselves: ``step``
    has, for each further column, the person of whom it is one more piece of work beyond the first, each dearer than
    the one before; the last ``groups`` columns are what each group has of its floor.
    """

    matrix: csc_array
    low: Reals
    high: Reals
    upper: Reals
    levels: tuple[Reals, ...]
    problem: Problem
    step: Numbers
    groups: int

    @property
    def pairs(self) -> int:
        """How many columns are pairs."""
        return len(self.problem.person)

    @property
    def most_chosen(self) -> int:
        """More pairs than this are never chosen."""
        return min(int(self.problem.room.clip(max=self.problem.people).sum()), self.pairs)

    @property
    def nth(self) -> Numbers:
        """Return of each step which one of its person it is, from 1."""
        nth: Numbers = np.arange(len(self.step)) - np.searchsorted(self.step, self.step) + 1
        return nth

    def completed(self, pairs: Numbers) -> Reals:
        """Return ``x`` for some chosen pairs."""
        x = np.zeros(self.matrix.shape[1])
        x[pairs] = 1
        steps = slice(self.pairs, self.pairs + len(self.step))
        taken = np.bincount(self.problem.person[pairs], minlength=self.problem.people)
        x[steps] = taken[self.step] > self.nth
        if self.problem.group is not None and self.groups:
            filled = np.bincount(self.problem.group[self.problem.slot[pairs]], minlength=self.groups)
            x[-self.groups :] = np.minimum(filled, self.upper[-self.groups :])
        return x


def program_of(problem: Problem) -> Program:
    """Return the linear program of a problem."""
    rows = _Rows(len(problem.person))
    _slot_rows(problem, rows)
    owners: list[int] = []
    for duties in _duties(problem):
        if sum(sorted(duties.minutes)[:2]) > duties.cap:
            # Not even the two shortest fit together: one row says everything.
            rows.add(duties.pairs, [1.0] * len(duties.pairs), high=1.0)
            continue
        for pairs, high in _together(duties):
            rows.add(pairs, [1.0] * len(pairs), high=high)
        for values, high in _within_cap(duties.minutes, duties.cap):
            kept = [(pair, value) for pair, value in zip(duties.pairs, values, strict=True) if value]
            rows.add([pair for pair, _ in kept], [value for _, value in kept], high=high)
        if problem.load:
            owners += _load_steps(duties, rows)
    groups = _floor_steps(problem, rows)
    return _program(problem, rows, np.array(owners, dtype=np.int64), groups)


@dataclass(frozen=True, slots=True)
class _Duties:
    """What one person, at the position ``person``, could do, by begin; they have more than one chance."""

    person: int
    pairs: list[int]
    begins: list[int]
    ends: list[int]
    minutes: list[int]
    most: int
    cap: int

    def most_together(self) -> int:
        """Return a number of pairs than which no choice has more."""
        count, end = 0, -(1 << 62)
        for until, begin in sorted(zip(self.ends, self.begins, strict=True)):
            if begin >= end or until <= begin:
                count, end = count + 1, max(end, until)
        shortest = min(self.minutes)
        return min(count, self.most, self.cap // shortest if shortest else count)


class _Rows:
    """Rows as they are gathered."""

    def __init__(self, pairs: int) -> None:
        self.upper: list[Reals] = [np.ones(pairs)]
        self.columns = pairs
        self.at: list[int] = []
        self.values: list[float] = []
        self.starts: list[int] = [0]
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, columns: Iterable[int], values: Iterable[float], *, high: float, low: float = -np.inf) -> None:
        self.at += columns
        self.values += values
        self.starts.append(len(self.at))
        self.low.append(low)
        self.high.append(high)

    def new_columns(self, upper: Reals) -> range:
        self.upper.append(upper)
        self.columns += len(upper)
        return range(self.columns - len(upper), self.columns)

    def matrix(self) -> csc_array:
        shape = (len(self.high), self.columns)
        return csr_array((np.array(self.values, dtype=np.float64), self.at, self.starts), shape=shape).tocsc()


def _program(problem: Problem, rows: _Rows, step: Numbers, groups: int) -> Program:
    further = np.zeros(rows.columns - len(problem.person))
    levels: list[Reals] = [np.concatenate((level, further)) for level in problem.levels]
    nth = np.arange(len(step)) - np.searchsorted(step, step) + 1
    levels[-1][len(problem.person) : len(problem.person) + len(step)] = -problem.load * nth
    if groups:
        floor = np.zeros(rows.columns)
        floor[-groups:] = 1
        levels.insert(1, floor)
    limits = (np.array(rows.low), np.array(rows.high), np.concatenate(rows.upper))
    return Program(rows.matrix(), *limits, tuple(levels), problem, step, groups)


def _slot_rows(problem: Problem, rows: _Rows) -> None:
    for slot, pairs in _split(problem.slot, problem.slots):
        room = float(problem.room[slot])
        if len(pairs) > room or (problem.exact[slot] and len(pairs)):
            rows.add(pairs.tolist(), [1.0] * len(pairs), high=room, low=room if problem.exact[slot] else -np.inf)


def _duties(problem: Problem) -> Iterator[_Duties]:
    """Yield what each person could do who has more than one chance."""
    order = np.lexsort((problem.begins[problem.slot], problem.person))
    slot = problem.slot[order]
    columns = (order, problem.begins[slot], problem.ends[slot], problem.minutes[order])
    pairs, begins, ends, minutes = (column.tolist() for column in columns)
    firsts = np.searchsorted(problem.person[order], np.arange(problem.people + 1)).tolist()
    for person, (most, cap) in enumerate(zip(problem.most.tolist(), problem.cap.tolist(), strict=True)):
        own = slice(firsts[person], firsts[person + 1])
        if own.stop - own.start > 1:
            yield _Duties(person, pairs[own], begins[own], ends[own], minutes[own], most, cap)


def _together(duties: _Duties) -> Iterator[tuple[list[int], float]]:
    """Yield pairs of which only some may be chosen: by count, and those of which each two exclude each other.

    Two exclude each other when they overlap or are too long for the cap together. Spans of which each two overlap have
    a moment in common, so sets of all that go on at a moment say everything about time; what is too long beside all of
    a set is added to it, which is sharper than two rows.
    """
    if duties.most < len(duties.pairs):
        yield duties.pairs, float(duties.most)
    if duties.most <= 1:
        return
    cliques = list(_cliques(duties.begins, duties.ends))
    if sum(sorted(duties.minutes)[-2:]) > duties.cap:
        cliques = list(_grown_cliques(duties, cliques))
    for clique in cliques:
        yield [duties.pairs[place] for place in clique], 1.0


def _grown_cliques(duties: _Duties, cliques: list[list[int]]) -> Iterator[list[int]]:
    """Yield the cliques of overlaps and those of long things, each with all else that every one of it excludes."""
    excluded = _excluded(duties, cliques)
    found: list[int] = []
    tried: set[int] = set()
    for seed in (*cliques, *([place] for place in range(len(excluded)))):
        if len(seed) == 1:
            bits = excluded[seed[0]] | 1 << seed[0]
            # Those with the same bits grow into the same clique; and all that it excludes may be in one with it.
            if bits in tried or any(bits & clique == bits for clique in found):
                continue
            tried.add(bits)
        clique = _grown(seed, excluded)
        if clique & (clique - 1) and not any(clique & other == clique for other in found):
            found.append(clique)
            yield [place for place in range(len(excluded)) if clique >> place & 1]


def _excluded(duties: _Duties, cliques: list[list[int]]) -> list[int]:
    """Return for each duty, as bits, those that it excludes."""
    bits = [1 << place for place in range(len(duties.pairs))]
    excluded = [0] * len(bits)
    for clique in cliques:
        together = 0
        for place in clique:
            together |= bits[place]
        for place in clique:
            excluded[place] |= together
    longer, longest = {}, 0
    # From the shortest to the longest: the longer one thing is, the more others are too long beside it.
    by_length = sorted(zip(duties.minutes, bits, strict=True), reverse=True)
    taken = 0
    for length in sorted(set(duties.minutes)):
        while taken < len(by_length) and by_length[taken][0] + length > duties.cap:
            longest |= by_length[taken][1]
            taken += 1
        longer[length] = longest
    return [
        (others | longer[length]) & ~own for others, length, own in zip(excluded, duties.minutes, bits, strict=True)
    ]


def _grown(seed: list[int], excluded: list[int]) -> int:
    """Return the bits of some duties that exclude each other, and of others as long as all do."""
    clique, common = 0, -1
    for place in seed:
        clique |= 1 << place
        common &= excluded[place]
    common &= ~clique
    while common:
        place = (common & -common).bit_length() - 1
        clique |= 1 << place
        common &= excluded[place]
    return clique


def _within_cap(minutes: Sequence[int], cap: int) -> Iterator[tuple[list[float], float]]:
    """Yield what each pair counts and how much that may be in sum, for pairs that together pass somebody's cap.

    The cap by itself would allow two thirds of each of two things of which only one fits. These rows are sharper, by
    dual feasible functions (Fekete and Schepers, "New classes of fast lower bounds for bin packing problems", 2001):
    for a bound of at most half the cap, what is shorter counts nothing and what leaves less than the bound counts all
    of it; and of what is longer than a k-th part of the cap fewer than k fit.
    """
    if sum(minutes) <= cap:
        return
    often = Counter(minutes)
    seen: set[tuple[float, ...]] = set()
    for bound in sorted(one for one in often if 0 < 2 * one <= cap) or [0]:
        parts = {one: _counts(one, bound, cap) / max(cap, 1) for one in often}
        key = tuple(parts.values())
        if sum(parts[one] * times for one, times in often.items()) > 1 and key not in seen:
            seen.add(key)
            yield [parts[one] for one in minutes], 1.0
    for many in range(2, MOST_PARTS + 1):
        longer = {one: float(many * one > cap) for one in often}
        key = tuple(one / (many - 1) for one in longer.values())
        if sum(longer[one] * times for one, times in often.items()) >= many and key not in seen:
            seen.add(key)
            yield [longer[one] for one in minutes], many - 1.0


def _counts(minutes: int, bound: int, cap: int) -> int:
    """Return what something counts of a cap, for a bound of at most half of it."""
    if minutes > cap - bound:
        return cap
    return minutes if minutes >= bound else 0


def _cliques(begins: list[int], ends: list[int]) -> Iterator[list[int]]:
    """Yield the sets of two and more spans that go on at once, none within another; the spans are given by begin."""
    going: list[int] = []
    grew = False
    for place, begin in enumerate(begins):
        if ends[place] <= begin:
            continue
        still = [other for other in going if ends[other] > begin]
        if grew and len(still) < len(going) > 1:
            yield going
        grew = True
        going = [*still, place]
    if grew and len(going) > 1:
        yield going


def _load_steps(duties: _Duties, rows: _Rows) -> list[int]:
    """Let each piece of work beyond the first use a step; return the person of each.

    The steps grow dearer, so the cheapest are used first by themselves.
    """
    further = duties.most_together() - 1
    if further < 1:
        return []
    steps = rows.new_columns(np.ones(further))
    rows.add([*duties.pairs, *steps], [1.0] * len(duties.pairs) + [-1.0] * further, high=1.0)
    return [duties.person] * further


def _floor_steps(problem: Problem, rows: _Rows) -> int:
    """Add a column for each group: what it has of its floor, at most what is filled in it."""
    if problem.group is None or problem.floors is None:
        return 0
    columns = rows.new_columns(problem.floors.astype(np.float64))
    for group, pairs in _split(problem.group[problem.slot], len(problem.floors)):
        rows.add([*pairs.tolist(), columns[group]], [-1.0] * len(pairs) + [1.0], high=0.0)
    return len(columns)


def _split(owner: Numbers, owners: int) -> Iterator[tuple[int, Numbers]]:
    """Yield each owner with the positions that are its own."""
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(owners + 1))
    for one in range(owners):
        yield one, order[starts[one] : starts[one + 1]]
