"""The general case: an integer program, level by level, with a bound that no choice exceeds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import floor

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, csr_array, vstack

from volunteer.domain.matching.plan import Effort
from volunteer.domain.matching.problem import Choice, InfeasibleError, Problem, values_of
from volunteer.domain.matching.rows import Program, Reals, program_of
from volunteer.domain.matching.spans import Flags, Numbers

SPREAD = 10_000
"""Levels are raised together while no factor between them is greater: beyond, the solver's tolerance blurs them."""

A_SLOT = 8
"""So many pairs of each slot a step begins with, besides those of its headcount."""

A_SLOT_AT_LAST = 22
"""The same for the last step, in which every pair counts something else: more at once spare a second relaxation."""

MOST_COLUMNS = 20_000
"""With no more columns than these the integer program has all that could help, and its own bound holds for all."""

LIKELY = 4
"""With more it has so many for each place, those that the relaxation likes best."""

NEAR = 1e-6
HALF = 0.5
INFEASIBLE = 2


class UndecidedError(Exception):
    """The solver found nothing in the time that it had, and did not show that there is nothing."""


def optimise(problem: Problem, start: Numbers | None, effort: Effort) -> Choice:
    """Return a choice and its bounds; ``start`` are pairs that keep the rules, which the choice is no worse than.

    In each step the linear relaxation is solved on some pairs, and every pair is taken in whose reduced cost says
    that it would help, until no more than a little is left to gain: so the bound holds for all pairs. The integer
    program that follows keeps to the pairs that can still better what is known: one that loses more than what is known
    misses of the bound cannot. Where those are too many, it keeps to the likely ones, and to what the relaxation
    chooses away from where it is undecided.

    Raises:
        InfeasibleError: some slots must be filled exactly, and cannot be.
        UndecidedError: whether they can be was not found out in time.
    """
    program, best, bounds = program_of(problem), start, list[int]()
    for step in _steps(program):
        bound, found = _raise(program, step, best, effort)
        best = found if best is None or _worth(program, step, found) > _worth(program, step, best) else best
        values = values_of(problem, best)
        bounds += _bounds(bound, step, values[len(bounds) : len(bounds) + len(step.factors)])
        program = _held(program, step, _worth(program, step, best))
    pairs = np.zeros(0, dtype=np.int64) if best is None else np.sort(best)
    return Choice(pairs, values_of(problem, pairs), tuple(bounds))


@dataclass(frozen=True, slots=True)
class _Step:
    """Levels that are raised together: one objective, and what each of them counts times in it."""

    objective: Reals
    factors: tuple[int, ...]
    last: bool

    def near_enough(self, gap: float, bound: int) -> float:
        """Return how near to the bound is near enough: places are counted to the last one."""
        return gap if self.last else min(gap, HALF / max(abs(bound), 1))


def _steps(program: Program) -> Iterator[_Step]:
    pending = list(program.levels)
    while pending:
        together = [pending.pop(0)]
        factors = [1]
        while pending and (factor := _factor(program, pending[0])) * factors[0] <= SPREAD:
            factors = [one * factor for one in factors] + [1]
            together.append(pending.pop(0))
        yield _Step(np.array(factors, dtype=np.float64) @ np.stack(together), tuple(factors), not pending)


def _factor(program: Program, level: Reals) -> int:
    """Return more than a level's sum can be, where none of it is below zero; too much to be used where some is."""
    if level.min(initial=0) < 0:
        return SPREAD + 1
    return int(min(1 + program.most_chosen * level.max(initial=0), SPREAD + 1))


def _bounds(bound: int, step: _Step, values: tuple[int, ...]) -> list[int]:
    """Return the bound of each level of a step, given what the levels before it reached."""
    found = []
    for factor, value in zip(step.factors, values, strict=True):
        found.append(max(bound // factor, value))
        bound -= factor * value
    return found


@dataclass(frozen=True, slots=True)
class _Relaxed:
    """An optimum of the linear relaxation, or near it: no choice exceeds ``bound``.

    ``reduced`` is how much each column would help.
    """

    bound: float
    x: Reals
    reduced: Reals


def _raise(program: Program, step: _Step, best: Numbers | None, effort: Effort) -> tuple[int, Numbers]:
    """Return a bound and the best pairs that were found."""
    relaxed = _relax(program, step, best, effort)
    bound = floor(relaxed.bound + NEAR)
    if _is_whole(relaxed.x[: program.pairs]):
        return bound, np.flatnonzero(relaxed.x[: program.pairs] > HALF)
    known = -np.inf if best is None else _worth(program, step, best)
    hopeful = relaxed.reduced >= known - relaxed.bound - NEAR
    hopeful[program.pairs :] = True
    if best is not None:
        hopeful[best] = True
    if np.count_nonzero(hopeful) <= MOST_COLUMNS or best is None:
        return _whole(program, step, np.flatnonzero(hopeful), best, effort, bound)
    likely = _likely(program, relaxed, best)
    for sure in (_sure(program, relaxed, likely), None):
        _, found = _whole(program, step, np.flatnonzero(likely), best, effort, bound, sure)
        if found is not best:
            break
    return bound, found


def _sure(program: Program, relaxed: _Relaxed, likely: Flags) -> Flags:
    """Return the pairs that the relaxation chooses, but for those near to where it is undecided.

    Near are slots of which it divides a place, and whoever could take one of these, with all that they do.
    """
    problem, x = program.problem, relaxed.x[: program.pairs]
    divided = np.zeros(problem.slots, dtype=np.bool_)
    divided[problem.slot[np.abs(x - np.rint(x)) > NEAR]] = True
    near = np.zeros(problem.people, dtype=np.bool_)
    near[problem.person[likely[: program.pairs] & divided[problem.slot]]] = True
    sure: Flags = (x > 1 - NEAR) & ~near[problem.person] & ~divided[problem.slot]
    return sure


def _likely(program: Program, relaxed: _Relaxed, best: Numbers) -> Flags:
    """Return the columns that the relaxation uses or would use next, so many for each place that there is."""
    likely = relaxed.x > NEAR
    likely[np.argsort(-relaxed.reduced, kind="stable")[: LIKELY * program.most_chosen]] = True
    likely[best] = True
    return _with_steps(program, likely)


def _with_steps(program: Program, active: Flags) -> Flags:
    """Set the further columns that some pairs can use."""
    chances = np.bincount(program.problem.person[active[: program.pairs]], minlength=program.problem.people)
    steps = slice(program.pairs, program.pairs + len(program.step))
    active[steps] = program.nth < chances[program.step]
    active[steps.stop :] = True
    return active


def _is_whole(x: Reals) -> bool:
    return bool((np.abs(x - np.rint(x)) < NEAR).all())


def _relax(program: Program, step: _Step, best: Numbers | None, effort: Effort) -> _Relaxed:
    active = _first_columns(program, step, best)
    while True:
        x, value, prices = _solve(program, step, np.flatnonzero(active))
        reduced = step.objective - program.matrix.T @ prices
        missing = ~active & (reduced > NEAR)
        more = _most_gained(program, np.flatnonzero(missing), reduced)
        if more <= (effort.gap / 2 * abs(value) if step.last else HALF):
            return _Relaxed(value + more, x, reduced)
        active |= missing
        active = _with_steps(program, active)


def _most_gained(program: Program, missing: Numbers, reduced: Reals) -> float:
    """Return more than columns that were left out can add.

    No column exceeds its upper limit, and of the pairs of a slot no more are chosen than it has room, at best those
    that would help most.
    """
    further = missing[missing >= program.pairs]
    pairs = missing[missing < program.pairs]
    slot = program.problem.slot[pairs]
    order = np.lexsort((-reduced[pairs], slot))
    pairs, slot = pairs[order], slot[order]
    rank = np.arange(len(pairs)) - np.searchsorted(slot, slot)
    best = pairs[rank < program.problem.room[slot]]
    return float(reduced[best].sum() + reduced[further] @ program.upper[further])


def _first_columns(program: Program, step: _Step, best: Numbers | None) -> Flags:
    active = np.ones(program.matrix.shape[1], dtype=np.bool_)
    if best is None:
        return active
    problem, pairs = program.problem, program.pairs
    preferred = np.lexsort((-program.levels[-1][:pairs], -step.objective[:pairs], problem.slot))
    slot = problem.slot[preferred]
    rank = np.arange(pairs) - np.searchsorted(slot, slot)
    active[:pairs] = False
    many = A_SLOT_AT_LAST if step.last else A_SLOT
    active[preferred[rank < many + problem.room[slot]]] = True
    active[best] = True
    return _with_steps(program, active)


def _solve(program: Program, step: _Step, columns: Numbers) -> tuple[Reals, float, Reals]:
    """Return the optimum on some columns, its value, and the price of each row."""
    matrix: csr_array = program.matrix[:, columns].tocsr()
    used = np.flatnonzero(np.diff(matrix.indptr))
    matrix = matrix[used]
    low, high = program.low[used], program.high[used]
    equal, above, below = low == high, np.isfinite(low) & (low != high), np.isfinite(high) & (low != high)
    solved = linprog(
        -step.objective[columns],
        A_ub=vstack([matrix[below], -matrix[above]]) if below.any() or above.any() else None,
        b_ub=np.concatenate((high[below], -low[above])) if below.any() or above.any() else None,
        A_eq=matrix[equal] if equal.any() else None,
        b_eq=high[equal] if equal.any() else None,
        bounds=np.column_stack((np.zeros(len(columns)), program.upper[columns])),
        method="highs-ds",
    )
    if solved.status == INFEASIBLE:
        raise InfeasibleError("the needs that must be filled cannot be, all together")
    if solved.x is None:
        raise UndecidedError(solved.message)
    prices = np.zeros(program.matrix.shape[0])
    count = int(below.sum())
    if below.any() or above.any():
        prices[used[below]] = -solved.ineqlin.marginals[:count]
        prices[used[above]] = solved.ineqlin.marginals[count:]
    if equal.any():
        prices[used[equal]] = -solved.eqlin.marginals
    x = np.zeros(program.matrix.shape[1])
    x[columns] = solved.x
    return x, -float(solved.fun), prices


def _whole(
    program: Program,
    step: _Step,
    columns: Numbers,
    best: Numbers | None,
    effort: Effort,
    bound: int,
    sure: Flags | None = None,
) -> tuple[int, Numbers]:
    """Return a bound and the best pairs among some columns in the time that there is; at least what is known.

    With ``sure`` pairs that are chosen in any case the bound is only theirs.
    """
    low = np.zeros(len(columns))
    if sure is not None:
        low[columns < program.pairs] = sure[columns[columns < program.pairs]]
    matrix: csr_array = program.matrix[:, columns].tocsr()
    used = np.flatnonzero(np.diff(matrix.indptr))
    solved = milp(
        -step.objective[columns],
        integrality=(columns < program.pairs).astype(np.int64),
        bounds=Bounds(low, program.upper[columns]),
        constraints=LinearConstraint(matrix[used].tocsc(), program.low[used], program.high[used]),
        options={"time_limit": effort.seconds, "mip_rel_gap": step.near_enough(effort.gap, bound)},
    )
    if solved.mip_dual_bound is not None and np.isfinite(solved.mip_dual_bound):
        bound = min(bound, floor(-solved.mip_dual_bound + NEAR))
    if solved.x is not None:
        pairs = columns < program.pairs
        return bound, columns[pairs][solved.x[pairs] > HALF]
    if solved.status == INFEASIBLE and best is None:
        raise InfeasibleError("the needs that must be filled cannot be, all together")
    if best is None:
        raise UndecidedError(solved.message)
    return bound, best


def _worth(program: Program, step: _Step, pairs: Numbers) -> float:
    """Return what some pairs are worth in a step, with the steps and floors that they entail."""
    return float(step.objective @ program.completed(pairs))


def _held(program: Program, step: _Step, value: float) -> Program:
    """Return the program in which a step keeps what it has reached."""
    row = csr_array(step.objective.reshape(1, -1))
    return replace(
        program,
        matrix=csc_array(vstack([program.matrix, row])),
        low=np.append(program.low, value),
        high=np.append(program.high, np.inf),
    )
