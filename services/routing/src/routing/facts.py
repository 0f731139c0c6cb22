"""Facts in their table: noted in the transaction of the move that makes them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from routing.calendar import CHINA_TIME
from routing.domain.case import Case
from routing.domain.facts import Fact, Step, Visit, change, happened
from routing.fact_tables import facts
from routing.tables import moves

_INSERT = insert(facts)


async def note_facts(
    connection: AsyncConnection, before: Case | None, case: Case, history: Sequence[Mapping[str, Any]], *, at: datetime
) -> None:
    """Note what a saved case counts for since it was ``before`` (None: it is new).

    ``history`` holds the rows that its move has in `moves`, which happened at ``at``.
    """
    steps = [Step(row["action"], at, row["from_unit"], row["to_unit"]) for row in history]
    known = 0 if before is None else len(before.return_visits)
    visits = [Visit(answer, case.unit) for answer in case.return_visits[known:]]
    first = case.version - len(history) + 1
    done = {} if before is None else await _done_before(connection, case.id, first)
    new = [*change(before, case), *happened(case, steps, visits, done)]
    if new:
        await connection.execute(_INSERT, rows_of(case.id, new))


def rows_of(case_id: UUID, new: Iterable[Fact]) -> list[dict[str, Any]]:
    """Return the facts of a case as rows of their table."""
    return [
        {
            "at": fact.at,
            "day": fact.at.astimezone(CHINA_TIME).date(),
            "case_id": case_id,
            **fact.place._asdict(),
            "measure": fact.measure.value,
            "amount": fact.amount,
            "seconds": fact.seconds,
        }
        for fact in new
    ]


async def _done_before(connection: AsyncConnection, case_id: UUID, version: int) -> dict[str, datetime]:
    query = (
        select(moves.c.action, func.max(moves.c.moved_at).label("last"))
        .where(moves.c.case_id == case_id, moves.c.version < version)
        .group_by(moves.c.action)
    )
    return {row.action: row.last for row in await connection.execute(query)}
