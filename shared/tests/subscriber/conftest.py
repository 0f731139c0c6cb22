"""A department's queue on each transport, and what fills it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from linli.contracts import CaseAccepted, CaseClosed, Event, EventData, Handler, Level, new_event
from linli.messaging.connect import open_transport
from linli.messaging.message import Message, message_from
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport
from linli.subscriber import Subscriber

QUEUE = "dept.housing.inbox"
DEAD = "dept.housing.inbox.dead"
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON = (0.01, 0.01)


@pytest.fixture(params=["amqp", "embedded"])
def bus_url(request: pytest.FixtureRequest) -> str:
    """Where messages go: every test runs once per transport."""
    if request.param == "amqp":
        return str(request.getfixturevalue("amqp_url"))
    return str(request.getfixturevalue("bus_database"))


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Transport]:
    """The platform's side, with the queue of the housing department declared."""
    transport = open_transport(bus_url)
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["case.*.facility.*.#"], retries=False))
    yield transport
    await transport.close()


def accepted(case_id: UUID | None = None) -> Event[EventData]:
    data = CaseAccepted(
        category="facility.roof-leak",
        area="top/one",
        case_id=case_id or uuid4(),
        handler=Handler(id="head", name="例一", post="楼栋长"),
    )
    return new_event(data, id=uuid4(), sequence=1, time=AT)


def closed() -> Event[EventData]:
    data = CaseClosed(
        category="facility.roof-leak",
        area="top/one",
        case_id=uuid4(),
        unit="top/one",
        level=Level.COMPOUND,
        on_time=True,
    )
    return new_event(data, id=uuid4(), sequence=2, time=AT)


async def publish(bus: Transport, *events: Event[EventData]) -> None:
    await send(bus, [message_from(event) for event in events])


async def send(bus: Transport, messages: Sequence[Message]) -> None:
    assert await bus.publish(messages) == [None] * len(messages)


def raw(body: bytes) -> Message:
    return Message(id=str(uuid4()), routing_key="case.accepted.facility.roof-leak.top", body=body)


async def eventually(condition: Callable[[], Awaitable[object]], *, within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.05)


async def until(condition: Callable[[], object], *, within_s: float = 20) -> None:
    async def holds() -> object:
        return condition()

    await eventually(holds, within_s=within_s)


async def empty(bus: Transport, *, dead: int = 0) -> None:
    """Wait until nothing is left on the queue, and so many messages are dead."""

    async def settled() -> bool:
        return await bus.depth(QUEUE) == 0 and await bus.depth(DEAD) == dead

    await eventually(settled)


@asynccontextmanager
async def running(subscriber: Subscriber) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(subscriber.run())
    try:
        yield task
    finally:
        subscriber.stop()
        async with asyncio.timeout(20):
            await asyncio.wait([task])
