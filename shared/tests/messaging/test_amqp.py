"""Where clients of RabbitMQ are known to lose messages or hang: none of it happens here."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import aio_pika
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import CaseAccepted, Event
from linli.messaging import amqp, amqp_connection
from linli.messaging.amqp import AmqpTransport
from linli.messaging.amqp_declaring import arguments_of
from linli.messaging.amqp_subscription import SETTLE_TIMEOUT_S
from linli.messaging.consumer import Consumer
from linli.messaging.message import Delivery, PublishRefusedError, TransportError
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox import record
from linli.messaging.relay import Relay
from linli.messaging.tables import outbox
from linli.messaging.topology import CORE, Queue, dead_queue, inbox_topology, pattern_for
from linli.testing.proxy import Proxy, tcp_proxy
from linli.testing.rabbitmq import Broker

from .builders import AT, accepted, message, text
from .conftest import eventually, running
from .test_relay import drained

INBOX = "housing.inbox"


@pytest.fixture
async def proxy(amqp_url: str) -> AsyncIterator[Proxy]:
    address = urlsplit(amqp_url)
    async with tcp_proxy(address.hostname or "", address.port or 5672) as made:
        yield made


@pytest.fixture
async def through(amqp_url: str, proxy: Proxy) -> AsyncIterator[AmqpTransport]:
    """The transport under test, behind the proxy."""
    parts = urlsplit(amqp_url)
    account = parts.netloc.rpartition("@")[0]
    made = AmqpTransport(urlunsplit(parts._replace(netloc=f"{account}@127.0.0.1:{proxy.port}")))
    yield made
    await made.close()


@pytest.fixture
async def direct(amqp_url: str) -> AsyncIterator[AmqpTransport]:
    """The broker as it is."""
    made = AmqpTransport(amqp_url)
    await made.declare(CORE)
    await made.declare(inbox_topology(INBOX, ["#"]))
    yield made
    await made.close()


async def test_two_publishes_of_one_id_each_get_their_own_answer(direct: AmqpTransport) -> None:
    one = message()
    answers = await asyncio.gather(
        *(direct.send(queue, [one]) for queue in (INBOX, "nowhere", INBOX, "nowhere") for _ in range(10))
    )
    assert [isinstance(error, PublishRefusedError) for [error] in answers] == ([False] * 10 + [True] * 10) * 2


async def test_one_id_twice_in_a_batch_gets_an_answer_each(direct: AmqpTransport) -> None:
    one, other = message(), message()
    assert await direct.publish([one, other, one]) == [None, None, None]
    refused = await direct.send("nowhere", [one, one, other])
    assert [isinstance(error, PublishRefusedError) for error in refused] == [True, True, True]
    assert await direct.depth(INBOX) == 3


async def test_publishing_to_an_exchange_that_is_not_there_fails_and_works_once_it_is(amqp_url: str) -> None:
    transport = AmqpTransport(amqp_url)
    errors = await transport.publish([message() for _ in range(5)])
    assert all(isinstance(error, TransportError) for error in errors)
    await transport.declare(CORE)
    await transport.declare(inbox_topology(INBOX, ["#"]))
    assert await transport.publish([message()]) == [None]
    await transport.close()


async def test_a_queue_that_dies_under_a_consumer_does_not_touch_the_publisher(direct: AmqpTransport) -> None:
    with pytest.raises(TransportError):
        async with direct.consume("no-such-queue", prefetch=1):
            pass
    assert await direct.publish([message()]) == [None]


@pytest.mark.parametrize("fault", ["freeze", "silence"])
async def test_a_publish_that_is_never_answered_ends_in_time_and_the_next_one_works(
    direct: AmqpTransport, through: AmqpTransport, proxy: Proxy, fault: str
) -> None:
    assert await through.publish([message()]) == [None]
    getattr(proxy, fault)()
    async with asyncio.timeout(10):
        [error] = await through.publish([message()], timeout_s=0.5)
    assert isinstance(error, TransportError)
    proxy.mend()
    assert await through.publish([message()]) == [None]
    assert await direct.depth(INBOX) >= 2


async def test_a_broker_that_freezes_until_its_heartbeats_are_missed_is_lost_and_cancels_nobody(
    direct: AmqpTransport, through: AmqpTransport, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amqp_connection, "HEARTBEAT_S", 1)
    assert await through.publish([message()]) == [None]
    proxy.freeze()
    async with asyncio.timeout(30):
        [error] = await through.publish([message()], timeout_s=60)
    assert isinstance(error, TransportError)
    proxy.mend()
    assert await through.publish([message()]) == [None]
    assert await direct.depth(INBOX) >= 2


async def test_a_full_queue_refuses_and_the_event_stays_in_the_outbox_until_there_is_room(
    broker: Broker, amqp_url: str, engine: AsyncEngine, metrics: MessagingMetrics, direct: AmqpTransport
) -> None:
    vhost = urlsplit(amqp_url).path[1:]
    limit = {"pattern": f"^{INBOX}$", "definition": {"max-length": 3}, "apply-to": "queues"}
    with broker.management() as management:
        management.put(f"/api/policies/{vhost}/full", json=limit).raise_for_status()
        await eventually(lambda: _refused(direct))
        async with engine.begin() as connection:
            await record(connection, [accepted()], version=1, at=AT)
        async with running(Relay(engine=engine, transport=direct, metrics=metrics)):
            await eventually(lambda: _tried(engine))
            assert not await drained(engine)
            async with direct.consume(INBOX, prefetch=100) as department:
                await department.ack(await department.next_batch(100))
                await eventually(lambda: drained(engine))


async def _refused(transport: AmqpTransport) -> bool:
    [error] = await transport.publish([message()])
    return isinstance(error, PublishRefusedError)


async def _tried(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return bool(await connection.scalar(select(outbox.c.attempts)))


async def test_a_cancelled_publisher_is_cancelled_and_not_told_that_the_broker_is_away(
    through: AmqpTransport, proxy: Proxy
) -> None:
    assert await through.ready()
    proxy.freeze()
    publishing = asyncio.create_task(through.publish([message()]))
    await asyncio.sleep(0)
    assert through._publisher._publishing.locked()
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing
    proxy.mend()


async def test_an_ack_on_a_lost_connection_is_an_error_and_the_message_comes_back(
    direct: AmqpTransport, through: AmqpTransport, proxy: Proxy
) -> None:
    await direct.publish([message()])
    async with through.consume(INBOX, prefetch=1) as subscription:
        batch = await subscription.next_batch(1)
        await proxy.cut()
        with pytest.raises(TransportError):
            await subscription.next_batch(1)
        with pytest.raises(TransportError):
            await subscription.ack(batch)
    async with asyncio.timeout(10), through.consume(INBOX, prefetch=1) as again:
        [delivery] = await again.next_batch(1)
    assert delivery.message.id == batch[0].message.id


@pytest.mark.parametrize("settle", ["ack", "nack", "reject"])
async def test_settling_a_batch_on_a_connection_that_dies_meanwhile_ends_in_time(
    direct: AmqpTransport, through: AmqpTransport, proxy: Proxy, settle: str
) -> None:
    many = 3000  # more than aiormq buffers, so that it waits for a connection that writes no more
    await direct.send(INBOX, [message() for _ in range(many)])
    async with through.consume(INBOX, prefetch=many) as subscription:
        batch: list[Delivery] = []
        while len(batch) < many:
            batch += await subscription.next_batch(many)
        cutting = asyncio.create_task(proxy.cut())
        # An answer that stands for all fits the buffer: it is written, and only the next batch tells of the loss.
        with suppress(TransportError) if settle == "ack" else pytest.raises(TransportError):
            async with asyncio.timeout(SETTLE_TIMEOUT_S + 5):
                await getattr(subscription, settle)(batch)
        await cutting
        with pytest.raises(TransportError):
            async with asyncio.timeout(10):
                await subscription.next_batch(1)


async def test_readiness_answers_in_time_when_the_broker_does_not(through: AmqpTransport, proxy: Proxy) -> None:
    proxy.freeze()
    async with asyncio.timeout(amqp.READY_TIMEOUT_S + 2):
        assert not await through.ready()
    proxy.mend()
    await eventually(through.ready)


def test_connections_that_failed_or_would_not_close_leave_nothing_to_a_later_moment(amqp_url: str) -> None:
    async def fail() -> BaseException:
        address = urlsplit(amqp_url)
        async with tcp_proxy(address.hostname or "", address.port or 5672) as proxy:
            account = address.netloc.rpartition("@")[0]
            transport = AmqpTransport(urlunsplit(address._replace(netloc=f"{account}@127.0.0.1:{proxy.port}")))
            await transport.declare(CORE)
            proxy.freeze()
            await transport.close()
        with pytest.raises(TransportError) as refused:
            await transport.declare(CORE)
        return refused.value  # its traceback keeps the connection until no event loop runs

    def fail_and_forget() -> None:
        loop = asyncio.new_event_loop()
        error: BaseException | None = loop.run_until_complete(fail())
        assert error
        error = None
        gc.collect()
        loop.close()

    with warnings.catch_warnings(record=True) as seen, ThreadPoolExecutor() as without_a_loop:
        warnings.simplefilter("always")
        without_a_loop.submit(fail_and_forget).result()
    assert [said for one in seen if "never awaited" in (said := str(one.message))] == []


async def test_messages_are_persistent(amqp_url: str, direct: AmqpTransport) -> None:
    await direct.send(dead_queue(INBOX), [message()])
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        queue = await (await connection.channel()).get_queue(dead_queue(INBOX))
        incoming = await queue.get()
    assert incoming.delivery_mode == aio_pika.DeliveryMode.PERSISTENT


@pytest.mark.parametrize("queue", [*CORE.queues, *inbox_topology("a", ["#"]).queues], ids=lambda queue: queue.name)
def test_a_queue_replicates_refuses_when_full_and_loses_no_dead_letter(queue: Queue) -> None:
    arguments = arguments_of(queue)
    if queue.kind == "quorum":
        assert (arguments["x-queue-type"], arguments["x-overflow"]) == ("quorum", "reject-publish")
    if queue.dead_letter_to:
        assert arguments["x-dead-letter-strategy"] == "at-least-once"
    nowhere_to_go = queue.kind == "quorum" and queue.dead_letter_to is None
    assert (arguments.get("x-delivery-limit") == 2**31 - 1) is nowhere_to_go


async def test_nothing_is_lost_and_nothing_doubled_while_the_connection_is_cut_again_and_again(
    engine: AsyncEngine, metrics: MessagingMetrics, direct: AmqpTransport, through: AmqpTransport, proxy: Proxy
) -> None:
    seen: list[UUID] = []

    async def note(_: object, __: AsyncConnection, event: Event[CaseAccepted]) -> None:
        seen.append(event.data.case_id)

    consumer = Consumer(
        queue="routing.inbox",
        reactions={CaseAccepted: note},
        context=None,
        engine=engine,
        transport=through,
        metrics=metrics,
        after_commit=lambda: None,
    )
    relay = Relay(engine=engine, transport=through, metrics=metrics)
    await direct.declare(inbox_topology("routing.inbox", [pattern_for(CaseAccepted)]))
    async with running(consumer, relay):
        for _ in range(6):
            async with engine.begin() as connection:
                for _ in range(50):
                    await record(connection, [accepted()], version=1, at=AT)
            relay.wake()
            await proxy.cut()
        await eventually(lambda: drained(engine), within_s=40)
        await eventually(lambda: _has(seen, 300), within_s=40)
    assert len(seen) == len(set(seen)) == 300


async def test_a_deleted_queue_is_declared_again_and_hears_again(
    amqp_url: str, engine: AsyncEngine, metrics: MessagingMetrics, direct: AmqpTransport
) -> None:
    seen: list[UUID] = []

    async def note(_: object, __: AsyncConnection, event: Event[CaseAccepted]) -> None:
        seen.append(event.data.case_id)

    consumer = Consumer(
        queue="routing.inbox",
        reactions={CaseAccepted: note},
        context=None,
        engine=engine,
        transport=direct,
        metrics=metrics,
        after_commit=lambda: None,
    )

    async def hears() -> bool:
        await direct.publish([message()])
        return bool(seen)

    async with running(consumer):
        # Reading, and not only declared: RabbitMQ 3.10 falls over a queue that is deleted while it begins.
        await eventually(hears)
        connection = await aio_pika.connect(amqp_url)
        async with connection:
            await (await connection.channel()).queue_delete("routing.inbox")
        seen.clear()
        await eventually(hears)


async def test_an_unknown_header_value_is_refused_for_that_message_alone(direct: AmqpTransport) -> None:
    bad = message()
    object.__setattr__(bad, "headers", {"x": object()})
    answers = await direct.publish([message(), bad, text("a.b")])
    assert [type(error).__name__ for error in answers] == ["NoneType", "UnpublishableError", "NoneType"]


async def _has(seen: list[UUID], number: int) -> bool:
    return len(seen) >= number
