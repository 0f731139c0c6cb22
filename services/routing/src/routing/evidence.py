"""The cases behind a figure: each with the day and the amount that it counts for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Numeric, Select, cast, func, literal, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cursor import Cursor
from linli.chassis.principal import Principal
from routing.domain.case import Case
from routing.domain.measures import Measure, TimeMeasure
from routing.fact_tables import facts
from routing.queries import visible_to
from routing.scope import Scope, in_area, in_period
from routing.store import cases_from
from routing.tables import cases

Weights = Mapping[Measure, Decimal] | Mapping[TimeMeasure, Decimal]
"""What each fact of some measures counts for."""


class EvidenceCursor(Cursor):
    """The newest day comes first."""

    day: Annotated[date, Field(ge=date(1900, 1, 1), lt=date(9999, 1, 1))]
    case_id: UUID


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a case counts for in a figure on a day; ``seconds`` is the time that it took, of times."""

    day: date
    amount: Decimal
    seconds: int | None
    case: Case


async def list_evidence(
    connection: AsyncConnection,
    reader: Principal,
    weights: Weights,
    scope: Scope,
    *,
    at: datetime,
    after: EvidenceCursor | None,
    limit: int,
) -> tuple[list[Evidence], EvidenceCursor | None]:
    """Return a page of what the weighed measures count within a scope, and the cursor of the next one.

    The amounts of all pages add up to the figure, but for cases that the reader may not see.
    """
    if not scope.areas:
        return [], None
    rows = (await connection.execute(_query(reader, weights, scope, at, after, limit))).all()
    page = rows[:limit]
    found = {case.id: case for case in await _cases(connection, [row.case_id for row in page])}
    evidence = [Evidence(row.day, row.amount, row.seconds, found[row.case_id]) for row in page]
    more = len(rows) > limit
    return evidence, EvidenceCursor(day=page[-1].day, case_id=page[-1].case_id) if more else None


def _query(
    reader: Principal,
    weights: Weights,
    scope: Scope,
    at: datetime,
    after: EvidenceCursor | None,
    limit: int,
) -> Select[tuple[date, UUID, Decimal, int]]:
    # Each measure gives its own first rows, which an index has in their order; none of the page is beyond them.
    measures = [
        select(_of_measure(measure, weight, reader, scope, at, after).limit(limit + 1).subquery())
        for measure, weight in weights.items()
    ]
    counted = union_all(*measures).subquery("counted")
    return (
        select(
            counted.c.day,
            counted.c.case_id,
            func.sum(counted.c.amount).label("amount"),
            func.sum(counted.c.seconds).label("seconds"),
        )
        .group_by(counted.c.day, counted.c.case_id)
        .order_by(counted.c.day.desc(), counted.c.case_id.desc())
        .limit(limit + 1)
    )


def _of_measure(
    measure: str, weight: Decimal, reader: Principal, scope: Scope, at: datetime, after: EvidenceCursor | None
) -> Select[tuple[date, UUID, Decimal, int]]:
    """Return what each case counts for on each day; what was taken back counts for nothing."""
    conditions: list[ColumnElement[bool]] = [
        facts.c.measure == str(measure),
        facts.c.at <= at,
        in_period(facts.c.day, scope.period),
        or_(*(in_area(facts.c.unit, area) for area in scope.outermost())),
        scope.kind(facts),
        visible_to(reader),
    ]
    if after is not None:
        conditions.append(tuple_(facts.c.day, facts.c.case_id) < (after.day, after.case_id))
    amount = func.sum(facts.c.amount)
    return (
        select(
            facts.c.day,
            facts.c.case_id,
            (amount * cast(literal(weight), Numeric)).label("amount"),
            func.sum(facts.c.seconds).label("seconds"),
        )
        .join(cases, cases.c.id == facts.c.case_id)
        .where(*conditions)
        .group_by(facts.c.day, facts.c.case_id)
        .having(amount != 0)
        .order_by(facts.c.day.desc(), facts.c.case_id.desc())
    )


async def _cases(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Case]:
    rows = (await connection.execute(select(cases).where(cases.c.id.in_(ids)))).mappings().all()
    return await cases_from(connection, rows)
