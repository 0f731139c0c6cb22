"""A department's program as a process: with the rights it is given, the packages it installs, and signals."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from linli.contracts import CaseAccepted, Event
from linli.messaging.connect import open_transport
from linli.messaging.message import TransportError
from linli.messaging.topology import Binding, inbox_topology
from linli.messaging.transport import Transport
from linli.subscriber import SqliteSeen, Subscriber
from linli.testing.rabbitmq import Broker

from .conftest import DEAD, QUEUE, accepted, empty, eventually, publish, running, until

PROGRAM = """
import asyncio, sys, time
# What only services of the suite install; a department does not.
for name in ("alembic", "asyncpg", "fastapi", "httpx", "pydantic_settings", "sqlalchemy", "structlog", "yaml"):
    sys.modules[name] = None

from linli.contracts import CaseAccepted
import linli.subscriber.rehearsal, linli.subscriber.webhooks
from linli.subscriber import Event, SqliteSeen, Subscriber

subscriber = Subscriber(sys.argv[1], department="housing", seen=SqliteSeen(sys.argv[2]))

@subscriber.on(CaseAccepted)
async def note(event: Event[CaseAccepted]) -> None:
    print("begun", flush=True)
    await asyncio.sleep(0.5)
    print(event.id, flush=True)

asyncio.run(subscriber.run())
"""


@pytest.fixture
def restricted_url(broker: Broker, amqp_url: str) -> str:
    """The bus as an account of the department sees it: it may read its own queues and nothing else."""
    name, password, vhost = f"housing-{token_hex(4)}", token_hex(), urlsplit(amqp_url).path.removeprefix("/")
    with broker.management() as api:
        api.put(f"/api/users/{name}", json={"password": password, "tags": ""}).raise_for_status()
        rights = {"configure": "", "write": "", "read": r"^dept\.housing\..*$"}
        api.put(f"/api/permissions/{vhost}/{name}", json=rights).raise_for_status()
    address = urlsplit(amqp_url)
    return address._replace(netloc=f"{name}:{password}@{address.hostname}:{address.port}").geturl()


@pytest.fixture
def bus_url(amqp_url: str) -> str:
    return amqp_url


async def test_right_to_read_the_queue_is_enough(bus: Transport, restricted_url: str) -> None:
    subscriber = Subscriber(restricted_url, department="housing", pauses_s=[])
    got: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def note(event: Event[CaseAccepted]) -> None:
        if got:
            raise ValueError
        got.append(event.id)

    for _ in range(2):
        await publish(bus, accepted())
    async with running(subscriber):
        await empty(bus, dead=1)
    assert len(got) == 1


async def test_queue_of_another_department_is_refused(bus: Transport, restricted_url: str) -> None:
    await bus.declare(inbox_topology("dept.fire.inbox", ["case.#"], retries=False))
    theirs = open_transport(restricted_url)
    with pytest.raises(TransportError, match="ACCESS_REFUSED"):
        async with theirs.consume("dept.fire.inbox", prefetch=1):
            pytest.fail("it could be read")
    with pytest.raises(TransportError, match="ACCESS_REFUSED"):
        await theirs.unbind([Binding("linli.events", QUEUE, "case.*.facility.*.#")])
    await theirs.close()


async def test_closed_connection_is_made_again(bus: Transport, broker: Broker, restricted_url: str) -> None:
    subscriber = Subscriber(restricted_url, department="housing")
    got: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def note(event: Event[CaseAccepted]) -> None:
        got.append(event.id)

    async with running(subscriber):
        await publish(bus, accepted())
        await until(lambda: len(got) == 1)
        user = str(urlsplit(restricted_url).username)
        await eventually(lambda: _closed_connections(broker, user))
        await publish(bus, accepted())
        await until(lambda: len(got) == 2)


async def _closed_connections(broker: Broker, user: str) -> int:
    with broker.management() as api:
        names = [one["name"] for one in api.get("/api/connections").json() if one.get("user") == user]
        return sum(api.delete(f"/api/connections/{name}").is_success for name in names)


async def test_wrong_password_is_told_without_the_password(
    bus: Transport, restricted_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    del bus
    address = urlsplit(restricted_url)
    wrong = address._replace(netloc=f"{address.username}:not-it@{address.hostname}:{address.port}").geturl()
    async with running(Subscriber(wrong, department="housing")):
        await until(lambda: "ACCESS_REFUSED" in caplog.text)
    assert "not-it" not in caplog.text


@asynccontextmanager
async def program(url: str, seen: Path) -> AsyncIterator[tuple[Process, Callable[[], Awaitable[str]]]]:
    process = await create_subprocess_exec(sys.executable, "-c", PROGRAM, url, str(seen), stdout=PIPE)
    output = process.stdout
    assert output is not None

    async def said() -> str:
        return (await output.readline()).decode().rstrip()

    try:
        async with asyncio.timeout(30):
            yield process, said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_sigterm_lets_the_function_finish_and_the_next_run_goes_on(
    bus: Transport, restricted_url: str, tmp_path: Path
) -> None:
    first, second = accepted(), accepted()
    await publish(bus, first)
    await publish(bus, second)
    seen = tmp_path / "seen.db"

    async with program(restricted_url, seen) as (process, said):
        assert await said() == "begun"
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert [await said(), await said()] == [str(first.id), ""]

    await publish(bus, first)
    async with program(restricted_url, seen) as (process, said):
        assert [await said(), await said()] == ["begun", str(second.id)]
        await empty(bus)
        process.terminate()
        assert await process.wait() == 0
        assert await said() == ""
    assert await bus.depth(DEAD) == 0


async def test_file_remembers_over_restarts(tmp_path: Path) -> None:
    event = accepted()
    seen = SqliteSeen(tmp_path / "seen.db")
    assert not await seen.has(event.id)
    await seen.add(event.id)
    await seen.add(event.id)
    seen.close()
    reopened = SqliteSeen(tmp_path / "seen.db")
    assert await reopened.has(event.id)
    assert not await reopened.has(accepted().id)
    reopened.close()
