"""The rates that tell how well cases are handled, each with its numerator and denominator.

Response, solution and satisfaction are the three rates (三率) by which public hotlines follow up what was reported;
closing and on-time closing are indicators of city management's evaluation (GB/T 30428.4).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BASICALLY_SATISFIED_WEIGHT = Decimal("0.9")

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole; only satisfaction, which weighs answers, has a numerator that is not a count."""

    numerator: Decimal
    denominator: int

    @property
    def percent(self) -> Decimal | None:
        """The rate in per cent, rounded half up to two places; None where there is nothing to measure."""
        if self.denominator == 0:
            return None
        return (100 * self.numerator / self.denominator).quantize(HUNDREDTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCounts:
    """How many return visits were answered (``valid``), and how many of those answered what."""

    valid: int
    contacted: int
    solved: int
    satisfied: int
    basically_satisfied: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingCounts:
    """How many cases were due to close, how many of those closed, and how many of those in time.

    A case is due to close once its deadline has passed; one that closed earlier counts as due too.
    """

    due: int
    closed: int
    closed_on_time: int


def response_rate(visits: VisitCounts) -> Rate:
    """Return 响应率: reporters who were contacted, of the valid return visits."""
    return Rate(Decimal(visits.contacted), visits.valid)


def solution_rate(visits: VisitCounts) -> Rate:
    """Return 解决率: matters that their reporters call solved, of the valid return visits."""
    return Rate(Decimal(visits.solved), visits.valid)


def satisfaction_rate(visits: VisitCounts) -> Rate:
    """Return 满意率: satisfied reporters, the basically satisfied counted at 0.9, of the valid return visits."""
    weighed = visits.satisfied + BASICALLY_SATISFIED_WEIGHT * visits.basically_satisfied
    return Rate(weighed, visits.valid)


def closing_rate(cases: ClosingCounts) -> Rate:
    """Return 结案率: closed cases, of those due to close."""
    return Rate(Decimal(cases.closed), cases.due)


def on_time_closing_rate(cases: ClosingCounts) -> Rate:
    """Return 按期结案率: cases closed in time, of those due to close."""
    return Rate(Decimal(cases.closed_on_time), cases.due)
