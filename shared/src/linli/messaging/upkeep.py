"""Keeping an eye on what should not pile up, and letting go of what is past its time."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog
from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.message import TransportError
from linli.messaging.tables import inbox, outbox
from linli.messaging.topology import CORE, RETRY_TIERS, UNROUTED, dead_queue, retry_queue
from linli.messaging.transport import Transport
from linli.messaging.unrouted import Unrouted
from linli.messaging.worker import Worker

LOOK_S = 15.0
INBOX_RETENTION = timedelta(days=400)
"""Longer than the archive keeps events, so that a replay of the oldest takes no effect twice."""

Purge = Callable[[AsyncConnection], Awaitable[object]]
"""Deletes what a service need not keep any longer."""

log = structlog.get_logger()


class Upkeep(Worker):
    """Counts the outbox and what waits in the queues of one consumer.

    It says when dead letters, unrouted or parked events become more, and names the unrouted ones. ``inboxes`` are
    further queues to be watched, each with its dead letters.
    """

    def __init__(
        self,
        *,
        queue: str,
        engine: AsyncEngine,
        transport: Transport,
        registry: CollectorRegistry,
        inboxes: Sequence[str] = (),
        purges: Sequence[Purge] = (),
    ) -> None:
        super().__init__("upkeep")
        self._alarming = (UNROUTED, *(dead_queue(one) for one in (queue, *inboxes)))
        self._watched = (queue, *(retry_queue(queue, tier) for tier in RETRY_TIERS), *inboxes)
        self._unrouted = Unrouted(transport=transport, registry=registry)
        self._engine = engine
        self._transport = transport
        self._purges = (_purge_inbox, *purges)
        self._seen: dict[str, int] = {}
        self._backlog = Gauge("linli_outbox_events", "Committed and not yet confirmed by the broker", registry=registry)
        self._oldest = Gauge("linli_outbox_oldest_seconds", "Age of the oldest of them", registry=registry)
        self._parked = Gauge("linli_outbox_parked", "Events that wait for an operator", registry=registry)
        self._depth = Gauge("linli_queue_messages", "Messages that wait", ["queue"], registry=registry)

    async def _session(self) -> None:
        while not self._stopping.is_set():
            async with self._engine.begin() as connection:
                await self._count_outbox(connection)
                for purge in self._purges:
                    await purge(connection)
            # After the outbox, which grows while the bus is away and must be seen to.
            await self._transport.declare(CORE)
            for queue in self._watched:
                await self._measure(queue)
            for queue in self._alarming:
                self._say_growth(queue, await self._measure(queue))
            await self._unrouted.name_new()
            self._works()
            await self._pause(LOOK_S)

    async def _count_outbox(self, connection: AsyncConnection) -> None:
        age = func.extract("epoch", func.now() - func.min(outbox.c.created_at))
        row = (await connection.execute(select(func.count(), age, func.count(outbox.c.parked_at)))).one()
        self._backlog.set(row[0])
        self._oldest.set(row[1] or 0)
        self._parked.set(row[2])
        self._say_growth("outbox.parked", row[2])

    async def _measure(self, queue: str) -> int:
        try:
            depth = await self._transport.depth(queue)
        except TransportError:
            return 0  # not declared yet: its consumer has not begun
        self._depth.labels(queue).set(depth)
        return depth

    def _say_growth(self, queue: str, depth: int) -> None:
        if depth > self._seen.get(queue, 0):
            log.error("messages need somebody", queue=queue, messages=depth)
        self._seen[queue] = depth


async def _purge_inbox(connection: AsyncConnection) -> None:
    await connection.execute(delete(inbox).where(inbox.c.received_at < func.now() - INBOX_RETENTION))
