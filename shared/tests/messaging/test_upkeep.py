"""What piles up is counted and said, and what is past its time is let go."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from linli.messaging import upkeep as upkeep_module
from linli.messaging.outbox import record
from linli.messaging.tables import inbox, outbox
from linli.messaging.topology import CORE, dead_queue, inbox_topology
from linli.messaging.transport import Transport
from linli.messaging.upkeep import Upkeep

from .builders import AT, accepted, message
from .conftest import eventually, running

QUEUE = "routing.inbox"


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
        await connection.execute(update(outbox).values(created_at=func.now() - text("interval '90 seconds'")))
        first = select(func.min(outbox.c.id)).scalar_subquery()
        await connection.execute(update(outbox).where(outbox.c.id == first).values(parked_at=func.now()))
    async with running(upkeep):
        await eventually(gauge(registry, "linli_outbox_events", 2))
        await eventually(gauge(registry, "linli_outbox_parked", 1))
    assert (registry.get_sample_value("linli_outbox_oldest_seconds") or 0) >= 90


async def test_an_inbox_row_is_kept_for_its_time_and_no_longer(engine: AsyncEngine, upkeep: Upkeep) -> None:
    def row(age: str) -> dict[str, Any]:
        same = {"consumer": QUEUE, "message_id": uuid4(), "source": "/linli/intake", "partition_key": "x"}
        return {**same, "sequence": "1", "received_at": func.now() - text(f"interval '{age}'")}

    async with engine.begin() as connection:
        for age in ("399 days", "401 days"):
            await connection.execute(insert(inbox).values(row(age)))

    async def one_is_left() -> bool:
        async with engine.connect() as connection:
            return await connection.scalar(select(func.count()).select_from(inbox)) == 1

    async with running(upkeep):
        await eventually(one_is_left)
