"""The ledger of dead letters: which events departments gave up on, and which of them were driven again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.message import DEAD_QUEUE_HEADER, DEAD_REASON_HEADER, REDRIVEN_HEADER, Delivery, Message
from linli.messaging.topology import LEDGER_DEAD
from linli.messaging.transport import Transport
from notify.ledger import NEXT_PLACE, event_id_of
from notify.noting import Noting
from notify.settling import lock_settling
from notify.tables import deliveries, subscriptions

REASONS = {
    "rejected": "its reader gave it up",
    "delivery_limit": "its reader gave it back too often",
    "expired": "it waited longer than the policy of its queue allows",
}
"""What RabbitMQ calls the reasons, in words."""


class DeadLetters(Noting):
    """Notes a copy of each dead letter of the departments, and what an operator drives again."""

    def __init__(self, *, engine: AsyncEngine, transport: Transport) -> None:
        super().__init__(LEDGER_DEAD, engine=engine, transport=transport)

    async def _note(self, batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            # Each in a transaction of its own: dead letters are few, and none waits for the rows of another.
            async with self._engine.begin() as connection:
                await _note(connection, delivery.message)


async def _note(connection: AsyncConnection, message: Message) -> None:
    event_id = event_id_of(message)
    queue = message.headers.get(REDRIVEN_HEADER, message.headers.get(DEAD_QUEUE_HEADER))
    of_queue = select(subscriptions.c.id).where(subscriptions.c.queue == str(queue))
    subscription_id: UUID | None = await connection.scalar(of_queue)
    if event_id is None or subscription_id is None:
        return
    await lock_settling(connection, subscription_id)
    if REDRIVEN_HEADER in message.headers:
        its = (deliveries.c.subscription_id == subscription_id, deliveries.c.event_id == event_id)
        await connection.execute(_REDRIVEN.where(*its))
        return
    why = str(message.headers.get(DEAD_REASON_HEADER))
    row = {"subscription_id": subscription_id, "event_id": event_id, "reason": REASONS.get(why, why)}
    await connection.execute(_DEAD, row)


# What its reader had in hand may still count as queued, or the ledger may not have noted the event yet.
_NEW = insert(deliveries).values(state="dead", attempts=1, queued_at=func.now(), settled_at=func.now())
_DEAD = _NEW.on_conflict_do_update(
    index_elements=[deliveries.c.subscription_id, deliveries.c.event_id],
    set_={
        "state": "dead",
        "reason": _NEW.excluded.reason,
        "attempts": deliveries.c.attempts + case((deliveries.c.state == "queued", 1), else_=0),
        "settled_at": func.now(),
    },
)
_REDRIVEN = (
    update(deliveries)
    .where(deliveries.c.state == "dead")
    .values(state="queued", reason=None, queued_at=func.now(), settled_at=None, place=NEXT_PLACE)
)
