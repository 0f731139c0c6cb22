"""Recording events: a row in the transaction that makes them true, and nothing else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from linli.contracts import Event, EventData, event_type, new_event
from linli.messaging.message import MAX_BODY_BYTES, message_from
from linli.messaging.spans import published
from linli.messaging.tables import outbox

BATCH = 500
"""How many rows one statement writes, so that it stays within its time whatever the size of a change."""

_INSERT = insert(outbox)


class EventTooLargeError(Exception):
    """The event is larger than a bus should carry; its transaction must not commit."""


async def record(connection: AsyncConnection, data: Sequence[EventData], *, version: int, at: datetime) -> None:
    """Record what happened to one aggregate, in the caller's transaction.

    ``version`` is the aggregate's after the last of the events: it counts the events of the aggregate, so the
    sequence of each follows from it. The caller has locked the aggregate or raised its version in this transaction
    before, which makes the order of ids the order of commits.

    Raises:
        EventTooLargeError: an event takes more than ``MAX_BODY_BYTES``.
    """
    first = version - len(data) + 1
    events = [_event(one, sequence=first + place, at=at) for place, one in enumerate(data)]
    if events:
        await connection.execute(_INSERT, [_row(event) for event in events])


async def record_each(connection: AsyncConnection, data: Sequence[EventData], *, version: int, at: datetime) -> None:
    """Record what happened to many aggregates at once, one event each, in the caller's transaction.

    ``version`` is greater than in any event of these aggregates before; the caller holds the lock under which it grows.

    Raises:
        EventTooLargeError: an event takes more than ``MAX_BODY_BYTES``.
    """
    for start in range(0, len(data), BATCH):
        rows = [_row(_event(one, sequence=version, at=at)) for one in data[start : start + BATCH]]
        await connection.execute(_INSERT, rows)


def _event(data: EventData, *, sequence: int, at: datetime) -> Event[EventData]:
    event_id = uuid7()
    trace = published(event_type(type(data)).name, event_id)
    return new_event(data, id=event_id, sequence=sequence, time=at, traceparent=trace)


def _row(event: Event[EventData]) -> dict[str, object]:
    message = message_from(event)
    if len(message.body) > MAX_BODY_BYTES:
        raise EventTooLargeError(f"{event.type} takes {len(message.body)} bytes, {MAX_BODY_BYTES} are allowed")
    return {
        "message_id": event.id,
        "aggregate_id": event.partitionkey,
        "routing_key": message.routing_key,
        "headers": message.headers,
        "payload": message.body,
    }
