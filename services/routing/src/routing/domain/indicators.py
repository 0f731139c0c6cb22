"""The indicators that tell how well cases are handled, each with its numerator and denominator.

Response, solution and satisfaction are the three rates (三率) by which public hotlines follow up what was reported;
closing and on-time closing are indicators of city management's evaluation (GB/T 30428.4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from linli.district import Text
from routing.domain.measures import Measure

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
        return self._times(100)

    @property
    def mean(self) -> Decimal | None:
        """The numerator for each one of the denominator, rounded likewise."""
        return self._times(1)

    def _times(self, factor: int) -> Decimal | None:
        if self.denominator == 0:
            return None
        return (factor * self.numerator / self.denominator).quantize(HUNDREDTH, ROUND_HALF_UP)


class IndicatorName(StrEnum):
    """The indicators, as callers name them."""

    RESPONSE = "response"
    SOLUTION = "solution"
    SATISFACTION = "satisfaction"
    CLOSING = "closing"
    ON_TIME_CLOSING = "on_time_closing"
    UNANSWERED = "unanswered"
    REWORK = "rework"
    RETURN = "return"
    EXTENSION = "extension"
    WHISTLE = "whistle"
    HOPS = "hops"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A numerator, which weighs measures, over a measure; ``source`` says where the definition is from.

    A part of a whole is told in per cent, what is no part (``per_case``) as a mean.
    """

    title: Text
    numerator: Mapping[Measure, Decimal]
    denominator: Measure
    source: str
    per_case: bool = False

    def rate(self, sums: Mapping[str, int]) -> Rate:
        """Return the indicator over sums of the measures; one that is missing is 0."""
        parts = (weight * sums.get(measure, 0) for measure, weight in self.numerator.items())
        return Rate(sum(parts, Decimal(0)), sums.get(self.denominator, 0))


ONE = Decimal(1)
HOTLINES = "the three rates (三率) of public hotlines"
CITY_MANAGEMENT = "GB/T 30428.4, evaluation of city management"
OWN = "of this suite"

INDICATORS: Mapping[IndicatorName, Indicator] = {
    IndicatorName.RESPONSE: Indicator(
        Text(zh_hans="响应率", zh_hant="響應率", en="Response rate"),
        {Measure.CONTACTED: ONE},
        Measure.VISITS,
        HOTLINES,
    ),
    IndicatorName.SOLUTION: Indicator(
        Text(zh_hans="解决率", zh_hant="解決率", en="Solution rate"),
        {Measure.SOLVED: ONE},
        Measure.VISITS,
        HOTLINES,
    ),
    IndicatorName.SATISFACTION: Indicator(
        Text(zh_hans="满意率", zh_hant="滿意率", en="Satisfaction rate"),
        {Measure.SATISFIED: ONE, Measure.BASICALLY_SATISFIED: BASICALLY_SATISFIED_WEIGHT},
        Measure.VISITS,
        HOTLINES,
    ),
    IndicatorName.CLOSING: Indicator(
        Text(zh_hans="结案率", zh_hant="結案率", en="Closing rate"),
        {Measure.CLOSED: ONE},
        Measure.DUE,
        CITY_MANAGEMENT,
    ),
    IndicatorName.ON_TIME_CLOSING: Indicator(
        Text(zh_hans="按期结案率", zh_hant="按期結案率", en="On-time closing rate"),
        {Measure.CLOSED_ON_TIME: ONE},
        Measure.DUE,
        CITY_MANAGEMENT,
    ),
    IndicatorName.UNANSWERED: Indicator(
        Text(zh_hans="未回访结案率", zh_hant="未回訪結案率", en="Closed without an answer"),
        {Measure.CLOSED_UNANSWERED: ONE},
        Measure.CLOSED,
        OWN,
    ),
    IndicatorName.REWORK: Indicator(
        Text(zh_hans="返工率", zh_hant="返工率", en="Rework rate"),
        {Measure.REOPENED: ONE},
        Measure.RESOLVED,
        OWN,
    ),
    IndicatorName.RETURN: Indicator(
        Text(zh_hans="退单率", zh_hant="退單率", en="Return rate"),
        {Measure.RETURNED: ONE},
        Measure.ROUTED,
        OWN,
    ),
    IndicatorName.EXTENSION: Indicator(
        Text(zh_hans="延期率", zh_hant="延期率", en="Extension rate"),
        {Measure.EXTENDED: ONE},
        Measure.ACCEPTED,
        OWN,
    ),
    IndicatorName.WHISTLE: Indicator(
        Text(zh_hans="吹哨率", zh_hant="吹哨率", en="Whistle rate"),
        {Measure.DISPATCHES: ONE},
        Measure.CASES,
        OWN,
    ),
    IndicatorName.HOPS: Indicator(
        Text(zh_hans="平均上交次数", zh_hant="平均上交次數", en="Hops per case"),
        {Measure.HOPS: ONE},
        Measure.CASES,
        OWN,
        per_case=True,
    ),
}
"""Every indicator; docs/indicators.md tells more of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCounts:
    """How many return visits were answered (``valid``), and how many of those answered what."""

    valid: int
    contacted: int
    solved: int
    satisfied: int
    basically_satisfied: int


def response_rate(visits: VisitCounts) -> Rate:
    """Return 响应率: reporters who were contacted, of the valid return visits."""
    return INDICATORS[IndicatorName.RESPONSE].rate(_sums(visits))


def solution_rate(visits: VisitCounts) -> Rate:
    """Return 解决率: matters that their reporters call solved, of the valid return visits."""
    return INDICATORS[IndicatorName.SOLUTION].rate(_sums(visits))


def satisfaction_rate(visits: VisitCounts) -> Rate:
    """Return 满意率: satisfied reporters, the basically satisfied counted at 0.9, of the valid return visits."""
    return INDICATORS[IndicatorName.SATISFACTION].rate(_sums(visits))


def _sums(visits: VisitCounts) -> Mapping[str, int]:
    return {
        Measure.VISITS: visits.valid,
        Measure.CONTACTED: visits.contacted,
        Measure.SOLVED: visits.solved,
        Measure.SATISFIED: visits.satisfied,
        Measure.BASICALLY_SATISFIED: visits.basically_satisfied,
    }
