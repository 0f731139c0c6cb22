"""Departments that are away, full, overcurious or behind: the others notice nothing, and get everything."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from statistics import median
from time import monotonic
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika
import pytest
from aiormq.exceptions import ChannelAccessRefused

from linli.messaging.message import Message
from linli.messaging.provisioning import new_account, open_accounts
from linli.messaging.topology import ARCHIVE, EVENTS, INGRESS
from linli.messaging.transport import Transport
from linli.messaging.upkeep import LOOK_S
from linli.testing.rabbitmq import Broker
from linli.testing.waiting import eventually

from .conftest import Recorded
from .counting import ROUTED, Listener
from .database import drained, number
from .suite import Suite, listening, suite_on

REPORTS = 60
OWN, OTHER = "dept.urban-management.inbox", "dept.housing.inbox"
SEND = 500
LIMIT = 50
ONE_BY_ONE = 11
NOISE_S = 1.0
"""What a machine that does other things too may add; a queue that stood in the way would add much more."""

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_departments")]


@pytest.fixture(scope="module")
def suite(vhost: str, postgres_url: str) -> Iterator[Suite]:
    with suite_on(vhost, postgres_url) as running:
        yield running


@pytest.fixture(scope="module")
async def department(vhost: str) -> AsyncIterator[Listener]:
    async with listening(vhost, OWN) as listener:
        yield listener


@pytest.mark.parametrize("waiting", [2_000, pytest.param(100_000, marks=pytest.mark.long)])
async def test_a_department_that_is_away_with_much_waiting_delays_and_costs_nobody(
    suite: Suite, bus: Transport, department: Listener, recorded: Recorded, waiting: int
) -> None:
    alone = await _usual_delay_s(suite, department)
    async with listening(suite.amqp_url, f"dept.away-{waiting}.inbox", "case.#", "dispatch.#") as away:
        for _ in range(waiting // SEND):
            errors = await bus.send(away.queue, [Message(str(uuid4()), "a.b", b"{}") for _ in range(SEND)])
            assert errors == [None] * SEND
        beside = await _usual_delay_s(suite, department)
        await suite.load.report(REPORTS)
        verdict = await suite.settles(department)
        recorded(f"a department away with {waiting} waiting", verdict)
        assert not verdict.faults
        assert beside < 3 * alone + NOISE_S
        its_own = 2 * (ONE_BY_ONE + REPORTS)
        await eventually(lambda: _waits(away, waiting + its_own), "its own to wait for it", seconds=30)


async def test_a_full_queue_refuses_and_every_event_stays_in_the_outbox_until_there_is_room(
    broker: Broker, suite: Suite, department: Listener, recorded: Recorded
) -> None:
    policy = f"/api/policies{urlsplit(suite.amqp_url).path}/full"
    limit = {"pattern": f"^{OWN}$", "definition": {"max-length": LIMIT}, "apply-to": "queues"}
    database = suite.databases["routing"]
    with broker.management() as api:
        api.put(policy, json=limit).raise_for_status()
        await suite.load.report(REPORTS)
        await eventually(lambda: _refused(suite), "a refusal to be counted", seconds=30)
        await eventually(lambda: _backlog(suite), "the backlog to be told", seconds=LOOK_S + 10)
        assert await number(database, "select count(*) from outbox where attempts > 0")
        # The department reads again; the limit stays.
        await eventually(lambda: _drained_by(department, database), "the rest to arrive", seconds=60)
        verdict = await suite.settles(department)
        api.delete(policy).raise_for_status()
    recorded("a queue at its limit", verdict)
    assert suite["routing"].metric("linli_outbox_parked") == 0
    assert not verdict.faults


async def test_a_replay_amid_live_traffic_has_no_effect_twice_and_reaches_nobody_else(
    suite: Suite, bus: Transport, department: Listener, recorded: Recorded
) -> None:
    await suite.load.report(REPORTS)
    await suite.settles(department)
    async with listening(suite.amqp_url, "replay-watch.inbox", "#") as watch:
        former, seen = len(department.messages), len(suite.load.accepted)
        async with suite.load.goes_on(per_s=10):
            archived = [one for one in await archive(suite.amqp_url, seen) if one.routing_key.startswith("issue.")]
            for queue in ("routing.inbox", "notify.inbox"):
                for start in range(0, len(archived), SEND):
                    errors = await bus.send(queue, archived[start : start + SEND])
                    assert not any(errors)
            await suite.load.report(REPORTS)
        verdict = await suite.settles(department)
        recorded(f"{len(archived)} events replayed amid live traffic", verdict)
        assert len(archived) >= seen
        assert not verdict.faults
        new = len(suite.load.accepted) - seen
        assert len(department.messages) == former + 2 * new
        assert (await watch.take()).repeated == 0
        assert watch.aggregates(ROUTED).keys() == set(list(suite.load.accepted.values())[seen:])


async def test_a_department_reads_its_own_queue_and_nothing_else(broker: Broker, suite: Suite) -> None:
    url = await account(broker, suite.amqp_url, "urban-management")
    issues = await suite.load.report(1)
    await suite.settles()
    async with listening(url, OWN) as own:
        assert issues[0] in (await own.take()).aggregates(ROUTED)
    for refused in (_bind_everything, _bind_other, _read_other, _read_archive, _declare, _publish):
        async with await aio_pika.connect(url) as connection:
            with pytest.raises(ChannelAccessRefused):
                await refused(await connection.channel())


async def _bind_everything(channel: aio_pika.abc.AbstractChannel) -> None:
    await (await channel.get_queue(OWN, ensure=False)).bind(EVENTS, "#", timeout=5)


async def _bind_other(channel: aio_pika.abc.AbstractChannel) -> None:
    await (await channel.get_queue(OTHER, ensure=False)).bind(EVENTS, "case.#", timeout=5)


async def _read_other(channel: aio_pika.abc.AbstractChannel) -> None:
    await (await channel.get_queue(OTHER, ensure=False)).consume(_ignore, timeout=5)


async def _read_archive(channel: aio_pika.abc.AbstractChannel) -> None:
    await channel.set_qos(1)
    await (await channel.get_queue(ARCHIVE, ensure=False)).consume(_ignore, timeout=5)


async def _declare(channel: aio_pika.abc.AbstractChannel) -> None:
    await channel.declare_queue("dept.urban-management.second", durable=True, timeout=5)


async def _publish(channel: aio_pika.abc.AbstractChannel) -> None:
    exchange = await channel.get_exchange(INGRESS, ensure=False)
    await exchange.publish(aio_pika.Message(b"{}"), "case.routed.a.b", timeout=5)


async def _ignore(_: aio_pika.abc.AbstractIncomingMessage) -> None:
    pass


async def account(broker: Broker, vhost: str, department: str) -> str:
    """Make a department's account, and return its URL of the bus."""
    made, address = new_account(department), urlsplit(vhost)
    async with open_accounts(vhost, management_url=broker.management_url) as accounts:
        await accounts.make(made)
    return address._replace(netloc=f"{made.username}:{made.password}@{address.hostname}:{address.port}").geturl()


async def archive(url: str, least: int) -> list[Message]:
    """Read the archive from its beginning: what is there, and at least so many events."""
    messages: list[Message] = []
    enough = asyncio.Event()

    async def keep(one: aio_pika.abc.AbstractIncomingMessage) -> None:
        messages.append(Message(one.message_id or "", one.routing_key or "", one.body))
        await one.ack()
        if sum(message.routing_key.startswith("issue.") for message in messages) >= least:
            enough.set()

    async with await aio_pika.connect(url) as connection, asyncio.timeout(60):
        channel = await connection.channel()
        await channel.set_qos(SEND)
        await (await channel.get_queue(ARCHIVE)).consume(keep, arguments={"x-stream-offset": "first"})
        await enough.wait()
    return messages


async def _usual_delay_s(suite: Suite, department: Listener) -> float:
    """Return the median time from a report to its case in a department's queue, in seconds."""
    delays = []
    for _ in range(ONE_BY_ONE):
        began = monotonic()
        [issue] = await suite.load.report(1)
        await eventually(partial(_has, department, issue), "the department to have it", seconds=30)
        delays.append(monotonic() - began)
    return median(delays)


async def _has(department: Listener, issue: str) -> bool:
    return issue in (await department.take()).aggregates(ROUTED)


async def _drained_by(department: Listener, database: str) -> bool:
    await department.take()
    return await drained(database)


async def _waits(listener: Listener, messages: int) -> bool:
    return await listener.depth() == messages


async def _refused(suite: Suite) -> bool:
    return suite["routing"].metric("linli_publish_failures_total", reason="PublishRefusedError") > 0


async def _backlog(suite: Suite) -> bool:
    return suite["routing"].metric("linli_outbox_events") > 0
