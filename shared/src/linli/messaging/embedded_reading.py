"""Reading a queue of the embedded bus: rows that are looked at where they are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.amqp_operator import NoSuchQueueError
from linli.messaging.embedded_tables import messages, queues
from linli.messaging.letters import Letter
from linli.messaging.operator_database import operator_database
from linli.messaging.refusal import BusError

PAGE = 500


@dataclass
class EmbeddedReading:
    """A queue under the lock that its consumers take too."""

    queue: str
    last: int
    connection: AsyncConnection

    async def letters(self) -> AsyncIterator[Letter]:
        """Yield the rows of the queue."""
        after = 0
        while rows := (await self.connection.execute(self._page(after))).all():
            for row in rows:
                yield Letter(self.queue, row.id, row.message_id, row.routing_key, row.headers, row.body)
            after = rows[-1].id

    async def forget(self, letter: Letter) -> None:
        """Delete one row."""
        await self.connection.execute(delete(messages).where(messages.c.id == letter.tag))

    def _page(self, after: int) -> Select[*tuple[Any, ...]]:
        return (
            select(messages)
            .where(messages.c.queue == self.queue, messages.c.id > after, messages.c.id <= self.last)
            .order_by(messages.c.id)
            .limit(PAGE)
        )


@asynccontextmanager
async def embedded_reading(url: str, queue: str) -> AsyncIterator[EmbeddedReading]:
    """Read a queue as `linli.messaging.reading.open_reading` says."""
    async with operator_database(url, "the embedded bus") as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if await connection.scalar(select(queues.c.name).where(queues.c.name == queue)) is None:
            raise NoSuchQueueError(f"no queue {queue!r}")
        if not await connection.scalar(select(func.pg_try_advisory_lock(func.hashtextextended(queue, 0)))):
            raise BusError(f"{queue} is being read by somebody else")
        last = await connection.scalar(select(func.max(messages.c.id)).where(messages.c.queue == queue))
        yield EmbeddedReading(queue, last or 0, connection)
