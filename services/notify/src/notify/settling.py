"""What became of what was queued: a queue that holds less than the ledger has queued has delivered the oldest."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.message import Message, TransportError
from linli.messaging.topology import dead_queue
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from notify.ledger import NEXT_PLACE, is_event
from notify.tables import deliveries, subscriptions

LOOK_S = 15.0
SETTLED_S = 2.0
"""How long an event that the ledger has may take to be in its queue."""

LOOK_TIMEOUT_S = 10.0
MOST_DEAD = 10_000
"""How many dead letters of a department are looked at."""

GIVEN_UP = "the department gave up on it: it is among its dead letters"

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
        self._dead: dict[str, int] = {}
        self._unread = Gauge("linli_subscription_unread", "Events that wait", ["queue"], registry=registry)
        self._oldest = Gauge(
            "linli_subscription_oldest_unread_seconds", "Age of the oldest of them", ["queue"], registry=registry
        )

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        while not self._stopping.is_set():
            for row in await self._waiting():
                # Its queue may not be there yet, or the bus is away.
                with suppress(TransportError):
                    await self._look_at(row)
            self._works()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()

    async def _waiting(self) -> Sequence[AnyRow]:
        age = func.extract("epoch", func.now() - func.min(deliveries.c.queued_at).filter(_QUEUED))
        queued = func.count(deliveries.c.place).filter(_QUEUED)
        old = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, SETTLED_S)
        settled = func.max(deliveries.c.place).filter(_QUEUED, deliveries.c.queued_at < old)
        dead = func.count(deliveries.c.place).filter(deliveries.c.state == "dead")
        query = (
            select(
                subscriptions.c.id,
                subscriptions.c.queue,
                queued.label("queued"),
                age.label("age"),
                settled.label("to"),
                dead.label("dead"),
            )
            .join(deliveries, (deliveries.c.subscription_id == subscriptions.c.id) & _OPEN, isouter=True)
            .group_by(subscriptions.c.id)
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()

    async def _look_at(self, row: AnyRow) -> None:
        self._unread.labels(row.queue).set(row.queued)
        self._oldest.labels(row.queue).set(row.age or 0)
        queue = dead_queue(row.queue)
        depth = await self._transport.depth(queue)
        if depth != self._dead.get(queue, row.dead):
            # What it queues again or no longer is not in the figures of the row.
            await self._note_dead(row.id, await self._letters(queue, depth))
            self._dead[queue] = depth
        elif row.queued:
            await self._settle(row)

    async def _note_dead(self, subscription_id: UUID, letters: Sequence[Message]) -> None:
        """Note what the department gave up on; what an operator drove again is queued once more."""
        ids = [UUID(one.id) for one in letters if is_event(one)]
        its = deliveries.c.subscription_id == subscription_id
        died = update(deliveries).where(its, deliveries.c.event_id.in_(ids), deliveries.c.state != "dead")
        again = update(deliveries).where(its, deliveries.c.event_id.not_in(ids), deliveries.c.state == "dead")
        async with self._engine.begin() as connection:
            await connection.execute(died.values(state="dead", reason=GIVEN_UP, settled_at=func.now()))
            if len(letters) < MOST_DEAD:
                await connection.execute(again.values(state="queued", reason=None, settled_at=None, place=NEXT_PLACE))

    async def _letters(self, queue: str, depth: int) -> Sequence[Message]:
        """Return the first messages of a queue; all of it is given back, in its order, when the look is over.

        Raises:
            TransportError: they do not come: somebody else has taken them.
        """
        count = min(depth, MOST_DEAD)
        found: list[Message] = []
        try:
            async with (
                asyncio.timeout(LOOK_TIMEOUT_S),
                self._transport.consume(queue, prefetch=count + 1) as subscription,
            ):
                while len(found) < count:
                    found += [one.message for one in await subscription.next_batch(count)]
        except TimeoutError as error:
            raise TransportError(f"{queue} could not be looked at") from error
        return found

    async def _settle(self, row: AnyRow) -> None:
        # Counted after the ledger was: what came meanwhile makes fewer seem delivered, never more.
        taken = row.queued - await self._transport.depth(row.queue)
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
_OPEN = deliveries.c.state.in_(("queued", "dead"))
