"""`linli events tail` shows what a department's queue holds."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from linli.cli.main import app
from linli.messaging.transport import Transport

from .conftest import QUEUE, accepted, closed, empty, eventually, publish

LINLI = Path(sys.executable).parent / "linli"


def with_password(bus_url: str, password: str) -> str:
    """Return a URL of the same server with an account that it does not let in."""
    parts = urlsplit(bus_url)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"nobody:{password}@{address}").geturl()


async def tail(bus_url: str, *options: str) -> Process:
    words = [str(LINLI), "events", "tail", "--department", "housing", *options]
    return await create_subprocess_exec(*words, stdout=PIPE, stderr=PIPE, env={"LINLI_BUS_URL": bus_url, "TZ": "UTC"})


async def output(process: Process) -> list[str]:
    async with asyncio.timeout(30):
        printed, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return printed.decode().splitlines()


async def test_each_event_is_one_line(bus_url: str, bus: Transport) -> None:
    events = [accepted(), closed()]
    await publish(bus, *events)
    lines = await output(await tail(bus_url, "--count", "2"))
    assert [line.split() for line in lines] == [
        ["2026-03-02", "09:00:00+00:00", event.type, event.subject, "facility.roof-leak", "top/one"] for event in events
    ]


async def test_events_are_taken_from_the_queue_up_to_the_count(bus_url: str, bus: Transport) -> None:
    await publish(bus, *(accepted() for _ in range(3)))
    assert len(await output(await tail(bus_url, "--count", "2"))) == 2

    async def one_left() -> bool:
        return await bus.depth(QUEUE) == 1

    await eventually(one_left)


async def test_json_is_the_whole_event(bus_url: str, bus: Transport) -> None:
    event = accepted()
    await publish(bus, event)
    [line] = await output(await tail(bus_url, "--json", "--count", "1"))
    assert json.loads(line) == json.loads(event.encode())


async def test_interrupt_ends_it_cleanly(bus_url: str, bus: Transport) -> None:
    process = await tail(bus_url)
    assert process.stdout is not None
    await publish(bus, accepted())
    async with asyncio.timeout(30):
        await process.stdout.readline()
        await empty(bus)
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        assert process.stderr is not None
        assert await process.stderr.read() == b""


async def test_reader_that_leaves_loses_no_event(bus_url: str, bus: Transport) -> None:
    ours, its = os.pipe()
    words = [str(LINLI), "events", "tail", "--department", "housing"]
    process = await create_subprocess_exec(*words, stdout=its, stderr=PIPE, env={"LINLI_BUS_URL": bus_url})
    os.close(its)
    await publish(bus, accepted())
    async with asyncio.timeout(30):
        assert await asyncio.to_thread(os.read, ours, 1)
        os.close(ours)
        await publish(bus, accepted())
        _, errors = await process.communicate()
    assert await bus.depth(QUEUE) == 1
    assert b"Traceback" not in errors
    assert await bus.depth(f"{QUEUE}.dead") == 0


@pytest.mark.usefixtures("bus")
@pytest.mark.parametrize("wrong", ["department", "password"])
async def test_what_is_refused_ends_it_with_the_reason_and_no_password(bus_url: str, wrong: str) -> None:
    url = with_password(bus_url, "wr0ng-pass") if wrong == "password" else bus_url
    process = await tail(url, "--department", "no-such" if wrong == "department" else "housing")
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    assert process.returncode == 1
    [line] = errors.decode().splitlines()
    assert ("no queue 'dept.no-such.inbox'" if wrong == "department" else "login is refused") in line
    assert "wr0ng-pass" not in line


async def test_a_broker_that_is_away_is_waited_for(bus_url: str) -> None:
    away = "amqp://u:s3cret@127.0.0.1:1" if bus_url.startswith("amqp") else "postgresql://u:s3cret@127.0.0.1:1/x"
    process = await tail(away)
    assert process.stderr is not None
    async with asyncio.timeout(30):
        warnings = [await process.stderr.readline() for _ in range(4)]
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    assert sum(b"trying again" in line for line in warnings) >= 2
    assert not any(b"s3cret" in line for line in warnings)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--department", "Housing!", "--bus", "amqp://127.0.0.1"], "--department"),
        (["--department", "housing", "--bus", "http://127.0.0.1"], "--bus"),
        (["--department", "housing", "--bus", "amqp://u:pass/w0rd@127.0.0.1"], "--bus"),
        (["--department", "housing", "--bus", "amqp://127.0.0.1", "--count", "0"], "--count"),
    ],
)
def test_wrong_option_is_named(options: list[str], named: str) -> None:
    result = CliRunner().invoke(app, ["events", "tail", *options])
    assert result.exit_code == 2
    assert named in result.stderr
    assert "w0rd" not in result.stderr
