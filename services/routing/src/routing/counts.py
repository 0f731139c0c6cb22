"""The counts that rates are made of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Satisfaction
from routing.domain.indicators import ClosingCounts, VisitCounts
from routing.queries import within
from routing.tables import cases, return_visits


async def count_visits(connection: AsyncConnection, areas: Sequence[str] | None) -> VisitCounts:
    """Count the return visits to cases of the units in ``areas`` and beneath (None: of all)."""
    visits = return_visits.c
    query = select(
        func.count().label("valid"),
        _how_many(visits.contacted).label("contacted"),
        _how_many(visits.solved).label("solved"),
        _how_many(visits.satisfaction == Satisfaction.SATISFIED).label("satisfied"),
        _how_many(visits.satisfaction == Satisfaction.BASICALLY_SATISFIED).label("basically_satisfied"),
    ).where(_of_units(visits.unit, areas))
    row = (await connection.execute(query)).mappings().one()
    return VisitCounts(**row)


async def count_closing(connection: AsyncConnection, areas: Sequence[str] | None, *, at: datetime) -> ClosingCounts:
    """Count the cases of the units in ``areas`` and beneath (None: of all) that are due to close at a moment."""
    closed = cases.c.closed_at.is_not(None)
    query = select(
        _how_many(or_(closed, cases.c.deadline_at < at)).label("due"),
        _how_many(closed).label("closed"),
        _how_many(and_(closed, cases.c.resolved_at <= cases.c.deadline_at)).label("closed_on_time"),
    ).where(_of_units(cases.c.unit, areas))
    row = (await connection.execute(query)).mappings().one()
    return ClosingCounts(**row)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _of_units(unit: ColumnElement[str], areas: Sequence[str] | None) -> ColumnElement[bool]:
    return true() if areas is None else within(unit, areas)
