"""How long the stages of cases took, from the sums of their histograms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from linli.district import Text
from routing.domain.indicators import HUNDREDTH
from routing.domain.measures import BUCKETS, TimeMeasure, bucket_limits

HOUR = 3600

TITLES: Mapping[TimeMeasure, Text] = {
    TimeMeasure.DISPATCH: Text(zh_hans="派单用时", zh_hant="派單用時", en="Time to dispatch"),
    TimeMeasure.ACCEPT: Text(zh_hans="受理用时", zh_hant="受理用時", en="Time to accept"),
    TimeMeasure.HANDLE: Text(zh_hans="处置用时", zh_hant="處置用時", en="Time to resolve"),
    TimeMeasure.VERIFY: Text(zh_hans="核查用时", zh_hant="核查用時", en="Time to verify"),
    TimeMeasure.ANSWER: Text(zh_hans="回访用时", zh_hant="回訪用時", en="Time to the reporter's answer"),
}


@dataclass(frozen=True, slots=True)
class StageTime:
    """How many times were taken, and in hours their mean, median and ninth decile; None where there is none.

    The mean is exact. The quantiles are as exact as their bucket, within which times are taken to be spread evenly;
    of one in the last bucket, which has no end, the beginning is told.
    """

    count: int
    mean_hours: Decimal | None
    p50_hours: Decimal | None
    p90_hours: Decimal | None


def bucket_column(stage: TimeMeasure, bucket: int) -> str:
    """Return what the sum of a bucket is called."""
    return f"{stage}_{bucket}"


def seconds_column(stage: TimeMeasure) -> str:
    """Return what the sum of the seconds is called."""
    return f"{stage}_seconds"


def stage_time(stage: TimeMeasure, sums: Mapping[str, int]) -> StageTime:
    """Return the times of a stage from sums of its columns; one that is missing is 0."""
    count = sums.get(stage, 0)
    if count == 0:
        return StageTime(0, None, None, None)
    buckets = [sums.get(bucket_column(stage, bucket), 0) for bucket in BUCKETS]
    return StageTime(
        count,
        _hours(Decimal(sums.get(seconds_column(stage), 0)) / count),
        _hours(_quantile(buckets, Decimal("0.5"))),
        _hours(_quantile(buckets, Decimal("0.9"))),
    )


def _quantile(buckets: Sequence[int], share: Decimal) -> Decimal:
    rank = share * sum(buckets)
    for bucket, count in enumerate(buckets):
        if rank <= count:
            begins, ends = bucket_limits(bucket)
            return Decimal(begins) if ends is None else begins + (ends - begins) * rank / count
        rank -= count
    raise AssertionError  # pragma: no cover - the rank is at most the sum


def _hours(seconds: Decimal) -> Decimal:
    return (seconds / HOUR).quantize(HUNDREDTH, ROUND_HALF_UP)
