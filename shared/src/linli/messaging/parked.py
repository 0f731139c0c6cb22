"""Events that can never be published as they are: looked at, tried again, thrown away.

They wait in the outbox of their service, and the later events of their aggregate wait behind them.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.message import TYPE_HEADER
from linli.messaging.tables import outbox


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked event; ``behind`` is how many later events of its aggregate wait."""

    id: UUID
    type: str
    aggregate: str
    recorded_at: datetime
    parked_at: datetime
    attempts: int
    error: str
    behind: int


async def parked(connection: AsyncConnection, *, id: UUID | None = None, limit: int) -> list[Parked]:  # noqa: A002 - the event's
    """Return the first ``limit`` parked events, the earliest recorded first; with ``id`` that one alone."""
    later = outbox.alias("later")
    behind = (
        select(func.count())
        .where(later.c.aggregate_id == outbox.c.aggregate_id, later.c.id > outbox.c.id)
        .scalar_subquery()
    )
    query = select(outbox, behind.label("behind")).where(*_meant(id)).order_by(outbox.c.id).limit(limit)
    return [_parked(row) for row in await connection.execute(query)]


async def redrive(connection: AsyncConnection, one: Parked) -> bool:
    """Let the relay try again, as often as at first; return False when it is parked no longer."""
    changed = update(outbox).where(*_meant(one.id)).values(parked_at=None, attempts=0)
    return (await connection.execute(changed)).rowcount > 0


async def discard(connection: AsyncConnection, one: Parked) -> bool:
    """Delete the event, so that the later ones of its aggregate flow; return False when it is parked no longer."""
    return (await connection.execute(delete(outbox).where(*_meant(one.id)))).rowcount > 0


def _meant(id: UUID | None) -> list[ColumnElement[bool]]:  # noqa: A002 - as above
    meant: list[ColumnElement[bool]] = [outbox.c.parked_at.is_not(None)]
    return meant if id is None else [*meant, outbox.c.message_id == id]


def _parked(row: Row[tuple[object, ...]]) -> Parked:
    return Parked(
        id=row.message_id,
        type=str(row.headers.get(TYPE_HEADER, "")),
        aggregate=row.aggregate_id,
        recorded_at=row.created_at,
        parked_at=row.parked_at,
        attempts=row.attempts,
        error=row.last_error or "",
        behind=row.behind,
    )
