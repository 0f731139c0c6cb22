"""The operators' commands against a real broker or an embedded bus on which the suite is declared."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from typer.testing import CliRunner, Result

from linli.cli.main import app
from linli.district import load_district
from linli.messaging import management as management_module
from linli.messaging.connect import open_transport
from linli.messaging.suite import suite_topology
from linli.messaging.tables import metadata
from linli.messaging.transport import Transport
from linli.testing.local_rabbitmq import free_ports
from linli.testing.rabbitmq import Broker

SUITE = suite_topology(load_district())
SECRET = "s3cret-word"
"""A password of no account: nothing may print it."""


AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def eventually(condition: Callable[[], Awaitable[object]], *, within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.02)


async def linli(*words: str) -> Result:
    """Run a command as an operator does."""
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
    assert SECRET not in result.output
    if result.exception is not None:
        assert isinstance(result.exception, SystemExit), result.exc_info
    return result


async def refused(*words: str) -> str:
    """Run a command that ends with status 1 and one line, which is returned."""
    result = await linli(*words)
    assert result.exit_code == 1, result.output
    [line] = result.stderr.splitlines()
    assert line.startswith("linli: ")
    return line


async def done(*words: str) -> str:
    """Run a command that does what it was asked, and return what it prints."""
    result = await linli(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(autouse=True)
def _no_broker_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(management_module, "PORT", free_ports(1)[0])
    for name in ("LINLI_BUS_URL", "LINLI_MANAGEMENT_URL", "LINLI_DISTRICT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def management(broker: Broker) -> list[str]:
    """The option that names the broker's management API; the account is that of the bus."""
    scheme, _, rest = broker.management_url.partition("://")
    return ["--management", f"{scheme}://{rest.rpartition('@')[2]}"]


@pytest.fixture(params=["amqp", "embedded"])
def bus_url(request: pytest.FixtureRequest) -> str:
    """Where messages go: a test that takes it runs once per transport."""
    if request.param == "amqp":
        return str(request.getfixturevalue("amqp_url"))
    return str(request.getfixturevalue("bus_database"))


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Transport]:
    """The suite, as its services declare it."""
    made = open_transport(bus_url)
    await made.declare(SUITE)
    yield made
    await made.close()


@pytest.fixture
async def rabbit(amqp_url: str) -> AsyncIterator[Transport]:
    """The suite on RabbitMQ."""
    made = open_transport(amqp_url)
    await made.declare(SUITE)
    yield made
    await made.close()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The database of a service."""
    made = create_async_engine(database_url)
    async with made.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.dispose()


@pytest.fixture
def exported(tmp_path: Path) -> Callable[[], Path]:
    """Export the description to a file."""

    def export() -> Path:
        path = tmp_path / "definitions.json"
        result = CliRunner().invoke(app, ["bus", "topology", "export", "--output", str(path)])
        assert result.exit_code == 0, result.output
        return path

    return export
