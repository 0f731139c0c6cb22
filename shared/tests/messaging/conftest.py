"""Transports, databases and workers to test messaging with; every transport test runs once per transport."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aio_pika
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from linli.messaging.amqp import AmqpTransport
from linli.messaging.embedded import EmbeddedTransport
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.tables import metadata
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(database_url)
    async with made.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.dispose()


@pytest.fixture(params=["amqp", "embedded"])
def open_transport(request: pytest.FixtureRequest) -> Callable[[], Transport]:
    """Open one more transport to the same broker: another process, as it were."""
    if request.param == "amqp":
        url = request.getfixturevalue("amqp_url")
        return lambda: AmqpTransport(url)
    bus_url = request.getfixturevalue("bus_database")
    return lambda: EmbeddedTransport(create_async_engine(bus_url))


@pytest.fixture
async def transport(open_transport: Callable[[], Transport]) -> AsyncIterator[Transport]:
    made = open_transport()
    yield made
    await made.close()


@pytest.fixture
def delete_queue(request: pytest.FixtureRequest, transport: Transport) -> Callable[[str], Awaitable[None]]:
    """Do what an operator's slip does to a queue, its bindings and its messages."""

    async def on_the_broker(queue: str) -> None:
        connection = await aio_pika.connect(request.getfixturevalue("amqp_url"))
        async with connection:
            await (await connection.channel()).queue_delete(queue)

    async def in_the_database(queue: str) -> None:
        async with transport._engine.begin() as connection:  # type: ignore[attr-defined]
            for table, column in (("bindings", "target"), ("messages", "queue"), ("queues", "name")):
                await connection.execute(text(f"delete from bus_{table} where {column} = :queue"), {"queue": queue})

    return on_the_broker if isinstance(transport, AmqpTransport) else in_the_database


@pytest.fixture
def metrics() -> MessagingMetrics:
    return MessagingMetrics.in_registry(CollectorRegistry())


async def eventually(condition: Callable[[], Awaitable[object]], *, within_s: float = 20) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    for worker in workers:
        await worker.start()
    try:
        yield
    finally:
        for worker in reversed(workers):
            await worker.stop()
