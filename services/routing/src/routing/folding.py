"""Folding: facts whose moment has come are added to the counts, each exactly once."""

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Insert,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.worker import Worker
from routing.fact_sums import FACT_SUMS
from routing.fact_tables import MEASURE_COLUMNS, daily_counts, facts, monthly_counts
from routing.rebuilding import build_once

BATCH = 2000
LOOK_S = 1.0


class Folding(Worker):
    """Keeps the counts up with the facts; the figures are right without it, and slower the longer it is away."""

    def __init__(self, *, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        super().__init__("indicators")
        self._engine = engine
        self._now = now

    async def _session(self) -> None:
        async with self._engine.begin() as connection:
            await build_once(connection)
        while not self._stopping.is_set():
            async with self._engine.begin() as connection:
                folded = await fold(connection, at=self._now())
            self._works()
            if folded < BATCH:
                await self._pause(LOOK_S)


async def fold(connection: AsyncConnection, *, at: datetime, most: int = BATCH) -> int:
    """Add the oldest facts of up to a moment that were not folded yet to the counts; return how many there were.

    Counts and marks are one transaction. Facts that another worker has in hand are left to it.
    """
    oldest = (
        select(facts.c.id)
        .where(~facts.c.folded, facts.c.at <= at)
        .order_by(facts.c.at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = (await connection.scalars(oldest)).all()
    if ids:
        for statement in (_BY_DAY, _BY_MONTH, _MARK):
            await connection.execute(statement, {"ids": ids})
    return len(ids)


_TAKEN = facts.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
_MARK = update(facts).where(_TAKEN).values(folded=True)


def _adding(table: Table, sums: Select[*tuple[object, ...]]) -> Insert:
    """Return the statement that adds sums to the rows of a table, always in one order: two workers do not cross."""
    names = [one.name for one in sums.selected_columns]
    adding = insert(table).from_select(
        names, sums.order_by(*(sums.selected_columns[key.name] for key in table.primary_key))
    )
    new = adding.excluded
    added = {name: func.coalesce(table.c[name] + new[name], table.c[name], new[name]) for name in MEASURE_COLUMNS}
    return adding.on_conflict_do_update(index_elements=list(table.primary_key), set_=added)


def _sums(begins: ColumnElement[date]) -> Select[*tuple[object, ...]]:
    """Return the sums of the facts at hand for the unit that each names and all above it, up to ""."""
    words = func.string_to_array(facts.c.unit, "/", type_=ARRAY(Text))
    ladder = func.generate_series(0, func.cardinality(words)).table_valued("height").render_derived("ladder")
    height = ladder.c.height
    unit = func.array_to_string(words[1:height], "/")
    parent = case((height == 0, null()), else_=func.array_to_string(words[1 : height - 1], "/"))
    place = (unit.label("unit"), begins.label("begins"), facts.c.category, facts.c.department, parent.label("parent"))
    columns = select(*place, *FACT_SUMS).select_from(facts.join(ladder, true())).where(_TAKEN)
    return columns.group_by(*place)


_BY_DAY = _adding(daily_counts, _sums(facts.c.day))
_BY_MONTH = _adding(monthly_counts, _sums(cast(func.date_trunc("month", facts.c.day), Date)))
