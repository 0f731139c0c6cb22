"""The relay is killed at the worst moments, or kept waiting: what is committed is published, in order, and no more."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import monotonic
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from linli.messaging.relay import RELAY_LOCK
from linli.testing.service import ServiceProcess
from linli.testing.waiting import eventually

from .conftest import Recorded
from .counting import Listener, Verdict, gaps
from .database import NOTED, column, connected, drained, execute, note, number, transaction
from .load import LITTER
from .suite import Suite, listening, suite_on

REPORTED = "linli.issue.reported.v1"
REPORTS = 20
CASES = 20
TAKES_OVER_S = 20.0
REFUSE_COMMIT = """
create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$;
create constraint trigger refuse after insert on issues deferrable initially deferred
    for each row execute function refuse();
"""
ALLOW_COMMIT = "drop trigger refuse on issues; drop function refuse"
DELETING = """
select pid from pg_stat_activity
where datname = current_database() and wait_event_type = 'Lock' and query ilike 'delete from outbox%'
"""

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_relay")]


@pytest.fixture(scope="module")
def suite(vhost: str, postgres_url: str) -> Iterator[Suite]:
    with suite_on(vhost, postgres_url, "intake", "routing") as running:
        yield running


@pytest.fixture(scope="module")
async def watch(vhost: str) -> AsyncIterator[Listener]:
    async with listening(vhost, "watch.inbox", "#") as listener:
        yield listener


async def test_relay_killed_between_confirm_and_delete_publishes_again_and_no_effect_comes_twice(
    suite: Suite, watch: Listener, recorded: Recorded
) -> None:
    intake, database = suite["intake"], suite.databases["intake"]
    intake.kill()
    async with connected(database) as leading, connected(database) as locking:
        await leading.execute("select pg_advisory_lock($1)", RELAY_LOCK)
        intake.start()
        await asyncio.to_thread(intake.wait_until_ready)
        await suite.load.report(REPORTS)
        async with locking.transaction():
            await locking.execute("select 1 from outbox for update")  # may be read, not deleted
            await leading.execute("select pg_advisory_unlock($1)", RELAY_LOCK)
            await eventually(lambda: column(database, DELETING), "the relay to delete what was confirmed", seconds=30)
            intake.kill()
            # The server would carry the statement out for a client that is gone.
            await locking.execute(f"select pg_terminate_backend(pid) from ({DELETING}) as deleting")
    assert await number(database, "select count(*) from outbox") == REPORTS

    intake.start()
    await asyncio.to_thread(intake.wait_until_ready)
    verdict = await suite.settles()
    recorded("relay killed between confirm and delete", verdict)
    assert not verdict.faults
    assert (await watch.take()).repeated == REPORTS
    assert suite["routing"].metric("linli_consumed_total", outcome="skipped") == REPORTS


async def test_what_is_rolled_back_is_never_published(suite: Suite, watch: Listener, recorded: Recorded) -> None:
    database, undone = suite.databases["intake"], uuid4()
    with pytest.raises(UndoneError):
        await _note_and_undo(database, undone)
    await execute(database, REFUSE_COMMIT)
    async with AsyncClient(base_url=suite["intake"].url, trust_env=False) as client:
        assert (await client.post("/v1/issues", json=LITTER)).status_code == 500
    await execute(database, ALLOW_COMMIT)

    await suite.load.report(5)
    verdict = await suite.settles()
    recorded("rolled back after an outbox insert", verdict)
    assert not verdict.faults
    await watch.take()
    assert watch.aggregates(REPORTED) == dict.fromkeys(suite.load.accepted.values(), 1)
    assert str(undone) not in watch.aggregates(NOTED)


async def test_a_long_transaction_keeps_only_its_own_events_waiting(
    suite: Suite, watch: Listener, recorded: Recorded
) -> None:
    slow = uuid4()
    async with transaction(suite.databases["intake"]) as connection:
        await note(connection, [slow], 1)
        await suite.load.report(REPORTS)
        verdict = await suite.settles()
        await watch.take()
        assert watch.aggregates(REPORTED) == dict.fromkeys(suite.load.accepted.values(), 1)
        assert str(slow) not in watch.aggregates(NOTED)
    await eventually(lambda: drained(suite.databases["intake"]), "the slow one to leave", seconds=20)

    recorded("a long transaction open", verdict)
    assert not verdict.faults
    assert str(slow) in (await watch.take()).aggregates(NOTED)


@pytest.mark.parametrize("kills", [1, pytest.param(8, marks=pytest.mark.long)])
async def test_a_second_relay_takes_over_from_a_killed_one_and_order_holds(
    amqp_url: str, postgres_url: str, recorded: Recorded, kills: int
) -> None:
    cases = [uuid4() for _ in range(CASES)]
    with suite_on(amqp_url, postgres_url, "routing") as suite, suite.another("routing") as second:
        database, relays = suite.databases["routing"], [suite["routing"], second]
        async with listening(amqp_url, "watch.inbox", "#") as watch:
            async with moving(database, cases) as versions:
                took = [await take_over(relays) for _ in range(kills)]
            await eventually(lambda: drained(database), "everything to leave", seconds=60)
            await watch.take()
    lost = sum(versions[0] - len(watch.sequences().get(("/linli/routing", str(case)), [])) for case in cases)
    events = CASES * versions[0]
    recorded(f"leading relay of two killed, {kills} times", Verdict(events, {}, lost, 0, watch.repeated, max(took)))
    assert len(watch.events) == events
    assert not gaps(watch)
    assert max(took) < TAKES_OVER_S


class UndoneError(Exception):
    pass


async def _note_and_undo(database: str, case: UUID) -> None:
    async with transaction(database) as connection:
        await note(connection, [case], 1)
        raise UndoneError


@asynccontextmanager
async def moving(database: str, cases: list[UUID]) -> AsyncIterator[list[int]]:
    """Record one event after another of each case until the block ends; yields how many, in a list of one."""
    ended, versions = asyncio.Event(), [0]

    async def move() -> None:
        while not ended.is_set():
            async with transaction(database) as connection:
                await note(connection, cases, versions[0] + 1)
            versions[0] += 1

    moves = asyncio.create_task(move())
    try:
        yield versions
    finally:
        ended.set()
        await moves


async def take_over(relays: list[ServiceProcess]) -> float:
    """Kill the relay that leads, start it again beside the other, and return how long nobody published, in seconds."""
    before = [published(relay) for relay in relays]
    await eventually(lambda: _any_more(relays, before), "one of them to lead", seconds=20)
    [leader] = [relay for relay, former in zip(relays, before, strict=True) if published(relay) > former]
    [other] = [relay for relay in relays if relay is not leader]
    former, began = published(other), monotonic()
    await asyncio.to_thread(leader.kill)
    await eventually(lambda: _any_more([other], [former]), "the other to take over", seconds=60)
    took = monotonic() - began
    leader.start()
    await asyncio.to_thread(leader.wait_until_ready)
    return took


def published(relay: ServiceProcess) -> float:
    return relay.metric("linli_published_total")


async def _any_more(relays: list[ServiceProcess], before: list[float]) -> bool:
    return any(published(relay) > former for relay, former in zip(relays, before, strict=True))
