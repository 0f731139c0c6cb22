"""Indicators by their formulas."""

from decimal import Decimal

import pytest

from routing.domain.indicators import (
    INDICATORS,
    IndicatorName,
    VisitCounts,
    response_rate,
    satisfaction_rate,
    solution_rate,
)
from routing.domain.measures import BOUNDS, BUCKETS, Measure, TimeMeasure, bucket_limits, bucket_of
from routing.domain.times import bucket_column, seconds_column, stage_time

VISITS = VisitCounts(valid=40, contacted=39, solved=30, satisfied=20, basically_satisfied=10)
CASES: dict[str, int] = {
    Measure.DUE: 972,
    Measure.CLOSED: 911,
    Measure.CLOSED_ON_TIME: 737,
    Measure.CASES: 800,
    Measure.HOPS: 305,
}


def test_closing_rates_of_the_published_example() -> None:
    assert INDICATORS[IndicatorName.CLOSING].rate(CASES).percent == Decimal("93.72")
    assert INDICATORS[IndicatorName.ON_TIME_CLOSING].rate(CASES).percent == Decimal("75.82")


def test_response_and_solution_count_answers() -> None:
    assert response_rate(VISITS).percent == Decimal("97.50")
    assert solution_rate(VISITS).percent == Decimal("75.00")


def test_satisfaction_counts_the_basically_satisfied_less() -> None:
    rate = satisfaction_rate(VISITS)
    assert (rate.numerator, rate.denominator, rate.percent) == (Decimal("29.0"), 40, Decimal("72.50"))


def test_percent_is_rounded_half_up() -> None:
    assert INDICATORS[IndicatorName.RETURN].rate({Measure.RETURNED: 1, Measure.ROUTED: 800}).percent == Decimal("0.13")


def test_hops_are_told_per_case() -> None:
    assert INDICATORS[IndicatorName.HOPS].rate(CASES).mean == Decimal("0.38")


@pytest.mark.parametrize("name", IndicatorName)
def test_indicator_of_nothing_is_unknown(name: IndicatorName) -> None:
    rate = INDICATORS[name].rate({})
    assert rate.numerator == rate.denominator == 0
    assert rate.percent is rate.mean is None


def test_every_time_falls_into_the_bucket_whose_limits_hold_it() -> None:
    for seconds in (0, *BOUNDS, *(bound - 1 for bound in BOUNDS), BOUNDS[-1] * 9):
        begins, ends = bucket_limits(bucket_of(seconds))
        assert begins <= seconds
        assert ends is None or seconds < ends
    assert [bucket_of(bucket_limits(bucket)[0]) for bucket in BUCKETS] == list(BUCKETS)


def times_of(*seconds: int) -> dict[str, int]:
    stage = TimeMeasure.ACCEPT
    sums: dict[str, int] = {stage: len(seconds), seconds_column(stage): sum(seconds)}
    for one in seconds:
        column = bucket_column(stage, bucket_of(one))
        sums[column] = sums.get(column, 0) + 1
    return sums


def test_times_are_told_by_their_mean_and_quantiles() -> None:
    time = stage_time(TimeMeasure.ACCEPT, times_of(*[3 * 3600] * 8, *[20 * 3600] * 2))
    assert (time.count, time.mean_hours) == (10, Decimal("6.40"))
    # Five of the eight in the bucket from 2 to 4 hours; all eight and half of the two from 8 to 24.
    assert (time.p50_hours, time.p90_hours) == (Decimal("3.25"), Decimal("16.00"))


def test_time_past_the_last_bound_is_told_as_that_bound() -> None:
    assert stage_time(TimeMeasure.ACCEPT, times_of(BOUNDS[-1] * 3)).p90_hours == Decimal(BOUNDS[-1]) / 3600


def test_time_of_nothing_is_unknown() -> None:
    time = stage_time(TimeMeasure.ACCEPT, {})
    assert (time.count, time.mean_hours, time.p50_hours, time.p90_hours) == (0, None, None, None)
