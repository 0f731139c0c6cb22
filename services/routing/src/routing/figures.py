"""The sums behind the indicators: what was folded, and the facts that were not yet."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Table, Text, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.calendar import CHINA_TIME
from routing.domain.measures import BOUNDS, TimeMeasure
from routing.domain.period import Period
from routing.domain.times import bucket_column, seconds_column
from routing.fact_tables import MEASURE_COLUMNS, daily_counts, facts, monthly_counts
from routing.scope import EVERYTHING, Scope, in_area, in_period

Sums = Mapping[str, int]
Told = defaultdict[str, Counter[str]]


class Breakdown(StrEnum):
    """What figures are told apart by; ``UNIT`` by the units right beneath an area, and what the area has itself."""

    UNIT = "unit"
    DEPARTMENT = "department"
    CATEGORY = "category"
    MONTH = "month"


async def read_sums(
    connection: AsyncConnection, scope: Scope, by: Breakdown | None = None, *, at: datetime
) -> dict[str, Sums]:
    """Return the sums of the measure columns by what they are broken down by ("" where by nothing), in its order.

    They hold what was committed, up to ``at``. The statements have to see one moment, as those of a `Reading` do.
    """
    told: Told = defaultdict(Counter)
    period = scope.period.until(at.astimezone(CHINA_TIME).date())
    months, edges = period.split()
    for area in scope.outermost():
        stretches = [(daily_counts, one) for one in edges]
        if months is not None:
            stretches.append((monthly_counts, months))
        for counts, stretch in stretches:
            await _add_counts(connection, told, counts, scope, area, by, stretch)
        await _add_unfolded(connection, told, scope, area, by, period, at)
    return {key: told[key] for key in sorted(told) if any(told[key].values())}


async def _add_counts(
    connection: AsyncConnection,
    told: Told,
    counts: Table,
    scope: Scope,
    area: str,
    by: Breakdown | None,
    stretch: Period,
) -> None:
    key = (literal(area) if by is Breakdown.UNIT else _key(counts, area, by)).label("key")
    asking = select(key, *_TOTALS[counts.name]).where(scope.kind(counts), in_period(counts.c.begins, stretch))
    for one, *sums in await connection.execute(asking.where(counts.c.unit == area).group_by(key)):
        told[one].update(_named(sums))
    if by is Breakdown.UNIT:
        # What an area has itself is what it has with all beneath it, but for that of the units beneath.
        key = counts.c.unit.label("key")
        asking = select(key, *_TOTALS[counts.name]).where(scope.kind(counts), in_period(counts.c.begins, stretch))
        for one, *sums in await connection.execute(asking.where(counts.c.parent == area).group_by(key)):
            told[one].update(_named(sums))
            told[area].subtract(_named(sums))


async def _add_unfolded(
    connection: AsyncConnection,
    told: Told,
    scope: Scope,
    area: str,
    by: Breakdown | None,
    period: Period,
    at: datetime,
) -> None:
    key = _key(facts, area, by).label("key")
    bucket = func.width_bucket(facts.c.seconds, cast(BOUNDS, ARRAY(BigInteger))).label("bucket")
    asking = (
        select(key, facts.c.measure, bucket, func.sum(facts.c.amount), func.sum(facts.c.amount * facts.c.seconds))
        .where(~facts.c.folded, facts.c.at <= at, in_period(facts.c.day, period))
        .where(in_area(facts.c.unit, area), scope.kind(facts))
        .group_by(key, facts.c.measure, bucket)
    )
    for one, measure, within, amount, seconds in await connection.execute(asking):
        told[one][measure] += amount
        if within is not None:
            told[one][bucket_column(TimeMeasure(measure), within)] += amount
            told[one][seconds_column(TimeMeasure(measure))] += int(seconds)


def _named(sums: Sequence[Any]) -> dict[str, int]:
    return {name: value for name, value in zip(MEASURE_COLUMNS, sums, strict=True) if value is not None}


def _key(table: Table, area: str, by: Breakdown | None) -> ColumnElement[str]:
    if by is None:
        return literal(EVERYTHING)
    if by is Breakdown.MONTH:
        return func.to_char(table.c.day if "day" in table.c else table.c.begins, "YYYY-MM")
    if by is Breakdown.UNIT:
        words = func.string_to_array(table.c.unit, "/", type_=ARRAY(Text))
        depth = area.count("/") + 1 if area else 0
        return func.array_to_string(words[1 : depth + 1], "/")
    return table.c[by.value]


_TOTALS = {
    counts.name: tuple(cast(func.sum(counts.c[name]), BigInteger) for name in MEASURE_COLUMNS)
    for counts in (daily_counts, monthly_counts)
}
"""The sums of all measures; building them takes as long as asking for them."""
