"""What became of what was queued: a queue that holds less than the ledger has queued has delivered the oldest."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.message import TransportError
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from notify.streams import WEBHOOK
from notify.tables import WAITING, deliveries, subscriptions

LOOK_S = 15.0
SETTLED_S = 2.0
"""How long an event that the ledger has may take to be in its queue."""

LOCK = 0x5E77
"""Advisory lock of one subscription, with a number made of its id."""


class Settling(Worker):
    """Notes what departments have taken from their queues, and measures how far behind each is.

    A queue is read in order by one consumer: what is missing from it are the oldest events. What its consumer has in
    hand counts as delivered.
    """

    def __init__(self, *, engine: AsyncEngine, transport: Transport, registry: CollectorRegistry) -> None:
        super().__init__("settling")
        self._engine = engine
        self._transport = transport
        self._unread = Gauge("linli_subscription_unread", "Events that wait", ["queue"], registry=registry)
        self._oldest = Gauge(
            "linli_subscription_oldest_unread_seconds", "Age of the oldest of them", ["queue"], registry=registry
        )

    async def _session(self) -> None:
        while not self._stopping.is_set():
            async with self._engine.connect() as connection:
                rows = (await connection.execute(_UNREAD)).all()
            for row in rows:
                self._unread.labels(row.queue).set(row.unread)
                self._oldest.labels(row.queue).set(row.age or 0)
                if row.unread and row.transport != WEBHOOK:
                    # Its queue may not be there yet, or the bus is away.
                    with suppress(TransportError):
                        await self.settle(row.id, row.queue)
            self._works()
            await self._pause(LOOK_S)

    async def settle(self, subscription_id: UUID, queue: str) -> None:
        """Note what a department has taken from its queue; one process at a time, or it would be counted twice.

        Raises:
            TransportError: the queue or the bus is not there.
        """
        its = (deliveries.c.subscription_id == subscription_id, _QUEUED)
        old = deliveries.c.queued_at < func.now() - timedelta(seconds=SETTLED_S)
        last = func.max(deliveries.c.place).filter(old)
        counted = select(func.count().label("unread"), last.label("last")).where(*its)
        async with self._engine.begin() as connection:
            if not await connection.scalar(select(func.pg_try_advisory_xact_lock(*_lock(subscription_id)))):
                return
            row = (await connection.execute(counted)).one()
            # Counted after the ledger was: what came meanwhile makes fewer seem delivered, never more.
            taken = row.unread - await self._transport.depth(queue)
            if taken <= 0 or row.last is None:
                return
            oldest = select(deliveries.c.event_id).where(*its, deliveries.c.place <= row.last)
            oldest = oldest.order_by(deliveries.c.place).limit(taken)
            delivered = {"state": "delivered", "settled_at": func.now(), "attempts": deliveries.c.attempts + 1}
            these = update(deliveries).where(its[0], deliveries.c.event_id.in_(oldest.scalar_subquery()))
            await connection.execute(these.values(delivered))


async def lock_settling(connection: AsyncConnection, subscription_id: UUID) -> None:
    """Keep what is queued for a subscription from being counted until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(*_lock(subscription_id))))


def _lock(subscription_id: UUID) -> tuple[int, int]:
    return LOCK, subscription_id.int % 2**31


_QUEUED = deliveries.c.state == literal_column("'queued'")  # as in the index
_UNREAD = (
    select(
        subscriptions.c.id,
        subscriptions.c.queue,
        subscriptions.c.transport,
        func.count(deliveries.c.place).label("unread"),
        func.extract("epoch", func.now() - func.min(deliveries.c.queued_at)).label("age"),
    )
    .select_from(subscriptions)
    .join(deliveries, (deliveries.c.subscription_id == subscriptions.c.id) & WAITING, isouter=True)
    .group_by(subscriptions.c.id)
)
