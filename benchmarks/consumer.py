"""How fast a consumer lets waiting events take effect once, against bare aio-pika that only acknowledges them."""

import asyncio
import time
from datetime import UTC, datetime

import aio_pika
import uvloop
from prometheus_client import CollectorRegistry
from sqlalchemy import Column, MetaData, Table, Text, Uuid, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from linli.chassis.database import SERVER_SETTINGS
from linli.contracts import CaseAccepted, Event, EventData, Handler, new_event
from linli.messaging.amqp import AmqpTransport
from linli.messaging.consumer import Consumer, Pace
from linli.messaging.message import message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.tables import metadata
from linli.messaging.topology import CORE, inbox_topology

QUEUE = "bench.inbox"
EVENTS = 20_000
PUBLISHED_AT_ONCE = 1000
PREFETCH = 200
ROUNDS = 3

effects = Table("effects", MetaData(), Column("case_id", Uuid, primary_key=True), Column("handler", Text))
_EFFECT = insert(effects)


def measure(on: Ground) -> dict[str, Result]:
    """Return ``consumer.events_per_s``."""
    rate, limit = uvloop.run(_measure(on))
    return {"consumer.events_per_s": compared(rate, "events/s", limit)}


async def _measure(on: Ground) -> tuple[float, float]:
    engine = create_async_engine(on.database(), connect_args={"server_settings": SERVER_SETTINGS})
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(effects.metadata.create_all)
    transport = AmqpTransport(on.amqp_url)
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["#"]))
    rates, limits = [], []
    for _ in range(ROUNDS):
        await _fill(transport)
        limits.append(await _bare(on.amqp_url))
        await _fill(transport)
        rates.append(await _consume(engine, transport))
    await transport.close()
    await engine.dispose()
    return sorted(rates)[ROUNDS // 2], sorted(limits)[ROUNDS // 2]


async def _fill(transport: AmqpTransport) -> None:
    handler = Handler(id="li-jinpu", name="例锦心", post="社区网格长")
    for _ in range(EVENTS // PUBLISHED_AT_ONCE):
        cases: list[EventData] = [
            CaseAccepted(category="facility.roof-leak", area="a/b", case_id=uuid7(), handler=handler)
            for _ in range(PUBLISHED_AT_ONCE)
        ]
        events = [new_event(one, id=uuid7(), sequence=1, time=datetime.now(UTC)) for one in cases]
        if any(await transport.publish([message_from(one) for one in events])):
            raise RuntimeError("the broker refused")


async def _bare(url: str) -> float:
    done = asyncio.Event()
    taken = 0

    async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        nonlocal taken
        await message.ack()
        taken += 1
        if taken == EVENTS:
            done.set()

    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.declare_queue(QUEUE, passive=True)
        began = time.perf_counter()
        await queue.consume(take)
        await done.wait()
        return EVENTS / (time.perf_counter() - began)


async def _consume(engine: AsyncEngine, transport: AmqpTransport) -> float:
    taken = 0
    done = asyncio.Event()

    def committed() -> None:
        # What the bare consumer's broker had not yet been told of comes again.
        if taken >= EVENTS:
            done.set()

    async def react(_: None, connection: AsyncConnection, event: Event[CaseAccepted]) -> None:
        nonlocal taken
        taken += 1
        await connection.execute(_EFFECT, {"case_id": event.data.case_id, "handler": event.data.handler.id})

    consumer = Consumer(
        queue=QUEUE,
        reactions={CaseAccepted: react},
        context=None,
        engine=engine,
        transport=transport,
        metrics=MessagingMetrics.in_registry(CollectorRegistry()),
        after_commit=committed,
        pace=Pace(prefetch=PREFETCH),
    )
    began = time.perf_counter()
    await consumer.start()
    await done.wait()
    elapsed = time.perf_counter() - began
    await consumer.stop()
    return EVENTS / elapsed
