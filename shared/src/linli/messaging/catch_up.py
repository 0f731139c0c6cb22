"""What a consumer has to read from the archive because its queue was not there when it was published.

A queue is missing when its consumer has never run beside this broker, or when somebody deleted it. What was published
meanwhile reached no queue of the consumer, and perhaps others, so that no alarm rose; the archive has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.tables import catch_ups, inbox

MARGIN = timedelta(hours=2)
"""How long before the last event that took effect the reading begins: clocks differ, retries take their time."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """A reading of the archive, from its beginning or from a moment on."""

    since: datetime | None


async def note(connection: AsyncConnection, consumer: str) -> None:
    """Note that ``consumer`` must catch up.

    Committed before its queue is declared, so that a crash after that does not hide that the queue was missing.
    """
    since = select(func.max(inbox.c.received_at) - MARGIN).where(inbox.c.consumer == consumer).scalar_subquery()
    await connection.execute(insert(catch_ups).values(consumer=consumer, since=since).on_conflict_do_nothing())


async def due(connection: AsyncConnection, consumer: str) -> CatchUp | None:
    """Return what ``consumer`` has to read, or None."""
    row = (await connection.execute(select(catch_ups.c.since).where(catch_ups.c.consumer == consumer))).first()
    return None if row is None else CatchUp(row.since)


async def done(connection: AsyncConnection, consumer: str) -> None:
    """Note that all of it took effect."""
    await connection.execute(delete(catch_ups).where(catch_ups.c.consumer == consumer))
