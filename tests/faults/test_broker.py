"""The broker dies, freezes or runs out of memory under load: the API accepts, and everything arrives in the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest

from linli.messaging.transport import PUBLISH_TIMEOUT_S
from linli.testing.rabbitmq import Broker
from linli.testing.waiting import eventually

from .conftest import Recorded
from .counting import Listener, Verdict
from .database import NOTED, column, drained, note, number, transaction
from .suite import Suite, listening, suite_on

BACKLOG = 3000
PER_S = 5
# Longer than a publish waits for its confirm; the long one also outlasts three heartbeats.
SHORT_S, LONG_S = PUBLISH_TIMEOUT_S + 2, 45.0
WATERMARKS = {"3": "0.4", "4": "0.6"}
ANSWERS_S = 8.0

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_broker")]

Fault = Callable[[Broker], AbstractAsyncContextManager[None]]


@pytest.fixture(scope="module")
def suite(own_broker: Broker, postgres_url: str) -> Iterator[Suite]:
    with suite_on(own_broker.new_vhost(), postgres_url) as running:
        yield running


@pytest.fixture(scope="module")
async def department(suite: Suite) -> AsyncIterator[Listener]:
    async with listening(suite.amqp_url, "dept.urban-management.inbox") as listener:
        yield listener


@asynccontextmanager
async def killed(broker: Broker) -> AsyncIterator[None]:
    await asyncio.to_thread(broker.kill)
    try:
        yield
    finally:
        await asyncio.to_thread(broker.restart)


@asynccontextmanager
async def frozen(broker: Broker) -> AsyncIterator[None]:
    await asyncio.to_thread(broker.freeze)
    try:
        yield
    finally:
        await asyncio.to_thread(broker.thaw)


@asynccontextmanager
async def out_of_memory(broker: Broker) -> AsyncIterator[None]:
    former = WATERMARKS[broker.version[0]]
    await asyncio.to_thread(broker.control, "set_vm_memory_high_watermark", "0")
    try:
        yield
    finally:
        await asyncio.to_thread(broker.control, "set_vm_memory_high_watermark", former)


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        pytest.param(killed, 3.0, id="killed"),
        pytest.param(frozen, SHORT_S, id="frozen"),
        pytest.param(out_of_memory, SHORT_S, id="out-of-memory"),
        pytest.param(frozen, LONG_S, id="frozen-long", marks=pytest.mark.long),
        pytest.param(out_of_memory, LONG_S, id="out-of-memory-long", marks=pytest.mark.long),
    ],
)
async def test_reports_are_accepted_while_the_broker_is_away_and_take_effect_once_when_it_is_back(
    own_broker: Broker, suite: Suite, department: Listener, recorded: Recorded, fault: Fault, seconds: float
) -> None:
    suite.load.forget_answers()
    await suite.load.report(20)
    async with suite.load.goes_on(per_s=PER_S), fault(own_broker):
        await suite.load.report(int(seconds * PER_S), per_s=PER_S)
        health = await asyncio.to_thread(suite["intake"].client.get, "/readyz", timeout=ANSWERS_S)
        assert health.status_code in {200, 503}
    verdict = await suite.settles(department)

    recorded(f"broker {fault.__name__.replace('_', ' ')} for {seconds:g} s under load", verdict)
    assert set(suite.load.answers) == {201}
    assert suite.load.slowest_s < ANSWERS_S
    assert not verdict.faults


async def test_what_was_confirmed_before_the_broker_died_is_delivered_and_the_rest_follows_by_itself(
    own_broker: Broker, postgres_url: str, recorded: Recorded
) -> None:
    cases = [uuid4() for _ in range(BACKLOG)]
    bus = own_broker.new_vhost()
    with suite_on(bus, postgres_url, "routing") as suite:
        relay, database = suite["routing"], suite.databases["routing"]
        async with listening(bus, "watch.inbox", "#") as watch:
            async with transaction(database) as connection:
                await note(connection, cases, 1)
            await eventually(lambda: _some_left(database), "the relay to be in the midst of it", seconds=30)
            await asyncio.to_thread(own_broker.kill)
            relay.kill()  # it must not send again what is counted here
            waiting = set(await column(database, "select aggregate_id from outbox"))
            confirmed = {str(case) for case in cases} - waiting
            assert confirmed
            assert waiting

            await asyncio.to_thread(own_broker.restart)

            async def all_delivered() -> bool:
                return confirmed <= {event["partitionkey"] for event in (await watch.take()).events}

            # A queue that comes back counts nothing at first.
            await eventually(all_delivered, "all that was confirmed to be delivered", seconds=30)

            relay.start()
            await eventually(lambda: drained(database), "the rest to leave", seconds=60)
            came = (await watch.take()).aggregates(NOTED)
    lost, doubled = len(cases) - len(came), sum(times > 1 for times in came.values())
    recorded("broker killed amid a backlog", Verdict(BACKLOG, {}, lost, doubled, watch.repeated, 0))
    assert came == dict.fromkeys(map(str, cases), 1)


async def _some_left(database: str) -> bool:
    return 0 < await number(database, "select count(*) from outbox") < BACKLOG
