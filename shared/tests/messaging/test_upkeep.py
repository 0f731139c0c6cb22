"""What piles up is counted and said, and what is past its time is let go."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from linli.messaging import unrouted as unrouted_module
from linli.messaging import upkeep as upkeep_module
from linli.messaging.amqp import AmqpTransport
from linli.messaging.message import Delivery
from linli.messaging.outbox import record
from linli.messaging.tables import inbox, outbox
from linli.messaging.topology import CORE, NOTICES, UNROUTED, dead_queue, inbox_topology, retry_queue
from linli.messaging.transport import Subscription, Transport
from linli.messaging.upkeep import Upkeep

from .builders import AT, accepted, message, text
from .conftest import eventually, running

QUEUE = "routing.inbox"
ACCEPTED = "linli.case.accepted.v1"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def upkeep(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> Upkeep:
    monkeypatch.setattr(upkeep_module, "LOOK_S", 0.05)
    return Upkeep(queue=QUEUE, engine=engine, transport=transport, registry=registry)


def gauge(registry: CollectorRegistry, name: str, value: float, **labels: str) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return registry.get_sample_value(name, labels) == value

    return reached


async def test_an_event_that_nobody_hears_raises_an_alarm_once(
    transport: Transport, upkeep: Upkeep, registry: CollectorRegistry
) -> None:
    await transport.declare(CORE)
    await transport.publish([message(), message()])
    with capture_logs() as logs:
        async with running(upkeep):
            await eventually(gauge(registry, "linli_queue_messages", 2, queue="linli.unrouted"))
            await transport.publish([message()])
            await eventually(gauge(registry, "linli_queue_messages", 3, queue="linli.unrouted"))
    said = [one["messages"] for one in logs if one.get("queue") == "linli.unrouted"]
    assert said[-1] == 3
    assert len(said) == len(set(said))


async def test_each_event_that_nobody_hears_is_named_once_and_stays_where_it_is(
    transport: Transport, upkeep: Upkeep, registry: CollectorRegistry
) -> None:
    await transport.declare(CORE)
    first, second = message(), message()
    await transport.publish([first])
    with capture_logs() as logs:
        async with running(upkeep):
            await eventually(unrouted(registry, 1))
        async with running(upkeep):  # another process, or the next
            await transport.publish([second])
            await eventually(unrouted(registry, 2))
            await eventually(gauge(registry, "linli_queue_messages", 2, queue="linli.unrouted"))
    named = [one for one in logs if one["event"] == "event reached nobody"]
    assert [one["event_id"] for one in named] == [first.id, second.id]
    assert {(one["event_type"], one["routing_key"]) for one in named} == {(ACCEPTED, first.routing_key)}
    assert "测试员" not in str(logs)
    async with transport.consume(UNROUTED, prefetch=10) as subscription:
        assert [one.message.id for one in await two_of(subscription)] == [first.id, second.id]


async def test_of_many_events_that_nobody_hears_some_are_named_and_the_others_counted(
    transport: Transport, upkeep: Upkeep, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unrouted_module, "MOST_NAMES", 3)
    await transport.declare(CORE)
    await transport.publish([message() for _ in range(8)])
    await transport.publish([text("case.unheard.facility.lamp.top")])
    with capture_logs() as logs:
        async with running(upkeep):
            await eventually(unrouted(registry, 8))
            await eventually(gauge(registry, "linli_unrouted_total", 1, type="other"))
            await eventually(lambda: is_empty(transport, NOTICES))
    assert len([one for one in logs if one["event"] == "event reached nobody"]) == 3
    [others] = [one for one in logs if one["event"] == "more events reached nobody"]
    assert (others["messages"], others["types"]) == (6, {ACCEPTED: 5, "other": 1})
    assert await transport.depth(UNROUTED) == 9


def unrouted(registry: CollectorRegistry, number: float) -> Callable[[], Awaitable[bool]]:
    return gauge(registry, "linli_unrouted_total", number, type=ACCEPTED)


async def is_empty(transport: Transport, queue: str) -> bool:
    return await transport.depth(queue) == 0


async def two_of(subscription: Subscription) -> list[Delivery]:
    found: list[Delivery] = []
    while len(found) < 2:
        found += await subscription.next_batch(2 - len(found))
    return found


async def test_what_waits_is_counted_in_the_inbox_in_its_retries_and_where_else_it_is_told_to_look(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep_module, "LOOK_S", 0.05)
    department = "dept.housing.inbox"
    await transport.declare(inbox_topology(QUEUE, []))
    await transport.declare(inbox_topology(department, [], retries=False))
    for queue in (QUEUE, retry_queue(QUEUE, "1h"), department, dead_queue(department)):
        await transport.send(queue, [message()])
    watching = Upkeep(queue=QUEUE, engine=engine, transport=transport, registry=registry, inboxes=[department])
    with capture_logs() as logs:
        async with running(watching):
            for queue in (QUEUE, retry_queue(QUEUE, "1h"), department, dead_queue(department)):
                await eventually(gauge(registry, "linli_queue_messages", 1, queue=queue))
    assert {one["queue"] for one in logs} == {dead_queue(department)}


async def test_the_outbox_is_counted_while_the_bus_is_away(engine: AsyncEngine, registry: CollectorRegistry) -> None:
    async with engine.begin() as connection:
        await record(connection, [accepted()], version=1, at=AT)
    away = AmqpTransport("amqp://nobody@127.0.0.1:1/")
    async with running(Upkeep(queue=QUEUE, engine=engine, transport=away, registry=registry)):
        await eventually(gauge(registry, "linli_outbox_events", 1))
        async with engine.begin() as connection:
            await record(connection, [accepted()], version=1, at=AT)
        await eventually(gauge(registry, "linli_outbox_events", 2))


async def test_dead_letters_raise_an_alarm(transport: Transport, upkeep: Upkeep, registry: CollectorRegistry) -> None:
    await transport.declare(inbox_topology(QUEUE, []))
    await transport.send(dead_queue(QUEUE), [message()])
    with capture_logs() as logs:
        async with running(upkeep):
            await eventually(gauge(registry, "linli_queue_messages", 1, queue=dead_queue(QUEUE)))
    assert {one["log_level"] for one in logs if one.get("queue") == dead_queue(QUEUE)} == {"error"}


async def test_the_outbox_is_counted(engine: AsyncEngine, upkeep: Upkeep, registry: CollectorRegistry) -> None:
    async with engine.begin() as connection:
        await record(connection, [accepted()], version=1, at=AT)
        await record(connection, [accepted()], version=1, at=AT)
        await connection.execute(update(outbox).values(created_at=func.now() - sql("interval '90 seconds'")))
        first = select(func.min(outbox.c.id)).scalar_subquery()
        await connection.execute(update(outbox).where(outbox.c.id == first).values(parked_at=func.now()))
    async with running(upkeep):
        await eventually(gauge(registry, "linli_outbox_events", 2))
        await eventually(gauge(registry, "linli_outbox_parked", 1))
    assert (registry.get_sample_value("linli_outbox_oldest_seconds") or 0) >= 90


async def test_an_inbox_row_is_kept_for_its_time_and_no_longer(engine: AsyncEngine, upkeep: Upkeep) -> None:
    def row(age: str) -> dict[str, Any]:
        same = {"consumer": QUEUE, "message_id": uuid4(), "source": "/linli/intake", "partition_key": "x"}
        return {**same, "sequence": "1", "received_at": func.now() - sql(f"interval '{age}'")}

    async with engine.begin() as connection:
        for age in ("399 days", "401 days"):
            await connection.execute(insert(inbox).values(row(age)))

    async def one_is_left() -> bool:
        async with engine.connect() as connection:
            return await connection.scalar(select(func.count()).select_from(inbox)) == 1

    async with running(upkeep):
        await eventually(one_is_left)
