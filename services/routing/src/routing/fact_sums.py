"""The sums that counts are made of, as expressions over facts."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, func

from routing.domain.measures import BUCKETS, Measure, TimeMeasure, bucket_limits
from routing.domain.times import bucket_column, seconds_column
from routing.fact_tables import facts


def _fact_sums() -> Iterator[ColumnElement[int]]:
    for measure in Measure:
        yield _sum(facts.c.amount, _is(measure), measure)
    for stage in TimeMeasure:
        yield _sum(facts.c.amount, _is(stage), stage)
        yield _sum(facts.c.amount * facts.c.seconds, _is(stage), seconds_column(stage))
        for bucket in BUCKETS:
            yield _sum(facts.c.amount, and_(_is(stage), _within(bucket)), bucket_column(stage, bucket))


def _sum(amount: ColumnElement[int], counted: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.sum(amount).filter(counted).label(name)


def _is(measure: str) -> ColumnElement[bool]:
    return facts.c.measure == str(measure)


def _within(bucket: int) -> ColumnElement[bool]:
    begins, ends = bucket_limits(bucket)
    from_begin = facts.c.seconds >= begins
    return from_begin if ends is None else and_(from_begin, facts.c.seconds < ends)


FACT_SUMS = tuple(_fact_sums())
"""A labelled sum for each measure column, in their order; null where no fact belongs to it."""
