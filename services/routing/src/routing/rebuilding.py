"""Building the facts anew from the cases and their history."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Table, delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.domain.case import ReturnVisit
from routing.domain.facts import Step, Visit, retold
from routing.fact_tables import daily_counts, facts, monthly_counts, projections
from routing.facts import rows_of
from routing.store import cases_from
from routing.tables import cases, moves, return_visits

BATCH = 500

_LOCK = text("lock table facts in share row exclusive mode")
_BUILT = upsert(projections).values(name="indicators").on_conflict_do_nothing().returning(projections.c.name)


async def build_once(connection: AsyncConnection) -> None:
    """Note the facts of the cases that were there before there were facts; do nothing where that was done."""
    if await connection.scalar(_BUILT) is not None:
        await rebuild(connection)


async def rebuild(connection: AsyncConnection) -> None:
    """Forget all facts and counts, and note the facts anew; folding brings back the counts.

    Moves wait until the transaction ends, reading does not. A move that is under way changes its case afterwards, and
    notes the difference to what was read here.
    """
    await connection.execute(_LOCK)
    for table in (facts, daily_counts, monthly_counts):
        await connection.execute(delete(table))
    after = UUID(int=0)
    while rows := await _batch(connection, after):
        await _note(connection, rows)
        after = rows[-1]["id"]


async def _batch(connection: AsyncConnection, after: UUID) -> Sequence[RowMapping]:
    query = select(cases).where(cases.c.id > after).order_by(cases.c.id).limit(BATCH)
    return (await connection.execute(query)).mappings().all()


async def _note(connection: AsyncConnection, rows: Sequence[RowMapping]) -> None:
    history = await _by_case(connection, moves, "version", rows)
    units = await _by_case(connection, return_visits, "number", rows)
    new = []
    for case in await cases_from(connection, rows):
        steps = [Step(row["action"], row["moved_at"], row["from_unit"], row["to_unit"]) for row in history[case.id]]
        new += rows_of(case.id, retold(case, steps, _visits(case.return_visits, units[case.id])))
    await connection.execute(insert(facts), new)


def _visits(answers: Sequence[ReturnVisit], rows: Sequence[RowMapping]) -> list[Visit]:
    return [Visit(answer, row["unit"]) for answer, row in zip(answers, rows, strict=True)]


async def _by_case(
    connection: AsyncConnection, table: Table, order: str, rows: Sequence[RowMapping]
) -> defaultdict[UUID, list[RowMapping]]:
    ids = [row["id"] for row in rows]
    query = select(table).where(table.c.case_id.in_(ids)).order_by(table.c[order])
    found: defaultdict[UUID, list[RowMapping]] = defaultdict(list)
    for row in (await connection.execute(query)).mappings():
        found[row["case_id"]].append(row)
    return found
