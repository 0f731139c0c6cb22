"""A consumer is killed at the worst moment, loses its queue, or meets a message that it cannot stand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from linli.contracts import ReturnVisitAnswered, Satisfaction, new_event
from linli.messaging.message import Message, TransportError, message_from
from linli.messaging.retry import ATTEMPT_HEADER, ERROR_HEADER
from linli.messaging.topology import RETRY_TIERS, UNROUTED
from linli.messaging.transport import Transport
from linli.messaging.upkeep import LOOK_S
from linli.testing.proxy import Proxy, tcp_proxy
from linli.testing.rabbitmq import Broker
from linli.testing.waiting import WaitingError, eventually

from .conftest import Recorded
from .counting import ROUTED, Listener
from .database import column, drained
from .suite import Suite, listening, suite_on

REPORTS = 30
ROUNDS = 3
QUEUE = "routing.inbox"

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_consumer")]


@pytest.fixture(scope="module")
async def proxy(vhost: str) -> AsyncIterator[Proxy]:
    address = urlsplit(vhost)
    async with tcp_proxy(address.hostname or "", address.port or 5672) as made:
        yield made


@pytest.fixture(scope="module")
async def suite(vhost: str, proxy: Proxy, postgres_url: str) -> AsyncIterator[Suite]:
    """Intake beside the proxy, routing behind it."""
    address = urlsplit(vhost)
    through = address._replace(netloc=f"{address.netloc.rpartition('@')[0]}@127.0.0.1:{proxy.port}").geturl()
    running = suite_on(vhost, postgres_url, "intake", "routing", through={"routing": through})
    with ExitStack() as stack:
        # In a thread: the proxy works in this loop.
        yield await asyncio.to_thread(stack.enter_context, running)


@pytest.fixture(scope="module")
async def watch(vhost: str) -> AsyncIterator[Listener]:
    async with listening(vhost, "watch.inbox", "#") as listener:
        yield listener


async def test_consumer_killed_between_commit_and_ack_meets_the_events_again_and_does_nothing_twice(
    suite: Suite, proxy: Proxy, watch: Listener, recorded: Recorded
) -> None:
    routing = suite["routing"]
    await _commit_unacknowledged(suite, proxy)
    await asyncio.to_thread(routing.kill)
    await proxy.cut()  # the acknowledgements never come
    proxy.mend()

    routing.start()
    await asyncio.to_thread(routing.wait_until_ready)
    verdict = await suite.settles()
    recorded("consumer killed between commit and ack", verdict)
    assert not verdict.faults
    await eventually(lambda: _skipped(suite, REPORTS), "each event to come again", seconds=20)
    assert (await watch.take()).aggregates(ROUTED) == dict.fromkeys(suite.load.accepted.values(), 1)


async def test_poison_is_put_aside_after_its_tries_its_neighbours_go_on_and_it_takes_effect_when_driven_again(
    broker: Broker, vhost: str, suite: Suite, bus: Transport, recorded: Recorded
) -> None:
    shorten_retries(broker, vhost)
    [issue] = await suite.load.report(1)
    await eventually(lambda: _has_cases(suite, [issue]), "the case", seconds=20)
    garbage = Message(str(uuid4()), "issue.reported.environment.litter.sanchajie", b"{}")
    # Answers for a case that nobody has resolved yet: refused each time.
    assert await bus.publish([early_answer(issue), garbage]) == [None, None]
    await suite.load.report(REPORTS)
    async with listening(vhost, f"{QUEUE}.dead") as dead:
        await eventually(lambda: _waiting(dead, 2), "both to be given up", seconds=30)
        verdict = await suite.settles()
        await dead.take()
    recorded("poison messages among others", verdict)
    assert not verdict.faults
    [answer] = [message for message in dead.messages if message.id != garbage.id]
    assert {message.id for message in dead.messages} == {garbage.id, answer.id}
    assert answer.headers[ATTEMPT_HEADER] == len(RETRY_TIERS)
    assert answer.headers[ERROR_HEADER]

    await suite.act(issue, "accept", "start", "resolve")
    again = {name: value for name, value in answer.headers.items() if name not in {ATTEMPT_HEADER, ERROR_HEADER}}
    assert await bus.send(QUEUE, [replace(answer, headers=again)]) == [None]
    await eventually(lambda: _closed(suite, issue), "the answer to close the case", seconds=20)


async def test_consumer_whose_queue_is_deleted_hears_again(
    broker: Broker, vhost: str, suite: Suite, bus: Transport, recorded: Recorded
) -> None:
    delete_queue(broker, vhost)
    await eventually(lambda: _exists(bus), "the consumer to declare its queue", seconds=20)
    await suite.load.report(REPORTS)
    verdict = await suite.settles()
    recorded("consumer queue deleted while it reads", verdict)
    assert not verdict.faults


async def test_what_is_reported_while_a_consumer_has_no_queue_is_not_lost(
    broker: Broker, amqp_url: str, postgres_url: str, recorded: Recorded
) -> None:
    with suite_on(amqp_url, postgres_url, "intake", "routing") as suite:
        async with listening(amqp_url, "watch.inbox", "#"):  # somebody hears it: no alarm tells of the loss
            await suite.load.report(5)
            await suite.settles()
            suite["routing"].stop()
            delete_queue(broker, amqp_url)
            await suite.load.report(REPORTS)
            await eventually(lambda: drained(suite.databases["intake"]), "the reports to leave", seconds=20)
            suite["routing"].start()
            suite["routing"].wait_until_ready()
            verdict = await suite.settles(within_s=10)
    recorded("consumer queue deleted while it is away", verdict)
    assert not verdict.faults


async def test_what_nobody_listens_to_is_kept_and_raises_an_alarm(
    amqp_url: str, postgres_url: str, recorded: Recorded
) -> None:
    with suite_on(amqp_url, postgres_url, "intake") as suite:
        issues = await suite.load.report(REPORTS)
        verdict = await suite.settles()
        await eventually(lambda: _alarmed(suite, REPORTS), "an alarm", seconds=LOOK_S + 10)
        assert "messages need somebody" in suite["intake"].log()
        async with listening(amqp_url, UNROUTED) as unrouted:
            came = (await unrouted.take()).aggregates("linli.issue.reported.v1")
    recorded("no queue for an event", replace(verdict, lost=len(set(issues) - came.keys())))
    assert came == dict.fromkeys(issues, 1)


def shorten_retries(broker: Broker, vhost: str) -> None:
    """Let failed messages wait for a moment instead of hours; the lower of a policy and an argument holds."""
    policy = {"pattern": rf"^{QUEUE}\.retry\.", "definition": {"message-ttl": 200}, "apply-to": "queues"}
    with broker.management() as api:
        api.put(f"/api/policies{urlsplit(vhost).path}/short", json=policy).raise_for_status()


def delete_queue(broker: Broker, vhost: str) -> None:
    with broker.management() as api:
        api.delete(f"/api/queues{urlsplit(vhost).path}/{QUEUE}").raise_for_status()


def early_answer(issue: str) -> Message:
    data = ReturnVisitAnswered(
        category="environment.litter",
        area="sanchajie/jinpu/lianbang/b3",
        issue_id=UUID(issue),
        contacted=True,
        solved=True,
        satisfaction=Satisfaction.SATISFIED,
    )
    return message_from(new_event(data, id=uuid4(), sequence=2, time=datetime.now(UTC)))


async def _commit_unacknowledged(suite: Suite, proxy: Proxy) -> None:
    """Let cases be committed whose acknowledgements are held back."""
    for _ in range(ROUNDS):
        proxy.muffle()
        issues = await suite.load.report(REPORTS)
        try:
            await eventually(lambda issues=issues: _has_cases(suite, issues), "the cases", seconds=3)  # type: ignore[misc]
        except WaitingError:
            # Where the machine is that slow, the broker misses heartbeats first and takes the events back.
            await proxy.cut()
            proxy.mend()
            await suite.settles()
        else:
            return
    raise WaitingError(f"no cases in {ROUNDS} rounds")


async def _has_cases(suite: Suite, issues: list[str]) -> bool:
    return set(issues) <= set(await column(suite.databases["routing"], "select id::text from cases"))


async def _skipped(suite: Suite, times: int) -> bool:
    return suite["routing"].metric("linli_consumed_total", outcome="skipped") == times


async def _waiting(listener: Listener, messages: int) -> bool:
    return await listener.depth() >= messages


async def _closed(suite: Suite, issue: str) -> bool:
    [state] = await column(suite.databases["routing"], f"select state from cases where id = '{issue}'")
    return bool(state == "closed")


async def _exists(bus: Transport) -> bool:
    try:
        return await bus.depth(QUEUE) >= 0
    except TransportError:
        return False


async def _alarmed(suite: Suite, messages: int) -> bool:
    return suite["intake"].metric("linli_queue_messages", queue=UNROUTED) == messages
