"""The transport without a broker: the same queues, kept in a PostgreSQL database.

A message is stored once per queue that it matches, in one transaction, before ``publish`` returns; it is deleted when
its consumer acknowledges it. So nothing is lost when the process dies, and a department's queue keeps its messages
while nobody reads them. Meant for one publishing process; consumers may live in others.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import Text, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.embedded_subscription import EmbeddedSubscription
from linli.messaging.embedded_tables import bindings, messages, metadata, queues
from linli.messaging.message import Message, NoQueueError, PublishRefusedError, TransportError
from linli.messaging.topology import ARCHIVE, EVENTS, INGRESS, UNROUTED, Binding, Topology, matches
from linli.messaging.transport import PUBLISH_TIMEOUT_S, Subscription

SCHEMA_LOCK = 0x11A11
"""Advisory lock under which the tables are made, so that two processes may start at once."""

ARCHIVE_PAGE = 500


class EmbeddedTransport:
    """Queues in the database behind ``engine``; the transport owns the engine and disposes of it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._arrived: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._created = False

    async def declare(self, topology: Topology) -> None:
        made = [
            {"name": one.name, "kind": one.kind, "dead_letter_to": one.dead_letter_to, "ttl_s": one.ttl_s}
            for one in topology.queues
        ]
        bound = [{"source": one.source, "target": one.target, "pattern": one.pattern} for one in topology.bindings]
        async with self._begin() as connection:
            if made:
                await connection.execute(_MAKE, made)
            if bound:
                await connection.execute(_BIND, bound)

    async def unbind(self, unwanted: Iterable[Binding]) -> None:
        async with self._begin() as connection:
            for one in unwanted:
                await connection.execute(
                    delete(bindings).where(
                        bindings.c.source == one.source,
                        bindings.c.target == one.target,
                        bindings.c.pattern == one.pattern,
                    )
                )

    async def publish(
        self,
        batch: Sequence[Message],
        *,
        timeout_s: float = PUBLISH_TIMEOUT_S,
    ) -> list[Exception | None]:
        try:
            async with asyncio.timeout(timeout_s), self._begin() as connection:
                known = await self._bindings(connection)
                routed = [(queue, one) for one in batch for queue in _queues_for(one, known)]
                await _store(connection, routed)
        except (TransportError, TimeoutError) as error:
            return [TransportError(str(error))] * len(batch)
        self._wake({queue for queue, _ in routed})
        return [None] * len(batch)

    async def send(
        self,
        queue: str,
        batch: Sequence[Message],
        *,
        timeout_s: float = PUBLISH_TIMEOUT_S,
    ) -> list[Exception | None]:
        try:
            async with asyncio.timeout(timeout_s), self._begin() as connection:
                if not await self._exists(connection, queue):
                    return [PublishRefusedError(f"no queue {queue}")] * len(batch)
                await _store(connection, [(queue, one) for one in batch])
        except (TransportError, TimeoutError) as error:
            return [TransportError(str(error))] * len(batch)
        self._wake({queue})
        return [None] * len(batch)

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[Subscription]:
        async with self._begin() as connection:
            if not await self._exists(connection, queue):
                raise NoQueueError(f"no queue {queue!r}")
        subscription = EmbeddedSubscription(self._engine, queue, prefetch=prefetch, arrived=self._arrived[queue])
        try:
            yield subscription
        finally:
            await subscription.close()

    async def exists(self, queue: str) -> bool:
        async with self._begin() as connection:
            return await self._exists(connection, queue)

    async def archived(self, *, since: datetime | None) -> AsyncGenerator[Sequence[Message], None]:
        async with self._begin() as connection:
            if not await self._exists(connection, ARCHIVE):
                raise TransportError(f"no queue {ARCHIVE}")
            last = await connection.scalar(select(func.max(messages.c.id)).where(messages.c.queue == ARCHIVE))
        place = 0
        while place < (last or 0):
            page = select(messages).where(messages.c.queue == ARCHIVE, messages.c.id > place, messages.c.id <= last)
            if since is not None:
                page = page.where(messages.c.stored_at >= since)
            async with self._begin() as connection:
                rows = (await connection.execute(page.order_by(messages.c.id).limit(ARCHIVE_PAGE))).all()
            if not rows:
                return
            place = rows[-1].id
            yield [Message(row.message_id, row.routing_key, row.body, row.headers) for row in rows]

    async def depth(self, queue: str) -> int:
        waiting = select(func.count()).where(messages.c.queue == queues.c.name).scalar_subquery()
        async with self._begin() as connection:
            count: int | None = await connection.scalar(select(waiting).where(queues.c.name == queue))
        if count is None:
            raise NoQueueError(f"no queue {queue!r}")
        return count

    async def ready(self) -> bool:
        try:
            async with self._begin() as connection:
                await connection.execute(select(1))
        except TransportError:
            return False
        return True

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[AsyncConnection]:
        try:
            await self._create_tables()
            async with self._engine.begin() as connection:
                yield connection
        except (DBAPIError, OSError) as error:
            raise TransportError(f"{type(error).__name__}: the embedded bus does not answer") from error

    async def _create_tables(self) -> None:
        if self._created:
            return
        async with self._engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
            # `create_all` asks for each table and index by itself.
            if await connection.scalar(_MADE, {"names": list(metadata.tables)}) < len(metadata.tables):
                await connection.run_sync(metadata.create_all)
        self._created = True

    async def _bindings(self, connection: AsyncConnection) -> list[Binding]:
        # Read for each batch: other processes declare queues too, and nothing published after that may miss them.
        rows = await connection.execute(_BINDINGS)
        return [Binding(row.source, row.target, row.pattern) for row in rows]

    async def _exists(self, connection: AsyncConnection, queue: str) -> bool:
        return await connection.scalar(select(queues.c.name).where(queues.c.name == queue)) is not None

    def _wake(self, names: set[str]) -> None:
        for name in names:
            self._arrived[name].set()


_MADE = text("select count(to_regclass(name)) from unnest(cast(:names as text[])) as name")
_MAKE = upsert(queues).on_conflict_do_nothing()
_BIND = upsert(bindings).on_conflict_do_nothing()
_BINDINGS = select(bindings.c.source, bindings.c.target, bindings.c.pattern)

_TIME_TO_LIVE = select(queues.c.ttl_s).where(queues.c.name == bindparam("queue_name", type_=Text)).scalar_subquery()
_STORE = insert(messages).values(expires_at=func.now() + _TIME_TO_LIVE * text("interval '1 second'"))


async def _store(connection: AsyncConnection, routed: list[tuple[str, Message]]) -> None:
    rows = [
        {
            "queue": queue,
            "queue_name": queue,
            "message_id": one.id,
            "routing_key": one.routing_key,
            "headers": dict(one.headers),
            "body": one.body,
        }
        for queue, one in routed
    ]
    if rows:
        await connection.execute(_STORE, rows)


def _hears(binding: Binding, message: Message) -> bool:
    return any(matches(binding.pattern, key) for key in message.routing_keys)


def _queues_for(message: Message, known: list[Binding]) -> list[str]:
    """Return where a published message goes: the archive, and whoever hears it, or else the unrouted queue."""
    ingress = [one.target for one in known if one.source == INGRESS and one.target != EVENTS]
    heard = {one.target for one in known if one.source == EVENTS and _hears(one, message)}
    unrouted = [one.target for one in known if one.source == UNROUTED]
    return [*ingress, *(sorted(heard) or unrouted)]
