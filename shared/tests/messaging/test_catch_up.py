"""A consumer whose queue was missing misses nothing: it reads the archive before it reads its queue."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import CaseAccepted, Event
from linli.messaging import catch_up
from linli.messaging.consumer import Consumer, Pace
from linli.messaging.message import Message, message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.tables import catch_ups, inbox
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .builders import accepted, closed, event
from .conftest import eventually, running

QUEUE = "routing.inbox"


@dataclass
class Seen:
    """What took effect: aggregate and sequence, in order."""

    events: list[tuple[str, int]] = field(default_factory=list)

    async def note(self, _: AsyncConnection, one: Event[CaseAccepted]) -> None:
        self.events.append((one.partitionkey, int(one.sequence)))


@pytest.fixture
async def others(transport: Transport) -> Transport:
    """A broker whose events somebody else hears, so that no alarm tells of those that are missed."""
    await transport.declare(CORE)
    await transport.declare(inbox_topology("notify.inbox", ["#"]))
    return transport


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def consumer(engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, seen: Seen) -> Consumer:
    return consumer_of(engine, transport, metrics, seen)


def consumer_of(engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, seen: Seen) -> Consumer:
    return Consumer(
        queue=QUEUE,
        reactions={CaseAccepted: Seen.note},
        context=seen,
        engine=engine,
        transport=transport,
        metrics=metrics,
        after_commit=lambda: None,
        pace=Pace(batch=7),
    )


def life(case: UUID, first: int, last: int) -> list[Message]:
    return [message_from(event(accepted(case), number)) for number in range(first, last + 1)]


async def caught_up(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(catch_ups)) == 0


async def test_what_was_published_before_the_first_start_takes_effect(
    others: Transport, consumer: Consumer, seen: Seen
) -> None:
    case = uuid4()
    await others.publish([*life(case, 1, 20), message_from(event(closed(case), 21))])

    async def all_seen() -> bool:
        return len(seen.events) == 20

    async with running(consumer):
        await eventually(all_seen)
    assert seen.events == [(str(case), number) for number in range(1, 21)]


async def test_after_its_queue_was_deleted_everything_takes_effect_once_and_in_order(
    others: Transport,
    engine: AsyncEngine,
    metrics: MessagingMetrics,
    seen: Seen,
    delete_queue: Callable[[str], Awaitable[None]],
) -> None:
    case = uuid4()

    async def seen_up_to(number: int) -> None:
        async def reached() -> bool:
            return bool(seen.events) and seen.events[-1][1] == number

        await eventually(reached)

    async with running(consumer_of(engine, others, metrics, seen)):
        await eventually(lambda: others.exists(QUEUE))
        await others.publish(life(case, 1, 5))
        await seen_up_to(5)
    await others.publish(life(case, 6, 10))
    await delete_queue(QUEUE)
    await others.publish(life(case, 11, 30))
    async with running(consumer_of(engine, others, metrics, seen)):
        await seen_up_to(30)
        await others.publish(life(case, 31, 35))
        await seen_up_to(35)
    assert seen.events == [(str(case), number) for number in range(1, 36)]


async def test_a_crash_after_the_queue_was_declared_does_not_end_the_catching_up(
    others: Transport, engine: AsyncEngine, consumer: Consumer, seen: Seen
) -> None:
    case = uuid4()
    await others.publish(life(case, 1, 3))
    # What a consumer leaves behind that is killed while it reads the archive.
    async with engine.begin() as connection:
        await catch_up.note(connection, QUEUE)
    await others.declare(inbox_topology(QUEUE, ["#"]))
    await others.publish(life(case, 4, 4))

    async def all_seen() -> bool:
        return len(seen.events) == 4

    async with running(consumer):
        await eventually(all_seen)
        await eventually(lambda: caught_up(engine))
    assert [number for _, number in seen.events] == [1, 2, 3, 4]


@pytest.mark.parametrize("lag", [timedelta(0), timedelta(days=3)])
async def test_a_queue_that_was_long_when_it_was_deleted_is_read_from_where_its_consumer_was(
    engine: AsyncEngine, lag: timedelta
) -> None:
    made = datetime.now(UTC) - lag
    # The first 48 bits of a UUIDv7 are the milliseconds since 1970.
    await _received(engine, UUID(int=int(made.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62))
    async with engine.begin() as connection:
        await catch_up.note(connection, QUEUE)
        due = await catch_up.due(connection, QUEUE)
    assert due
    assert due.since
    assert timedelta(0) <= made - catch_up.MARGIN - due.since < timedelta(seconds=5)


async def test_an_id_that_tells_no_time_moves_the_beginning_no_later(engine: AsyncEngine) -> None:
    await _received(engine, UUID("ffffffff-ffff-4fff-bfff-ffffffffffff"))
    async with engine.begin() as connection:
        await catch_up.note(connection, QUEUE)
        due = await catch_up.due(connection, QUEUE)
    assert due
    assert due.since
    assert due.since < datetime.now(UTC) - catch_up.MARGIN


async def _received(engine: AsyncEngine, event_id: UUID) -> None:
    row = {"consumer": QUEUE, "message_id": event_id, "source": "/linli/routing", "partition_key": "a", "sequence": "1"}
    async with engine.begin() as connection:
        await connection.execute(insert(inbox).values(row))


async def test_a_consumer_whose_queue_was_there_does_not_read_the_archive(
    others: Transport, consumer: Consumer, seen: Seen
) -> None:
    case = uuid4()
    await others.publish(life(case, 1, 3))
    await others.declare(inbox_topology(QUEUE, ["#"]))
    await others.publish(life(case, 4, 4))

    async def something_seen() -> bool:
        return bool(seen.events)

    async with running(consumer):
        await eventually(something_seen)
    assert [number for _, number in seen.events] == [4]
