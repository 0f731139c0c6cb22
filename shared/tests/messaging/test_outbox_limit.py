"""A broker that stays away cannot fill the database: past a limit nothing is accepted that would have to be told."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import CaseAccepted, Event
from linli.messaging.consumer import Consumer, Pace
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox import record
from linli.messaging.outbox_limit import LOOK_S, OutboxFullError, OutboxLimit
from linli.messaging.tables import held, outbox
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .builders import AT, accepted, message
from .conftest import eventually, running

QUEUE = "routing.inbox"


@dataclass
class Clock:
    """A clock that stands until it is told to move."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def wait_for_the_broker(engine: AsyncEngine, events: int) -> None:
    async with engine.begin() as connection:
        for _ in range(events):
            await record(connection, [accepted()], version=1, at=AT)


async def forget(engine: AsyncEngine, events: int) -> None:
    """What the relay does with the oldest that are confirmed."""
    oldest = select(outbox.c.id).order_by(outbox.c.id).limit(events)
    async with engine.begin() as connection:
        await connection.execute(delete(outbox).where(outbox.c.id.in_(oldest)))


async def is_full(engine: AsyncEngine, limit: OutboxLimit) -> bool:
    async with engine.connect() as connection:
        try:
            await limit.check(connection)
        except OutboxFullError:
            return True
    return False


async def test_the_outbox_is_full_at_its_limit_and_not_below(engine: AsyncEngine) -> None:
    assert not await is_full(engine, OutboxLimit(3))
    await wait_for_the_broker(engine, 2)
    assert not await is_full(engine, OutboxLimit(3))
    await wait_for_the_broker(engine, 1)
    assert await is_full(engine, OutboxLimit(3))
    await forget(engine, 1)
    assert not await is_full(engine, OutboxLimit(3))


async def test_one_old_event_does_not_make_it_look_full(engine: AsyncEngine) -> None:
    await wait_for_the_broker(engine, 10)
    async with engine.begin() as connection:
        between = select(outbox.c.id).order_by(outbox.c.id).offset(1).limit(8)
        await connection.execute(delete(outbox).where(outbox.c.id.in_(between)))
    assert not await is_full(engine, OutboxLimit(3))


async def test_one_look_is_good_for_its_time(engine: AsyncEngine) -> None:
    clock = Clock()
    limit = OutboxLimit(1, clock=clock)
    assert not await is_full(engine, limit)
    await wait_for_the_broker(engine, 1)
    clock.now += LOOK_S / 2
    assert not await is_full(engine, limit)
    clock.now += LOOK_S / 2
    assert await is_full(engine, limit)
    await forget(engine, 1)
    clock.now += LOOK_S
    assert not await is_full(engine, limit)


@dataclass
class Seen:
    """How many events took effect."""

    count: int = 0
    sequences: list[str] = field(default_factory=list)

    async def note(self, connection: AsyncConnection, one: Event[CaseAccepted]) -> None:
        await connection.execute(insert(outbox).values(_told_because_of(one)))
        self.count += 1


def _told_because_of(one: Event[CaseAccepted]) -> dict[str, object]:
    return {
        "message_id": one.id,
        "aggregate_id": one.partitionkey,
        "routing_key": one.routing_key,
        "headers": {},
        "payload": b"{}",
    }


@pytest.mark.parametrize("waiting", [0, 5])
async def test_a_consumer_leaves_events_in_their_queue_while_the_outbox_is_full(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, waiting: int
) -> None:
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["#"]))
    await wait_for_the_broker(engine, waiting)
    clock, seen = Clock(), Seen()
    consumer = Consumer(
        queue=QUEUE,
        reactions={CaseAccepted: Seen.note},
        context=seen,
        engine=engine,
        transport=transport,
        metrics=metrics,
        after_commit=lambda: None,
        pace=Pace(batch=1),
        outbox_limit=OutboxLimit(5, clock=lambda: clock.now + 10 * seen.count),
    )
    await transport.publish([message() for _ in range(12)])

    async def stopped_at_the_limit() -> bool:
        return consumer.failures["other"] > 0 and seen.count == 5 - waiting

    async def all_seen() -> bool:
        clock.now += LOOK_S
        await forget(engine, 5)
        return seen.count == 12

    async with running(consumer):
        await eventually(stopped_at_the_limit)
        assert not consumer.healthy
        await eventually(all_seen)
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(held)) == 0
