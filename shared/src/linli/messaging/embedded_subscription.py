"""One open consumer of the embedded transport."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.embedded_tables import bindings, messages, queues
from linli.messaging.message import DEAD_QUEUE_HEADER, DEAD_REASON_HEADER, Delivery, Message, TransportError
from linli.messaging.topology import DEAD, matches

POLL_S = 0.2
"""How often a waiting consumer looks for what other processes stored and for what has waited its time."""

_ANYTHING = text("""
    select exists (select from bus_messages where queue = :queue and id <> all(:unsettled))
        or exists (
            select from bus_messages m join bus_queues q on q.name = m.queue
            where m.expires_at <= now() and q.dead_letter_to = :queue
        )
""")
"""Asked alone, since most polls find nothing."""

_RETURN_EXPIRED = text("""
    with expired as (
        delete from bus_messages m using bus_queues q
        where m.expires_at <= now() and q.name = m.queue and q.dead_letter_to = :queue
        returning m.id, m.message_id, m.routing_key, m.headers, m.body
    )
    insert into bus_messages (queue, message_id, routing_key, headers, body)
    select :queue, message_id, routing_key, headers, body from expired order by id
""")

_BURY = text("""
    with rejected as (
        delete from bus_messages where id = any(:ids) returning id, message_id, routing_key, headers, body
    )
    insert into bus_messages (queue, message_id, routing_key, headers, body)
    select target, message_id, routing_key, cast(:noted as jsonb) || headers, body
    from rejected cross join unnest(cast(:targets as text[])) as target order by id
""")


class EmbeddedSubscription:
    """Reads one queue in order, holding an advisory lock so that no other consumer reads it meanwhile.

    Unsettled deliveries stay in the table: whoever reads next gets them again.
    """

    def __init__(self, engine: AsyncEngine, queue: str, *, prefetch: int, arrived: asyncio.Event) -> None:
        self._engine = engine
        self._queue = queue
        self._prefetch = prefetch
        self._arrived = arrived
        self._connection: AsyncConnection | None = None
        self._unsettled: set[int] = set()
        self._given_back: set[int] = set()
        self._finished = False

    async def close(self) -> None:
        """Let go of the queue."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError, OSError):
                await connection.execute(select(func.pg_advisory_unlock_all()))
            await connection.close()

    async def next_batch(self, limit: int) -> list[Delivery]:
        try:
            while not self._finished:
                self._arrived.clear()
                found = await self._fetch(limit) if await self._leads() else []
                if found:
                    return found
                await self._wait()
        except (DBAPIError, OSError) as error:
            raise TransportError(f"{self._queue}: {type(error).__name__}") from error
        return []

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        tags = [one.tag for one in deliveries]
        async with self._settling(tags) as connection:
            await connection.execute(delete(messages).where(messages.c.id.in_(tags)))

    async def reject(self, deliveries: Iterable[Delivery]) -> None:
        tags = [one.tag for one in deliveries]
        noted = json.dumps({DEAD_QUEUE_HEADER: self._queue, DEAD_REASON_HEADER: "rejected"})
        async with self._settling(tags) as connection:
            targets = await self._dead_letters_to(connection)
            await connection.execute(_BURY, {"ids": tags, "noted": noted, "targets": targets})

    async def nack(self, deliveries: Iterable[Delivery]) -> None:
        tags = {one.tag for one in deliveries}
        self._unsettled -= tags
        self._given_back |= tags
        self._arrived.set()

    def finish(self) -> None:
        self._finished = True
        self._arrived.set()

    async def _leads(self) -> bool:
        if self._connection is None:
            connection = await self._engine.connect()
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            key = func.hashtextextended(self._queue, 0)
            if not await connection.scalar(select(func.pg_try_advisory_lock(key))):
                await connection.close()
                return False
            self._connection = connection
        return True

    async def _fetch(self, limit: int) -> list[Delivery]:
        room = min(limit, self._prefetch - len(self._unsettled))
        if self._connection is None or room <= 0:
            return []
        asked = {"queue": self._queue, "unsettled": list(self._unsettled)}
        if not await self._connection.scalar(_ANYTHING, asked):
            return []
        await self._connection.execute(_RETURN_EXPIRED, {"queue": self._queue})
        waiting = (
            select(messages)
            .where(messages.c.queue == self._queue, messages.c.id.not_in(self._unsettled))
            .order_by(messages.c.id)
            .limit(room)
        )
        rows = (await self._connection.execute(waiting)).all()
        self._unsettled |= {row.id for row in rows}
        return [
            Delivery(
                Message(row.message_id, row.routing_key, row.body, row.headers),
                tag=row.id,
                redelivered=row.id in self._given_back,
            )
            for row in rows
        ]

    async def _dead_letters_to(self, connection: AsyncConnection) -> list[str]:
        to = await connection.scalar(select(queues.c.dead_letter_to).where(queues.c.name == self._queue))
        if to is None:
            return []
        told = await connection.execute(select(bindings.c.target, bindings.c.pattern).where(bindings.c.source == DEAD))
        return sorted({to, *(one.target for one in told if matches(one.pattern, to))})

    @asynccontextmanager
    async def _settling(self, tags: list[int]) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (DBAPIError, OSError) as error:
            raise TransportError(f"{self._queue}: {type(error).__name__}") from error
        self._unsettled -= set(tags)
        self._given_back -= set(tags)
        self._arrived.set()

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await self._arrived.wait()
