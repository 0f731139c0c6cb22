"""The ledger: each event that was published, and each subscription that it was queued for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.message import TYPE_HEADER, Delivery, Message, made_at
from linli.messaging.topology import LEDGER
from linli.messaging.transport import Transport
from linli.messaging.upkeep import INBOX_RETENTION
from notify.domain.receivers import ADDRESSED, HEAD, Receivers
from notify.noting import Noting
from notify.streams import WEBHOOK
from notify.tables import WAITING, deliveries, events, subscriptions, webhook_bodies


class Ledger(Noting):
    """Notes what is published, and for whom; ``to_post`` is called when something is due to a webhook."""

    def __init__(self, *, engine: AsyncEngine, transport: Transport, to_post: Callable[[], None]) -> None:
        super().__init__(LEDGER, engine=engine, transport=transport)
        self._to_post = to_post
        self._receivers: Receivers[UUID] = Receivers({})
        self._posted: frozenset[UUID] = frozenset()
        self._change = -1

    async def _note(self, batch: Sequence[Delivery]) -> None:
        published = [delivery.message for delivery in batch if is_event(delivery.message)]
        if not published:
            return
        async with self._engine.begin() as connection:
            await self._refresh(connection)
            await connection.execute(_PUBLISHED, [_row_of(message) for message in published])
            heard = [(one, message) for message in published for one in self._receivers.of(message.routing_keys)]
            queued = [_queued(one, message) for one, message in heard if one not in self._posted]
            if queued:
                await connection.execute(_QUEUED, queued)
            to_post = [(one, message) for one, message in heard if one in self._posted]
            if to_post:
                await _keep(connection, [message for _, message in to_post])
                await connection.execute(_TO_POST, [_queued(one, message) for one, message in to_post])
        if to_post:
            self._to_post()

    async def _refresh(self, connection: AsyncConnection) -> None:
        change = await connection.scalar(select(func.max(subscriptions.c.change)))
        if change != self._change:
            known = select(subscriptions.c.id, subscriptions.c.patterns, subscriptions.c.transport)
            rows = (await connection.execute(known)).all()
            self._receivers = Receivers({row.id: row.patterns for row in rows})
            self._posted = frozenset(row.id for row in rows if row.transport == WEBHOOK)
            self._change = change


async def note_sent(
    connection: AsyncConnection, subscription_id: UUID, messages: Sequence[Message], replay_id: UUID | None
) -> None:
    """Note that events were sent to one subscription again, or late."""
    await connection.execute(_SENT, _replayed(subscription_id, messages, replay_id))


async def note_to_post(
    connection: AsyncConnection,
    subscription_id: UUID,
    messages: Sequence[Message],
    replay_id: UUID | None,
    *,
    anew: bool,
) -> None:
    """Let events be posted to one subscription; ``anew`` also those that the ledger has queued for it before."""
    await _keep(connection, messages)
    statement = _POST_AGAIN if anew else _TO_POST
    await connection.execute(statement, _replayed(subscription_id, messages, replay_id))


async def _keep(connection: AsyncConnection, messages: Sequence[Message]) -> None:
    # In one order always: two that keep the same events at once must not wait for each other.
    bodies = {UUID(message.id): message.body for message in messages}
    await connection.execute(_KEPT, [{"event_id": one, "body": bodies[one]} for one in sorted(bodies)])


async def purge_ledger(connection: AsyncConnection) -> None:
    """Forget what was settled longer ago than the archive keeps events; what still waits stays."""
    old = func.now() - INBOX_RETENTION
    settled = (deliveries.c.settled_at < old, ~WAITING)
    await connection.execute(delete(deliveries).where(*settled))
    waits = select(deliveries.c.event_id).where(deliveries.c.event_id == events.c.id)
    await connection.execute(delete(events).where(events.c.made_at < old, ~waits.exists()))


def event_id_of(message: Message) -> UUID | None:
    """Return the id of the event that a message carries; somebody else may publish what they like."""
    try:
        return UUID(message.id)
    except ValueError:
        return None


def is_event(message: Message) -> bool:
    """Tell whether a message is an event of the suite."""
    if event_id_of(message) is None:
        return False
    return TYPE_HEADER in message.headers and len(message.routing_key.split(".")) > HEAD


def made(message: Message) -> datetime:
    """Return when an event was made."""
    return made_at(UUID(message.id), latest=datetime.now(UTC))


def _row_of(message: Message) -> Mapping[str, Any]:
    words = message.routing_key.split(".")
    keys = (key.split(".") for key in message.routing_keys)
    return {
        "id": UUID(message.id),
        "type": str(message.headers[TYPE_HEADER]),
        "category": ".".join(words[2:HEAD]),
        "area": "/".join(words[HEAD:]),
        "addressed": [key[1] for key in keys if key[0] == ADDRESSED],
        "made_at": made(message),
    }


def _queued(subscription_id: UUID, message: Message) -> dict[str, Any]:
    return {"subscription_id": subscription_id, "event_id": UUID(message.id), "state": "queued", "attempts": 0}


def _replayed(subscription_id: UUID, messages: Sequence[Message], replay_id: UUID | None) -> list[dict[str, Any]]:
    return [{**_queued(subscription_id, message), "replay_id": replay_id} for message in messages]


NEXT_PLACE = func.nextval(func.pg_get_serial_sequence("deliveries", "place"))
"""Behind all that is queued."""

_PUBLISHED = insert(events).on_conflict_do_nothing()
_QUEUED = insert(deliveries).values(queued_at=func.now()).on_conflict_do_nothing()
_AGAIN = insert(deliveries).values(queued_at=func.now())
_QUEUED_ANEW = {
    "state": "queued",
    "reason": None,
    "queued_at": func.now(),
    "settled_at": None,
    "replay_id": _AGAIN.excluded.replay_id,
    "place": NEXT_PLACE,
}
_ONE = [deliveries.c.subscription_id, deliveries.c.event_id]
_SENT = _AGAIN.on_conflict_do_update(index_elements=_ONE, set_=_QUEUED_ANEW)

_POST = _AGAIN.values(next_at=func.now())
_TO_POST = _POST.on_conflict_do_nothing()
_POST_AGAIN = _POST.on_conflict_do_update(
    index_elements=_ONE, set_={**_QUEUED_ANEW, "attempts": 0, "next_at": func.now()}
)
_BODY = insert(webhook_bodies).values(kept_at=func.now())
_KEPT = _BODY.on_conflict_do_update(index_elements=[webhook_bodies.c.event_id], set_={"kept_at": func.now()})
