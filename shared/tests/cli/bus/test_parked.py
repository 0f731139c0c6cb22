"""`linli bus parked`: events that their service cannot publish."""

from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.metrics import MessagingMetrics
from linli.messaging.relay import Relay
from linli.messaging.suite import SERVICES
from linli.messaging.tables import outbox
from linli.messaging.transport import Transport

from .conftest import SECRET, done, eventually, linli, refused

PARKED = ("bus", "parked")


async def keep(engine: AsyncEngine, aggregate: str, *, parked: bool = False, key: str = "case.closed.a.b.c") -> UUID:
    """Put an event into the outbox, parked or waiting."""
    row = {
        "message_id": uuid4(),
        "aggregate_id": aggregate,
        "routing_key": key,
        "headers": {"type": "linli.case.closed.v1"},
        "payload": b"{}",
        "attempts": 5 if parked else 0,
        "last_error": "ValueError: too long" if parked else None,
        "parked_at": func.now() if parked else None,
    }
    async with engine.begin() as connection:
        await connection.execute(insert(outbox).values(row))
    return row["message_id"]  # type: ignore[return-value]


async def rows(engine: AsyncEngine) -> dict[UUID, tuple[bool, int]]:
    async with engine.connect() as connection:
        found = await connection.execute(select(outbox.c.message_id, outbox.c.parked_at, outbox.c.attempts))
        return {row.message_id: (row.parked_at is not None, row.attempts) for row in found}


@pytest.fixture(autouse=True)
def _no_database_of_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in SERVICES:
        monkeypatch.delenv(f"{service.upper()}_DATABASE_URL", raising=False)


@pytest.fixture
def database(engine: AsyncEngine) -> list[str]:
    return ["--database", f"intake={engine.url.render_as_string(hide_password=False)}"]


async def test_parked_events_are_listed_with_what_waits_behind_them(engine: AsyncEngine, database: list[str]) -> None:
    parked = await keep(engine, "issue-1", parked=True)
    for _ in range(3):
        await keep(engine, "issue-1")
    await keep(engine, "issue-2")
    result = await linli(*PARKED, "list", *database)
    [_, line] = result.stdout.splitlines()
    words = line.split()
    assert words[:4] == ["intake", str(parked), "linli.case.closed.v1", "issue-1"]
    assert words[6:] == ["5", "3", "ValueError:", "too", "long"]
    assert "not looked at, because their databases are not known: routing, volunteer, notify" in result.stderr


async def test_a_service_tells_its_database_by_its_own_variable(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    parked = await keep(engine, "need-1", parked=True)
    monkeypatch.setenv("VOLUNTEER_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    assert f"volunteer  {parked}" in await done(*PARKED, "list")


async def test_a_redriven_event_and_those_behind_it_are_published(
    engine: AsyncEngine, database: list[str], rabbit: Transport
) -> None:
    parked, other = await keep(engine, "issue-1", parked=True), await keep(engine, "issue-3", parked=True)
    await keep(engine, "issue-1")
    printed = await done(*PARKED, "redrive", *database, "--id", str(parked))
    assert printed == f"redriven intake {parked} linli.case.closed.v1; later events of issue-1 that follow it: 1\n"
    assert (await rows(engine))[parked] == (False, 0)
    assert (await rows(engine))[other] == (True, 5)
    relay = Relay(engine=engine, transport=rabbit, metrics=MessagingMetrics.in_registry(CollectorRegistry()))

    async def gone() -> bool:
        return list(await rows(engine)) == [other]

    await relay.start()
    await eventually(gone)
    await relay.stop()


async def test_a_discarded_event_is_gone_and_the_later_ones_flow(engine: AsyncEngine, database: list[str]) -> None:
    parked, later = await keep(engine, "issue-1", parked=True), await keep(engine, "issue-1")
    printed = await done(*PARKED, "discard", *database, "--service", "intake", "--yes")
    assert printed == f"discarded intake {parked} linli.case.closed.v1; later events of issue-1 that flow now: 1\n"
    assert list(await rows(engine)) == [later]


@pytest.mark.parametrize("command", ["redrive", "discard"])
async def test_an_event_that_is_not_parked_is_not_touched(
    engine: AsyncEngine, database: list[str], command: str
) -> None:
    waiting = await keep(engine, "issue-1")
    words = [*PARKED, command, *database, "--id", str(waiting), *(["--yes"] if command == "discard" else [])]
    line = await refused(*words, "--service", "intake")
    assert f"no parked event has the id {waiting}" in line
    assert await rows(engine) == {waiting: (False, 0)}


async def test_nothing_is_changed_without_saying_which_and_yes(engine: AsyncEngine, database: list[str]) -> None:
    parked = await keep(engine, "issue-1", parked=True)
    for words in (["redrive"], ["discard", "--yes"], ["discard", "--service", "intake"], ["list", "--id", "x"]):
        assert (await linli(*PARKED, *words, *database)).exit_code == 2
    assert await rows(engine) == {parked: (True, 5)}


async def test_what_cannot_be_used_as_a_database_is_told(database_url: str) -> None:
    words = [*PARKED, "list", "--service", "intake", "--database"]
    away = f"postgresql://u:{SECRET}@127.0.0.1:1/x"
    assert "the database of intake: 127.0.0.1:1 does not answer" in await refused(*words, f"intake={away}")
    assert "it is the database of something else" in await refused(*words, f"intake={database_url}")
    assert "must begin with postgresql://" in await refused(*words, f"intake=mysql://u:{SECRET}@h/x")
    assert "must be a URL like" in await refused(*words, f"intake=postgresql://u:p@h:{SECRET}/x")
    assert "127.0.0.1:1 does not answer" in await refused(*words, f"intake=postgresql://u:{SECRET}/@127.0.0.1:1/x")
    assert "no service 'intak'" in await refused(*words, f"intak={away}")
    assert "no service 'nobody'" in await refused(*PARKED, "list", "--service", "nobody")
    assert "set INTAKE_DATABASE_URL" in await refused(*PARKED, "list", "--service", "intake")
    result = await linli(*words, f"postgresql://u:{SECRET}@h/x")
    assert result.exit_code == 2
