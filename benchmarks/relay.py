"""How fast the relay empties the outbox, against bare aio-pika publishing the same messages with confirms.

And whether it keeps its pace with the backlog of an outage: reports at full speed for ten minutes.
"""

import asyncio
import time
from datetime import UTC, datetime

import aio_pika
import uvloop
from pamqp.common import FieldTable
from prometheus_client import CollectorRegistry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from linli.contracts import CaseAccepted, Handler
from linli.messaging.amqp import AmqpTransport
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox import record
from linli.messaging.relay import BATCH, Relay
from linli.messaging.tables import metadata, outbox
from linli.messaging.topology import CORE, INGRESS, inbox_topology

EVENTS = 10_000
BACKLOG = 100_000
ROUNDS = 3

MULTIPLY = text("""
    insert into outbox (message_id, aggregate_id, routing_key, headers, payload)
    select gen_random_uuid(), gen_random_uuid()::text, routing_key, headers, payload
    from outbox cross join generate_series(2, :times)
""")


def measure(on: Ground) -> dict[str, Result]:
    """Return ``relay.events_per_s`` and ``backlog.drain_ratio``."""
    rate, limit, drained = uvloop.run(_measure(on))
    return {
        "relay.events_per_s": compared(rate, "events/s", limit),
        "backlog.drain_ratio": compared(drained, "events/s", rate),
    }


async def _measure(on: Ground) -> tuple[float, float, float]:
    engine = create_async_engine(on.database())
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    transport = AmqpTransport(on.amqp_url)
    await transport.declare(CORE)
    await transport.declare(inbox_topology("bench.inbox", ["#"]))
    rates, limits = [], []
    for _ in range(ROUNDS):
        # In turns, so that both meet the machine in the same moods.
        await _fill(engine, EVENTS)
        limits.append(await _bare(on.amqp_url, await _payloads(engine)))
        rates.append(await _relay(engine, transport, EVENTS))
    await _fill(engine, BACKLOG)
    drained = await _relay(engine, transport, BACKLOG)
    await transport.close()
    await engine.dispose()
    return sorted(rates)[ROUNDS // 2], sorted(limits)[ROUNDS // 2], drained


async def _fill(engine: AsyncEngine, events: int) -> None:
    handler = Handler(id="li-jinpu", name="例锦心", post="社区网格长")
    async with engine.begin() as connection:
        for _ in range(BATCH):
            data = CaseAccepted(category="facility.roof-leak", area="a/b", case_id=uuid7(), handler=handler)
            await record(connection, [data], version=1, at=datetime.now(UTC))
        await connection.execute(MULTIPLY, {"times": events // BATCH})


async def _payloads(engine: AsyncEngine) -> list[tuple[str, str, bytes, FieldTable]]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(outbox))
        return [(str(row.message_id), row.routing_key, row.payload, row.headers) for row in rows]


async def _bare(url: str, messages: list[tuple[str, str, bytes, FieldTable]]) -> float:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        exchange = await channel.get_exchange(INGRESS)
        began = time.perf_counter()
        for start in range(0, len(messages), BATCH):
            await asyncio.gather(*(_publish(exchange, *one) for one in messages[start : start + BATCH]))
        return len(messages) / (time.perf_counter() - began)


async def _publish(
    exchange: aio_pika.abc.AbstractExchange, name: str, key: str, body: bytes, headers: FieldTable
) -> None:
    message = aio_pika.Message(
        body, message_id=name, headers=headers, delivery_mode=2, content_type="application/cloudevents+json"
    )
    await exchange.publish(message, key, mandatory=True, timeout=10)


async def _relay(engine: AsyncEngine, transport: AmqpTransport, events: int) -> float:
    registry = CollectorRegistry()
    relay = Relay(engine=engine, transport=transport, metrics=MessagingMetrics.in_registry(registry))
    began = time.perf_counter()
    await relay.start()
    while (registry.get_sample_value("linli_published_total") or 0) < events:
        await asyncio.sleep(0.01)
    elapsed = time.perf_counter() - began
    await relay.stop()
    return events / elapsed
