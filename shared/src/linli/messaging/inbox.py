"""The inbox: which events took effect here, and which must wait for an earlier one of their aggregate."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Event, EventData
from linli.messaging.tables import held, inbox

MOST_WAIT = timedelta(hours=2)
"""A held message that has not come back for longer than any tier keeps it, while its consumer was reading, was removed
by hand; none waits for it."""

_TEXTS = ARRAY(Text)
# Arrays and not a parameter for each value: the statements stay the same, whatever the size of a batch.
_ENTER = (
    insert(inbox)
    .from_select(
        ["consumer", "message_id", "source", "partition_key", "sequence"],
        select(
            bindparam("consumer", type_=Text),
            func.unnest(bindparam("ids", type_=ARRAY(Uuid))),
            func.unnest(bindparam("sources", type_=_TEXTS)),
            func.unnest(bindparam("keys", type_=_TEXTS)),
            func.unnest(bindparam("sequences", type_=_TEXTS)),
        ),
    )
    .on_conflict_do_nothing()
    .returning(inbox.c.message_id)
)
_WANTED = func.unnest(bindparam("keys", type_=_TEXTS)).table_valued("key").render_derived(name="wanted")
_OF_ONE = (
    select(inbox.c.source, func.max(inbox.c.sequence).label("sequence"))
    .where(inbox.c.consumer == bindparam("consumer"), inbox.c.partition_key == _WANTED.c.key)
    .group_by(inbox.c.source)
    .lateral()
)
# One key after the other: for many at once, before there are statistics, the server reads all that ever came in.
_LATEST = select(_OF_ONE.c.source, _WANTED.c.key, _OF_ONE.c.sequence).select_from(_WANTED.join(_OF_ONE, true()))
_HELD = (
    select(held.c.partition_key, held.c.sequence, held.c.message_id, held.c.tier)
    .where(held.c.consumer == bindparam("consumer"), held.c.partition_key == any_(bindparam("keys", type_=_TEXTS)))
    .where(held.c.held_at > func.now() - MOST_WAIT)
    .order_by(held.c.sequence, held.c.message_id)
)


async def enter(
    connection: AsyncConnection, consumer: str, events: Sequence[Event[EventData]]
) -> list[Event[EventData]]:
    """Note that ``consumer`` is about to let events take effect; return those that may, in their order.

    Left out are events that took effect before, and stale ones: a later event of the same source and aggregate has
    taken effect already, as when an old dead letter is driven again. A concurrent transaction with the same event is
    waited for.
    """
    if not events:
        return []
    latest = await _latest(connection, consumer, events)
    entered = await connection.execute(
        _ENTER,
        {
            "consumer": consumer,
            "ids": [event.id for event in events],
            "sources": [event.source for event in events],
            "keys": [event.partitionkey for event in events],
            "sequences": [event.sequence for event in events],
        },
    )
    fresh, new = [], set(entered.scalars())
    for event in events:
        aggregate = (event.source, event.partitionkey)
        if event.id in new and event.sequence > latest.get(aggregate, ""):
            latest[aggregate] = event.sequence
            fresh.append(event)
    return fresh


async def _latest(
    connection: AsyncConnection, consumer: str, events: Sequence[Event[EventData]]
) -> dict[tuple[str, str], str]:
    found = await connection.execute(_LATEST, {"consumer": consumer, "keys": _keys(events)})
    return {(source, key): sequence for source, key, sequence in found}


def _keys(events: Sequence[Event[EventData]]) -> list[str]:
    return list({event.partitionkey for event in events})


async def resume(connection: AsyncConnection, consumer: str) -> None:
    """Note that ``consumer`` begins to read: what was held while nobody read has not been given up."""
    await connection.execute(update(held).where(held.c.consumer == consumer).values(held_at=func.now()))


class Held(NamedTuple):
    """An event that waits in a retry tier."""

    sequence: str
    id: UUID
    tier: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Which events are held, by source and aggregate, the earliest first."""

    held: Mapping[str, Sequence[Held]]

    def tier_of(self, event: Event[EventData]) -> str | None:
        """Return the retry tier in which an event must wait, or None when it may go ahead.

        An event waits while an earlier one of its source and aggregate is held. Sequences tell which is earlier, so
        that an event which comes too late for a later one, and makes it fail, does not wait for it in turn. Other
        sources count for themselves, and there is no order among them: theirs go ahead.
        """
        ahead = next(iter(self.held.get(_line(event), ())), None)
        return None if ahead is None or event.id == ahead.id or event.sequence <= ahead.sequence else ahead.tier


async def waits(connection: AsyncConnection, consumer: str, events: Sequence[Event[EventData]]) -> Waits:
    """Return what is held of the aggregates that ``events`` are about."""
    found: defaultdict[str, list[Held]] = defaultdict(list)
    lines = list({_line(event) for event in events})
    for row in await connection.execute(_HELD, {"consumer": consumer, "keys": lines}):
        found[row.partition_key].append(Held(row.sequence, row.message_id, row.tier))
    return Waits(found)


async def hold(connection: AsyncConnection, consumer: str, event: Event[EventData], tier: str) -> None:
    """Note that an event waits in ``tier``."""
    values = {
        "consumer": consumer,
        "partition_key": _line(event),
        "sequence": event.sequence,
        "message_id": event.id,
        "tier": tier,
    }
    statement = insert(held).values(values)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[held.c.consumer, held.c.message_id],
            set_={"tier": statement.excluded.tier, "held_at": func.now()},
        )
    )


def _line(event: Event[EventData]) -> str:
    """Return the name of the line in which an event stands."""
    return f"{event.source} {event.partitionkey}"


async def release(connection: AsyncConnection, consumer: str, events: Sequence[Event[EventData]]) -> None:
    """Note that events wait no longer."""
    ids = [event.id for event in events]
    await connection.execute(delete(held).where(held.c.consumer == consumer, held.c.message_id.in_(ids)))
