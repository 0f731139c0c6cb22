"""`linli bus status`: what waits where and for how long, and what cannot be told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging import management as management_module
from linli.messaging.suite import SERVICES
from linli.messaging.tables import held, inbox
from linli.messaging.topology import UNROUTED, Queue, Topology
from linli.messaging.transport import Transport

from .conftest import SECRET, SUITE, done, eventually, linli
from .letters import INBOX, buried, bury, closed
from .letters import held as held_in
from .test_parked import keep

STATUS = ("bus", "status", "--bus")
NOWHERE = ("--management", "http://127.0.0.1:1")


@pytest.fixture(autouse=True)
def _no_database_of_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in SERVICES:
        monkeypatch.delenv(f"{service.upper()}_DATABASE_URL", raising=False)


async def figures(*words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the queues and the services by name."""
    told = json.loads(await done(*STATUS, *words, "--json"))
    return {one["name"]: one for one in told["queues"]}, {one["name"]: one for one in told["services"]}


async def test_every_queue_is_told_with_what_waits_in_it(bus_url: str, bus: Transport) -> None:
    letters = [buried(closed()) for _ in range(3)]
    await bury(bus, *letters)
    await bury(bus, *letters[:2], queue=INBOX)
    async with bus.consume("routing.inbox", prefetch=1) as reader:
        await bury(bus, letters[0], queue="routing.inbox")
        await reader.next_batch(1)
        queues, _ = await figures(bus_url, *NOWHERE)
    assert set(queues) == {one.name for one in SUITE.queues}
    assert (queues[INBOX]["ready"], queues[INBOX]["consumers"], queues[INBOX]["kind"]) == (2, 0, "inbox")
    assert (queues[f"{INBOX}.dead"]["ready"], queues[f"{INBOX}.dead"]["kind"]) == (3, "dead")
    assert queues["routing.inbox"]["consumers"] == 1
    assert {one["kind"] for one in queues.values()} == {
        "inbox",
        "dead",
        "retry",
        "unrouted",
        "notices",
        "archive",
        "ledger",
    }


async def test_the_table_shows_dead_letters_with_their_inbox_and_says_what_is_missing(
    amqp_url: str, rabbit: Transport
) -> None:
    await bury(rabbit, buried(closed()), buried(closed()))
    result = await linli(*STATUS, amqp_url, *NOWHERE)
    assert result.exit_code == 0
    [line] = [line.split() for line in result.stdout.splitlines() if line.startswith(f"{INBOX} ")]
    assert line == [INBOX, "inbox", "0", "?", "0", "0", "2"]
    assert "no management plugin answers at http://127.0.0.1:1" in result.stderr
    assert "what is unacked and which other queues there are is not shown" in result.stderr
    assert (
        "no outbox of intake, routing, volunteer, notify: neither --database nor INTAKE_DATABASE_URL" in result.stderr
    )


@pytest.mark.parametrize("how", ["given", "guessed"])
async def test_the_management_api_tells_what_is_unacked_and_what_is_left_over(
    amqp_url: str, rabbit: Transport, management: list[str], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(management_module, "PORT", int(management[1].rpartition(":")[2]))
    await rabbit.declare(Topology(queues=(Queue("dept.gone.inbox"), Queue("somebody.else"))))
    await bury(rabbit, buried(closed()), queue="routing.inbox")
    async with rabbit.consume("routing.inbox", prefetch=1) as reader:
        await reader.next_batch(1)

        async def counted() -> bool:
            queues, _ = await figures(amqp_url, *(management if how == "given" else []))
            assert queues["dept.gone.inbox"]["kind"] == "left over"
            assert "somebody.else" not in queues
            return bool(queues["routing.inbox"]["unacked"] == 1)

        await eventually(counted, within_s=40)


async def test_the_age_of_dead_letters_is_that_of_the_oldest_event_and_looking_changes_nothing(
    amqp_url: str, rabbit: Transport
) -> None:
    letters = [buried(closed()) for _ in range(40)]
    await bury(rabbit, *letters)
    await bury(rabbit, letters[0], queue=UNROUTED)
    for _ in range(30):
        queues, _ = await figures(amqp_url, *NOWHERE)
    expected = (datetime.now(UTC) - datetime(2026, 3, 2, 9, tzinfo=UTC)).total_seconds()
    for name in (f"{INBOX}.dead", UNROUTED):
        assert queues[name]["oldest_s"] == pytest.approx(expected, abs=60)
    assert await held_in(amqp_url, f"{INBOX}.dead") == [letter.id for letter in letters]


async def test_the_status_of_an_inbox_never_counts_against_what_waits_in_it(amqp_url: str, rabbit: Transport) -> None:
    await bury(rabbit, buried(closed()), queue="dept.housing.inbox")
    for _ in range(25):
        queues, _ = await figures(amqp_url, *NOWHERE)
    assert queues["dept.housing.inbox"]["oldest_s"] is None
    async with rabbit.consume("dept.housing.inbox", prefetch=1) as reader:
        [delivery] = await reader.next_batch(1)
    assert not delivery.redelivered


def timed(age: timedelta) -> UUID:
    """Return a UUID of version 7 of that age."""
    milliseconds = int((datetime.now(UTC) - age).timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (7 << 76) | (0b10 << 62) | 5)


async def test_what_waits_in_an_inbox_came_after_the_newest_event_taken(
    amqp_url: str, rabbit: Transport, engine: AsyncEngine
) -> None:
    taken = [timed(timedelta(hours=2)), timed(timedelta(minutes=3, seconds=30)), uuid4()]
    async with engine.begin() as connection:
        for one in taken:
            row = {"consumer": INBOX, "message_id": one, "source": "x", "partition_key": "x", "sequence": "1"}
            await connection.execute(insert(inbox).values(row))
    database = f"volunteer={engine.url.render_as_string(hide_password=False)}"
    queues, _ = await figures(amqp_url, *NOWHERE, "--database", database)
    assert queues[INBOX]["oldest_s"] is None
    await bury(rabbit, buried(closed()), queue=INBOX)
    queues, _ = await figures(amqp_url, *NOWHERE, "--database", database)
    assert queues[INBOX]["oldest_s"] == pytest.approx(210, abs=30)
    assert queues[INBOX]["oldest_at_most"]
    assert "≤ 4 min" in await done(*STATUS, amqp_url, *NOWHERE, "--database", database)


@pytest.mark.usefixtures("bus")
async def test_outbox_parked_rows_and_held_events_are_told_of_each_service(bus_url: str, engine: AsyncEngine) -> None:
    await keep(engine, "issue-1", parked=True)
    await keep(engine, "issue-2")
    async with engine.begin() as connection:
        await connection.execute(text("update outbox set created_at = now() - interval '10 minutes'"))
        row = {"consumer": "intake.inbox", "partition_key": "x", "message_id": uuid4(), "tier": "5s"}
        await connection.execute(insert(held).values({**row, "held_at": func.now()}))
    database = f"intake={engine.url.render_as_string(hide_password=False)}"
    _, services = await figures(bus_url, "--database", database)
    intake = services["intake"]
    assert (intake["outbox"], intake["parked"], intake["held"]) == (2, 1, 1)
    assert intake["outbox_oldest_s"] == pytest.approx(600, abs=60)
    table = await done(*STATUS, bus_url, "--database", database)
    assert ["intake", "2", "10", "min", "1", "1"] in [line.split() for line in table.splitlines()]


async def test_with_the_broker_away_the_outboxes_are_told_all_the_same(engine: AsyncEngine) -> None:
    await keep(engine, "issue-2")
    database = f"intake={engine.url.render_as_string(hide_password=False)}"
    result = await linli(*STATUS, f"amqp://u:{SECRET}@127.0.0.1:1", "--database", database)
    assert result.exit_code == 1
    assert "127.0.0.1:1 does not answer" in result.stderr
    assert any(line.split()[:2] == ["intake", "1"] for line in result.stdout.splitlines())


@pytest.mark.usefixtures("bus")
async def test_a_database_that_is_away_is_told_and_the_queues_all_the_same(bus_url: str) -> None:
    away = f"intake=postgresql://u:{SECRET}@127.0.0.1:1/x"
    result = await linli(*STATUS, bus_url, *NOWHERE, "--database", away)
    assert result.exit_code == 1
    assert "the database of intake: 127.0.0.1:1 does not answer" in result.stderr
    assert INBOX in result.stdout


async def test_a_queue_that_is_not_there_is_told_as_missing(amqp_url: str) -> None:
    assert "missing" in await done(*STATUS, amqp_url, *NOWHERE)


async def test_a_management_api_that_refuses_the_login_is_told(amqp_url: str, management: list[str]) -> None:
    wrong = management[1].replace("://", f"://linli:{SECRET}@")
    result = await linli(*STATUS, amqp_url, "--management", wrong)
    assert "refuses the login" in result.stderr
