"""How fast routing opens the cases of waiting reports, against the same consumer that does nothing about them."""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from random import Random
from typing import Any

import uvloop
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from linli.chassis.database import SERVER_SETTINGS
from linli.chassis.migrations import migrate
from linli.chassis.runtime import utc_now
from linli.contracts import Event, EventData, IssueReported, Level, new_event
from linli.district import District, load_district
from linli.messaging.amqp import AmqpTransport
from linli.messaging.consumer import Consumer, Reaction
from linli.messaging.message import message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.topology import CORE, inbox_topology, pattern_for
from routing.reactions import REACTIONS, ReactionContext
from routing.rulebooks import Rulebooks
from routing.seeding import seed

QUEUE = "bench.inbox"
REPORTS = 3000
PUBLISHED_AT_ONCE = 500
ROUNDS = 3


def measure(on: Ground) -> dict[str, Result]:
    """Return ``routing.opened_per_s``."""
    rate, limit = uvloop.run(_measure(on))
    return {"routing.opened_per_s": compared(rate, "cases/s", limit)}


async def _measure(on: Ground) -> tuple[float, float]:
    async with AsyncExitStack() as stack:
        engine = create_async_engine(on.database(), connect_args={"server_settings": SERVER_SETTINGS})
        stack.push_async_callback(engine.dispose)
        await migrate(engine, "routing")
        district = load_district()
        rulebooks = Rulebooks(district)
        await seed(engine, district, rulebooks, now=utc_now)
        transport = AmqpTransport(on.amqp_url)
        stack.push_async_callback(transport.close)
        await transport.declare(CORE)
        await transport.declare(inbox_topology(QUEUE, [pattern_for(IssueReported)]))
        context = ReactionContext(rulebooks, utc_now)
        rates, limits = [], []
        for _ in range(ROUNDS):
            limits.append(await _consume(engine, transport, district, _do_nothing, None))
            rates.append(await _consume(engine, transport, district, REACTIONS[IssueReported], context))
    return sorted(rates)[ROUNDS // 2], sorted(limits)[ROUNDS // 2]


async def _do_nothing(_context: object, _connection: AsyncConnection, _event: Event[IssueReported]) -> None:
    pass


async def _consume(
    engine: AsyncEngine, transport: AmqpTransport, district: District, react: Reaction, context: object
) -> float:
    await _fill(transport, district)
    taken, done = 0, asyncio.Event()

    async def counted(context: Any, connection: AsyncConnection, event: Event[Any]) -> None:  # noqa: ANN401 - whatever it is given
        nonlocal taken
        await react(context, connection, event)
        taken += 1

    def committed() -> None:
        if taken >= REPORTS:
            done.set()

    consumer = Consumer(
        queue=QUEUE,
        reactions={IssueReported: counted},
        context=context,
        engine=engine,
        transport=transport,
        metrics=MessagingMetrics.in_registry(CollectorRegistry()),
        after_commit=committed,
    )
    began = time.perf_counter()
    await consumer.start()
    await done.wait()
    elapsed = time.perf_counter() - began
    await consumer.stop()
    return REPORTS / elapsed


async def _fill(transport: AmqpTransport, district: District) -> None:
    chance, now = Random(1), datetime.now(UTC)
    places = [unit.path for unit in district.units.values() if unit.level is Level.BUILDING]
    for _ in range(REPORTS // PUBLISHED_AT_ONCE):
        reports: list[EventData] = [
            IssueReported(
                issue_id=uuid7(),
                category=chance.choice([*district.categories]),
                area=chance.choice(places),
                description="三号楼楼顶漏雨",
                language="zh-Hans",
                source="app",
                reported_at=now,
                reporter_key="0" * 64,
            )
            for _ in range(PUBLISHED_AT_ONCE)
        ]
        events: list[Event[EventData]] = [new_event(one, id=uuid7(), sequence=1, time=now) for one in reports]
        if any(await transport.publish([message_from(one) for one in events])):
            raise RuntimeError("the broker refused")
