"""How cases travel between units: which ways they take, and which of them come back to where they were."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, RowMapping, and_, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.calendar import CHINA_TIME
from routing.domain.period import Period
from routing.domain.states import GIVEN
from routing.scope import in_area
from routing.tables import moves

MOST_WAYS = 100


async def count_ways(connection: AsyncConnection, areas: Sequence[str], period: Period) -> Sequence[RowMapping]:
    """Return the ways that cases took, the most used first, at most `MOST_WAYS`.

    A way begins or ends in one of ``areas``. ``back`` counts those of its moves that took a case to a unit that had
    given it away before: ping-pong.
    """
    query = (
        select(
            moves.c.from_unit,
            moves.c.to_unit,
            moves.c.action,
            func.count().label("moves"),
            func.count(moves.c.case_id.distinct()).label("cases"),
            func.count().filter(_came_back()).label("back"),
        )
        .where(_given(moves), moves.c.from_unit != moves.c.to_unit, _touches(areas), _within(period))
        .group_by(moves.c.from_unit, moves.c.to_unit, moves.c.action)
        .order_by(func.count().desc(), moves.c.from_unit, moves.c.to_unit, moves.c.action)
        .limit(MOST_WAYS)
    )
    return (await connection.execute(query)).mappings().all()


def _given(table: FromClause) -> ColumnElement[bool]:
    # In the words of the index.
    return and_(table.c.action.in_(GIVEN), table.c.from_unit.is_not(None))


def _came_back() -> ColumnElement[bool]:
    earlier = moves.alias("earlier")
    return exists().where(
        earlier.c.case_id == moves.c.case_id,
        earlier.c.version < moves.c.version,
        _given(earlier),
        earlier.c.from_unit == moves.c.to_unit,
    )


def _touches(areas: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(in_area(unit, area) for area in areas for unit in (moves.c.from_unit, moves.c.to_unit)))


def _within(period: Period) -> ColumnElement[bool]:
    begins = [] if period.begins is None else [moves.c.moved_at >= _midnight(period.begins)]
    ends = [] if period.ends is None else [moves.c.moved_at < _midnight(period.ends)]
    return and_(true(), *begins, *ends)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA_TIME)
