"""The consumers without linli: each event of the queue takes effect once, whatever comes twice, breaks or stops."""

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from linli.contracts import CaseAccepted, CaseRouted, Event, EventData, event_type, new_event
from linli.contracts.examples import EXAMPLES, example_of
from linli.messaging.connect import open_transport
from linli.messaging.message import Message, message_from
from linli.messaging.topology import CORE, department_topology
from linli.messaging.transport import Transport
from linli.testing.rabbitmq import Broker
from linli.testing.waiting import eventually

from .program import program, stop

QUEUE = "dept.housing.inbox"
WAIT_S = 30.0
GARBAGE = [b"", b"\xff", b"[]", b"{}", b"[" * 9999, b'{"id": {}, "type": "x"}']
UNTRUE = b'{"id": "1", "type": "linli.case.routed.v1", "data": {"case_id": {}}}'

pytestmark = pytest.mark.parametrize("example", ["aio_pika_consumer.py", "pika_consumer.py"])


@pytest.fixture
async def bus(amqp_url: str) -> AsyncIterator[Transport]:
    """The platform's side, with the queue of the housing department declared."""
    transport = open_transport(amqp_url)
    await transport.declare(CORE)
    await transport.declare(department_topology("housing", ["case.#"]))
    yield transport
    await transport.close()


@pytest.fixture
def told(amqp_url: str, tmp_path: Path) -> dict[str, str]:
    return {"BUS_URL": amqp_url, "QUEUE": QUEUE, "ORDERS": str(tmp_path / "orders.db")}


def routed() -> Event[EventData]:
    [data] = [one for one in EXAMPLES if isinstance(one, CaseRouted)]
    return new_event(data.model_copy(update={"case_id": uuid4()}), id=uuid4(), sequence=1, time=datetime.now(UTC))


async def send(bus: Transport, *given: Event[EventData] | bytes) -> None:
    messages = [
        Message(id=str(uuid4()), routing_key="", body=one) if isinstance(one, bytes) else message_from(one)
        for one in given
    ]
    # One after the other: two messages of one id are never in flight at once.
    for message in messages:
        assert await bus.send(QUEUE, [message]) == [None]


def orders(told: dict[str, str]) -> list[str]:
    """The cases for which there is an order."""
    with closing(sqlite3.connect(told["ORDERS"])) as database:
        try:
            return [row[0] for row in database.execute("select case_id from orders order by rowid")]
        except sqlite3.OperationalError:
            return []  # the program has not begun


def cases(*events: Event[EventData]) -> list[str]:
    return [str(getattr(event.data, "case_id", UUID(int=0))) for event in events]


async def ordered(told: dict[str, str], *events: Event[EventData]) -> None:
    async def all_there() -> bool:
        return orders(told) == cases(*events)

    await eventually(all_there, "the orders", seconds=WAIT_S)


async def test_each_event_takes_effect_once_in_order_over_restarts(
    example: str, bus: Transport, told: dict[str, str], tmp_path: Path
) -> None:
    first, second, third = routed(), routed(), routed()
    other = example_of(event_type(CaseAccepted), 7)
    await send(bus, first, first, other, second, b'{"id": "7", "type": "linli.case.celebrated.v9"}')
    with program(sys.executable, example, tmp_path / "log", **told) as process:
        await ordered(told, first, second)
        await eventually(lambda: _empty(bus), "the queue to be empty", seconds=WAIT_S)
        assert stop(process) == 0
    await send(bus, second, first, third)
    with program(sys.executable, example, tmp_path / "log", **told) as process:
        await ordered(told, first, second, third)
        assert stop(process) == 0
    assert await bus.depth(f"{QUEUE}.dead") == 0


async def test_what_is_no_event_is_dead_and_leaves_nothing(
    example: str, bus: Transport, told: dict[str, str], tmp_path: Path
) -> None:
    event = routed()
    await send(bus, *GARBAGE, UNTRUE, event)
    with program(sys.executable, example, tmp_path / "log", **told) as process:
        await ordered(told, event)

        async def all_dead() -> bool:
            return await bus.depth(f"{QUEUE}.dead") == len(GARBAGE) + 1

        await eventually(all_dead, "the rest to be dead", seconds=WAIT_S)
        assert stop(process) == 0


async def test_lost_connection_is_made_again(
    example: str, bus: Transport, told: dict[str, str], tmp_path: Path, broker: Broker
) -> None:
    first, second = routed(), routed()
    await send(bus, first)
    with program(sys.executable, example, tmp_path / "log", **told) as process:
        await ordered(told, first)

        async def cut() -> bool:
            return _close_connections(broker, urlsplit(told["BUS_URL"]).path.removeprefix("/")) > 0

        await eventually(cut, "a connection to cut", seconds=WAIT_S)

        async def sent() -> bool:
            return await bus.send(QUEUE, [message_from(second)]) == [None]

        await eventually(sent, "the platform's own connection, cut too, to be back", seconds=WAIT_S)
        await ordered(told, first, second)
        assert stop(process) == 0


async def test_work_that_fails_for_now_is_tried_again_before_later_events(
    example: str, bus: Transport, told: dict[str, str], tmp_path: Path
) -> None:
    first, second, third = routed(), routed(), routed()
    await send(bus, first)
    with program(sys.executable, example, tmp_path / "log", **told) as process:
        await ordered(told, first)
        async with failing_work(told, tmp_path / "log"):
            await send(bus, second, third)
        await ordered(told, first, second, third)
        assert stop(process) == 0


async def test_event_is_not_acknowledged_before_its_work_is_done(
    example: str, bus: Transport, told: dict[str, str], tmp_path: Path
) -> None:
    first, second = routed(), routed()
    await send(bus, first)
    with program(sys.executable, example, tmp_path / "log", **told) as process:
        await ordered(told, first)
        async with failing_work(told, tmp_path / "log"):
            await send(bus, second)
        process.kill()
    with program(sys.executable, example, tmp_path / "log", **told):
        await ordered(told, first, second)


@asynccontextmanager
async def failing_work(told: dict[str, str], log: Path) -> AsyncIterator[None]:
    """Hold the database until a try has failed after the block."""

    async def tried() -> bool:
        return "trying again" in _text(log)

    with closing(sqlite3.connect(told["ORDERS"])) as other:
        other.execute("begin immediate")
        yield
        await eventually(tried, "the work to fail", seconds=WAIT_S)


def _text(log: Path) -> str:
    return log.read_text()


async def _empty(bus: Transport) -> bool:
    return await bus.depth(QUEUE) == 0


def _close_connections(broker: Broker, vhost: str) -> int:
    with broker.management() as api:
        connections = api.get(f"/api/vhosts/{vhost}/connections").json()
        return sum(api.delete(f"/api/connections/{one['name']}").is_success for one in connections)
