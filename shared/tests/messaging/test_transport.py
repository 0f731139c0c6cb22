"""What every transport promises, run against RabbitMQ and against the embedded one."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from linli.messaging.message import (
    COPY_HEADER,
    DEAD_QUEUE_HEADER,
    DEAD_REASON_HEADER,
    Delivery,
    Message,
    PublishRefusedError,
    TransportError,
)
from linli.messaging.topology import (
    ARCHIVE,
    CORE,
    EVENTS,
    LEDGER_DEAD,
    LEDGER_TOPOLOGY,
    UNROUTED,
    Binding,
    Queue,
    Topology,
    department_topology,
    inbox_topology,
)
from linli.messaging.transport import Transport

from .builders import message, text

INBOX = "housing.inbox"


async def declare(transport: Transport, *patterns: str) -> None:
    await transport.declare(CORE)
    await transport.declare(inbox_topology(INBOX, patterns))


def message_to(key: str) -> Message:
    return replace(message(), routing_key=key)


async def receive(transport: Transport, count: int, queue: str = INBOX) -> list[str]:
    keys: list[str] = []
    async with asyncio.timeout(20), transport.consume(queue, prefetch=200) as subscription:
        while len(keys) < count:
            batch = await subscription.next_batch(100)
            keys += [one.message.routing_key for one in batch]
            await subscription.ack(batch)
    return keys


@pytest.mark.parametrize(
    ("pattern", "key", "heard"),
    [
        ("case.*.facility.#", "case.routed.facility.roof-leak.top.one", True),
        ("case.*.facility.#", "case.routed.safety.fire-lane.top.one", False),
        ("case.routed.*.*.#", "case.routed.facility.roof-leak.top", True),
        ("case.routed.*.*.top.#", "case.routed.facility.roof-leak.top", True),
        ("case.routed.*.*.top.one", "case.routed.facility.roof-leak.top.one.b3", False),
        ("#", "case.closed.facility.lamp.top", True),
        ("*.*.facility.#.b3", "case.closed.facility.lamp.top.one.b3", True),
        ("*.*.facility.#.b3", "case.closed.facility.lamp.top.one.b33", False),
        ("case", "case.closed", False),
    ],
)
async def test_a_queue_hears_what_its_pattern_matches(
    transport: Transport, pattern: str, key: str, *, heard: bool
) -> None:
    await declare(transport, pattern)
    assert await transport.publish([text(key)]) == [None]
    assert await transport.depth(INBOX) == int(heard)
    assert await transport.depth(UNROUTED) == int(not heard)


async def test_a_message_is_delivered_once_to_a_queue_with_two_matching_patterns(transport: Transport) -> None:
    await declare(transport, "case.#", "#.one")
    await transport.publish([text("case.routed.one")])
    assert await transport.depth(INBOX) == 1


async def test_a_message_with_further_keys_reaches_each_queue_once(transport: Transport) -> None:
    await declare(transport, "case.#", "addressed.water.#")
    await transport.declare(inbox_topology("fire.inbox", ["addressed.fire.#"]))
    addressed = Message(
        str(uuid4()), "case.x", b"{}", {COPY_HEADER: ["addressed.water.case.x", "addressed.fire.case.x"]}
    )
    elsewhere = Message(str(uuid4()), "b.c", b"{}", {COPY_HEADER: ["addressed.fire.b.c"]})
    nowhere = Message(str(uuid4()), "b.c", b"{}", {COPY_HEADER: ["addressed.market.b.c"]})
    assert await transport.publish([addressed, elsewhere, nowhere]) == [None, None, None]
    depths = [await transport.depth(queue) for queue in (INBOX, "fire.inbox", UNROUTED)]
    assert depths == [1, 2, 1]


async def test_body_headers_and_id_arrive_unchanged(transport: Transport) -> None:
    await declare(transport, "#")
    sent = text("case.routed.x", body='{"字": "诉求"}'.encode())
    await transport.publish([sent])
    async with transport.consume(INBOX, prefetch=1) as subscription:
        [delivery] = await subscription.next_batch(10)
    assert (delivery.message.id, delivery.message.body) == (sent.id, sent.body)


async def test_messages_arrive_in_the_order_in_which_they_were_published(transport: Transport) -> None:
    await declare(transport, "#")
    sent = [text(f"case.routed.k{number}") for number in range(300)]
    for one in sent:
        assert await transport.publish([one]) == [None]
    assert await receive(transport, 300) == [one.routing_key for one in sent]


async def test_no_more_than_the_prefetch_is_handed_out_unsettled(transport: Transport) -> None:
    await declare(transport, "#")
    await transport.publish([text("a.b") for _ in range(10)])
    async with transport.consume(INBOX, prefetch=4) as subscription:
        held: list[Delivery] = []
        while len(held) < 4:
            held += await subscription.next_batch(100)
        assert len(held) == 4
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await subscription.next_batch(100)
        await subscription.ack(held)
        async with asyncio.timeout(10):
            assert await subscription.next_batch(100)


async def test_an_unsettled_message_comes_back_when_its_consumer_goes(transport: Transport) -> None:
    await declare(transport, "#")
    await transport.publish([text("a.first"), text("a.second")])
    async with transport.consume(INBOX, prefetch=10) as subscription:
        await subscription.next_batch(1)
    assert sorted(await receive(transport, 2)) == ["a.first", "a.second"]


async def test_an_acknowledged_message_does_not_come_back(
    transport: Transport, open_transport: Callable[[], Transport]
) -> None:
    await declare(transport, "#")
    await transport.publish([text("a.b")])
    await receive(transport, 1)
    another = open_transport()
    assert await another.depth(INBOX) == 0
    await another.close()


async def test_a_message_given_back_is_delivered_again_and_says_so(transport: Transport) -> None:
    await declare(transport, "#")
    await transport.publish([text("a.b")])
    async with asyncio.timeout(20), transport.consume(INBOX, prefetch=10) as subscription:
        [first] = await subscription.next_batch(1)
        await subscription.nack([first])
        [second] = await subscription.next_batch(1)
        await subscription.ack([second])
    assert (first.redelivered, second.redelivered) == (False, True)
    assert first.message.id == second.message.id


async def test_a_rejected_message_goes_to_the_dead_letters(transport: Transport) -> None:
    await declare(transport, "#")
    await transport.publish([text("a.b")])
    async with transport.consume(INBOX, prefetch=10) as subscription:
        await subscription.reject(await subscription.next_batch(1))
        assert await receive(transport, 1, f"{INBOX}.dead")


async def test_a_dead_letter_of_a_department_is_told_to_the_ledger_and_of_a_service_is_not(
    transport: Transport,
) -> None:
    department = "dept.water.works"
    await declare(transport, "case.#")
    await transport.declare(LEDGER_TOPOLOGY)
    await transport.declare(department_topology("water", ["case.#"], "works"))
    sent = text("case.x")
    await transport.publish([sent])
    for queue in (INBOX, department):
        async with transport.consume(queue, prefetch=10) as subscription:
            await subscription.reject(await subscription.next_batch(1))
            assert len(await receive(transport, 1, f"{queue}.dead")) == 1
    async with asyncio.timeout(20), transport.consume(LEDGER_DEAD, prefetch=10) as subscription:
        [told] = await subscription.next_batch(10)
    noted = {name: told.message.headers[name] for name in (DEAD_QUEUE_HEADER, DEAD_REASON_HEADER)}
    assert (told.message.id, told.message.body) == (sent.id, sent.body)
    assert noted == {DEAD_QUEUE_HEADER: department, DEAD_REASON_HEADER: "rejected"}


async def test_a_queue_keeps_its_messages_while_nobody_reads_and_the_publisher_is_gone(
    open_transport: Callable[[], Transport],
) -> None:
    first = open_transport()
    await declare(first, "#")
    await first.publish([text("a.b")])
    await first.close()
    second = open_transport()
    assert await receive(second, 1) == ["a.b"]
    await second.close()


async def test_a_second_consumer_waits_while_the_first_reads_and_takes_over_when_it_goes(
    transport: Transport, open_transport: Callable[[], Transport]
) -> None:
    await declare(transport, "#")
    other = open_transport()
    async with transport.consume(INBOX, prefetch=10) as first, other.consume(INBOX, prefetch=10) as second:
        await transport.publish([text("a.one")])
        await first.ack(await first.next_batch(1))
        waiting = asyncio.create_task(second.next_batch(1))
        await transport.publish([text("a.two")])
        await first.ack(await first.next_batch(1))
        assert not waiting.done()
        waiting.cancel()
    await transport.publish([text("a.three")])
    assert await receive(other, 1) == ["a.three"]
    await other.close()


async def test_what_a_leaving_consumer_had_in_hand_comes_first_to_the_next(
    transport: Transport, open_transport: Callable[[], Transport]
) -> None:
    await declare(transport, "#")
    sent = [message_to(f"case.routed.k{number}") for number in range(60)]
    await transport.publish(sent)
    other = open_transport()
    async with AsyncExitStack() as later:
        async with transport.consume(INBOX, prefetch=20) as first:
            in_hand: list[Delivery] = []
            while len(in_hand) < 20:
                in_hand += await first.next_batch(20)
            await first.ack(in_hand[:5])
            second = await later.enter_async_context(other.consume(INBOX, prefetch=20))
        keys: list[str] = []
        async with asyncio.timeout(20):
            while len(keys) < 55:
                batch = await second.next_batch(20)
                keys += [one.message.routing_key for one in batch]
                await second.ack(batch)
    await other.close()
    assert keys == [one.routing_key for one in sent[5:]]


async def test_an_expired_message_moves_to_the_queue_that_its_own_names(transport: Transport) -> None:
    await declare(transport, "never.heard")
    waiting = Queue("waiting", dead_letter_to=INBOX, ttl_s=1)
    await transport.declare(Topology(queues=(waiting,)))
    assert await transport.send("waiting", [text("case.routed.x")]) == [None]
    assert await transport.depth(INBOX) == 0
    async with asyncio.timeout(20), transport.consume(INBOX, prefetch=1) as subscription:
        assert await subscription.next_batch(1)


async def test_everything_published_is_archived(transport: Transport) -> None:
    await declare(transport, "case.#")
    await transport.publish([text("case.routed.x"), text("nobody.hears")])
    deadline = asyncio.get_running_loop().time() + 10
    while await transport.depth(ARCHIVE) < 2:
        assert asyncio.get_running_loop().time() < deadline


async def archived(transport: Transport, since: datetime | None = None) -> list[str]:
    return [one.routing_key async for batch in transport.archived(since=since) for one in batch]


async def test_the_archive_is_read_in_order_to_its_end_as_often_as_wanted(transport: Transport) -> None:
    await declare(transport)
    assert await archived(transport) == []
    keys = [f"case.routed.x.y.n{number}" for number in range(1200)]
    assert set(await transport.publish([message_to(key) for key in keys])) == {None}
    assert await archived(transport) == keys
    assert await archived(transport) == keys


async def test_the_archive_is_read_from_a_moment_on(transport: Transport) -> None:
    await declare(transport)
    await transport.publish([message_to("case.routed.old")])
    assert await archived(transport, datetime.now(UTC) - timedelta(hours=1)) == ["case.routed.old"]
    assert await archived(transport, datetime.now(UTC) + timedelta(hours=1)) == []


async def test_reading_an_archive_that_does_not_exist_fails(transport: Transport) -> None:
    with pytest.raises(TransportError):
        await archived(transport)


async def test_a_queue_exists_once_it_is_declared(transport: Transport) -> None:
    assert not await transport.exists(INBOX)
    await declare(transport)
    assert await transport.exists(INBOX)


async def test_sending_to_a_queue_that_does_not_exist_is_refused(transport: Transport) -> None:
    await transport.declare(CORE)
    [error] = await transport.send("no-such-queue", [text("a.b")])
    assert isinstance(error, PublishRefusedError)


async def test_consuming_a_queue_that_does_not_exist_fails_at_once(transport: Transport) -> None:
    await transport.declare(CORE)
    with pytest.raises(TransportError):
        async with transport.consume("no-such-queue", prefetch=1):
            pass


async def test_an_unbound_queue_hears_nothing_more_and_the_rest_is_left_alone(transport: Transport) -> None:
    await declare(transport, "case.#", "need.#")
    await transport.unbind([Binding(EVENTS, INBOX, "case.#"), Binding(EVENTS, INBOX, "never.bound")])
    await transport.publish([text("case.routed.x"), text("need.opened.x")])
    assert await receive(transport, 1) == ["need.opened.x"]
    assert await transport.depth(INBOX) == 0


async def test_declaring_twice_changes_nothing(transport: Transport) -> None:
    await declare(transport, "#")
    await transport.publish([text("a.b")])
    await declare(transport, "#")
    assert await transport.depth(INBOX) == 1


async def test_a_finished_subscription_hands_out_nothing_more(transport: Transport) -> None:
    await declare(transport, "#")
    async with transport.consume(INBOX, prefetch=10) as subscription:
        waiting = asyncio.create_task(subscription.next_batch(1))
        await asyncio.sleep(0)
        subscription.finish()
        async with asyncio.timeout(5):
            assert await waiting == []


async def test_a_transport_that_is_there_is_ready(transport: Transport) -> None:
    assert await transport.ready()
