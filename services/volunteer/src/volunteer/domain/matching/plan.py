"""What a plan is, for those who read it: without the solver's weight."""

from dataclasses import dataclass

from volunteer.domain.matching.reasons import Reason


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody does something. ``points`` is the sum of what speaks for it; what was accepted before has none."""

    person: str
    slot: str
    points: int
    reasons: tuple[Reason, ...]
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a slot came out: of its ``headcount`` places ``filled`` are, and why not more."""

    slot: str
    headcount: int
    filled: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Idle:
    """Somebody for whom the plan has nothing, and why."""

    person: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who does what.

    ``values`` are what was reached and ``bounds`` what no plan can exceed, without what was accepted: places of urgent
    slots, places up to the compounds' floors where there are any, places, points.
    """

    assigned: tuple[Assigned, ...]
    outcomes: tuple[Outcome, ...]
    idle: tuple[Idle, ...]
    values: tuple[int, ...]
    bounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long the solver looks for whole numbers in each step, and how near to the bound is near enough."""

    seconds: float = 60.0
    gap: float = 5e-4


DEFAULT = Effort()
