"""What a consumer has to read from the archive because its queue was not there when it was published.

A queue is missing when its consumer has never run beside this broker, or when somebody deleted it. What was published
meanwhile reached no queue of the consumer, and perhaps others, so that no alarm rose; the archive has it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.message import made_at
from linli.messaging.tables import catch_ups, inbox

MARGIN = timedelta(hours=2)
"""How long before the last event that took effect was made the reading begins: clocks differ."""

_LAST = (
    select(inbox.c.message_id, inbox.c.received_at)
    .where(inbox.c.consumer == bindparam("consumer"))
    .order_by(inbox.c.message_id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class CatchUp:
    """A reading of the archive, from its beginning or from a moment on."""

    since: datetime | None


async def note(connection: AsyncConnection, consumer: str) -> None:
    """Note that ``consumer`` must catch up.

    Committed before its queue is declared, so that a crash after that does not hide that the queue was missing.
    """
    last = (await connection.execute(_LAST, {"consumer": consumer})).first()
    # Not when it was received: a queue that was long when it was deleted had been read up to this event and no further.
    since = None if last is None else made_at(last.message_id, last.received_at) - MARGIN
    await connection.execute(insert(catch_ups).values(consumer=consumer, since=since).on_conflict_do_nothing())


async def due(connection: AsyncConnection, consumer: str) -> CatchUp | None:
    """Return what ``consumer`` has to read, or None."""
    row = (await connection.execute(select(catch_ups.c.since).where(catch_ups.c.consumer == consumer))).first()
    return None if row is None else CatchUp(row.since)


async def done(connection: AsyncConnection, consumer: str) -> None:
    """Note that all of it took effect."""
    await connection.execute(delete(catch_ups).where(catch_ups.c.consumer == consumer))
