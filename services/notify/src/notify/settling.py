"""What became of what was queued: a queue that holds less than the ledger has queued has delivered the oldest."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.message import TransportError
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from notify.tables import deliveries, subscriptions

LOOK_S = 15.0
SETTLED_S = 2.0
"""How long an event that the ledger has may take to be in its queue."""

AnyRow = Row[*tuple[Any, ...]]


class Settling(Worker):
    """Notes what departments have taken from their queues, and measures how far behind each is.

    A queue is read in order by one consumer: what is missing from it are the oldest events. What its consumer has in
    hand counts as delivered.
    """

    def __init__(self, *, engine: AsyncEngine, transport: Transport, registry: CollectorRegistry) -> None:
        super().__init__("settling")
        self._engine = engine
        self._transport = transport
        self._woken = asyncio.Event()
        self._unread = Gauge("linli_subscription_unread", "Events that wait", ["queue"], registry=registry)
        self._oldest = Gauge(
            "linli_subscription_oldest_unread_seconds", "Age of the oldest of them", ["queue"], registry=registry
        )

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        while not self._stopping.is_set():
            for row in await self._waiting():
                await self._settle(row)
            self._works()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()

    async def _waiting(self) -> Sequence[AnyRow]:
        age = func.extract("epoch", func.now() - func.min(deliveries.c.queued_at).filter(_QUEUED))
        queued = func.count(deliveries.c.place).filter(_QUEUED)
        old = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, SETTLED_S)
        settled = func.max(deliveries.c.place).filter(_QUEUED, deliveries.c.queued_at < old)
        query = (
            select(
                subscriptions.c.id, subscriptions.c.queue, queued.label("queued"), age.label("age"), settled.label("to")
            )
            .join(deliveries, (deliveries.c.subscription_id == subscriptions.c.id) & _QUEUED, isouter=True)
            .group_by(subscriptions.c.id)
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()

    async def _settle(self, row: AnyRow) -> None:
        self._unread.labels(row.queue).set(row.queued)
        self._oldest.labels(row.queue).set(row.age or 0)
        if not row.queued:
            return
        # Counted after the ledger was: what came meanwhile makes fewer seem delivered, never more.
        try:
            held = await self._transport.depth(row.queue)
        except TransportError:
            return
        taken = row.queued - held
        if taken <= 0 or row.to is None:
            return
        oldest = (
            select(deliveries.c.event_id)
            .where(deliveries.c.subscription_id == row.id, _QUEUED, deliveries.c.place <= row.to)
            .order_by(deliveries.c.place)
            .limit(taken)
        )
        delivered = (
            update(deliveries)
            .where(deliveries.c.subscription_id == row.id, deliveries.c.event_id.in_(oldest.scalar_subquery()))
            .values(state="delivered", settled_at=func.now(), attempts=deliveries.c.attempts + 1)
        )
        async with self._engine.begin() as connection:
            await connection.execute(delivered)


_QUEUED = deliveries.c.state == "queued"
