"""`linli bus dead redrive` and `discard`: one place to the other, and nothing else moves."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import CaseClosed, Event
from linli.messaging import amqp_reading, dead_letters
from linli.messaging.connect import open_transport
from linli.messaging.consumer import Consumer
from linli.messaging.message import DEAD_QUEUE_HEADER, REDRIVEN_HEADER, Delivery, Message, message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.retry import ATTEMPT_HEADER, ERROR_HEADER
from linli.messaging.topology import ARCHIVE, EVENTS, LEDGER_DEAD, UNROUTED, Binding, Topology
from linli.messaging.transport import Transport

from .conftest import done, eventually, linli, refused
from .letters import BURIED, DEAD, INBOX, OTHER, accepted, buried, bury, closed, held, ids


async def test_what_a_department_rejected_is_listed_with_what_the_broker_noted(
    amqp_url: str, rabbit: Transport
) -> None:
    event = closed()
    await rabbit.declare(Topology(bindings=(Binding(EVENTS, OTHER, "case.closed.#"),)))
    assert await rabbit.publish([message_from(event)]) == [None]
    async with rabbit.consume(OTHER, prefetch=1) as subscription:
        await subscription.reject(await subscription.next_batch(1))

    async def is_dead() -> bool:
        return await rabbit.depth(f"{OTHER}.dead") == 1

    await eventually(is_dead)
    listed = await done(*DEAD, "list", "--bus", amqp_url, "--queue", OTHER)
    assert f"rejected from {OTHER}" in listed
    await done(*DEAD, "redrive", "--bus", amqp_url, "--id", str(event.id))
    async with rabbit.consume(OTHER, prefetch=1) as subscription:
        [delivery] = await subscription.next_batch(1)
    assert delivery.message.routing_key == event.routing_key
    assert not any(name.startswith("x-death") for name in delivery.message.headers)
    async with asyncio.timeout(20), rabbit.consume(LEDGER_DEAD, prefetch=2) as subscription:
        told = [delivery.message for _ in range(2) for delivery in await subscription.next_batch(1)]
    assert [one.id for one in told] == [str(event.id)] * 2
    assert [(DEAD_QUEUE_HEADER in one.headers, one.headers.get(REDRIVEN_HEADER)) for one in told] == [
        (True, None),
        (False, OTHER),
    ]


async def test_redriven_letters_go_to_their_own_queue_afresh_and_the_rest_stays_in_order(
    bus_url: str, bus: Transport
) -> None:
    events = [closed() if place % 3 else accepted() for place in range(60)]
    await bury(bus, *(buried(event) for event in events))
    chosen = [event for event in events if event.type == "linli.case.closed.v1"]
    printed = await done(*DEAD, "redrive", "--bus", bus_url, "--type", "linli.case.closed.v1")
    assert [line.split()[2] for line in printed.splitlines()] == ids(chosen)
    assert await held(bus_url, BURIED) == ids([event for event in events if event not in chosen])
    assert await bus.depth(OTHER) == 0
    assert await bus.depth(ARCHIVE) == 0
    async with asyncio.timeout(20), bus.consume(INBOX, prefetch=100) as subscription:
        deliveries: list[Delivery] = []
        while len(deliveries) < len(chosen):
            deliveries += await subscription.next_batch(100)
    assert [one.message.id for one in deliveries] == ids(chosen)
    message = deliveries[0].message
    assert message.routing_key == chosen[0].routing_key
    assert (message.body, message.headers["type"]) == (chosen[0].encode(), chosen[0].type)
    assert not {ATTEMPT_HEADER, ERROR_HEADER} & set(message.headers)


async def test_a_redriven_event_takes_effect_once_and_one_that_was_overtaken_none(
    bus_url: str, bus: Transport, engine: AsyncEngine
) -> None:
    seen: list[UUID] = []

    async def note(_: object, __: AsyncConnection, event: Event[CaseClosed]) -> None:
        seen.append(event.id)

    case = uuid4()
    first, second, overtaken, last = closed(case, 1), closed(case, 2), closed(case, 3), closed(case, 4)
    await bury(bus, buried(first), buried(second), buried(second))
    consumer = Consumer(
        queue=INBOX,
        reactions={CaseClosed: note},
        context=None,
        engine=engine,
        transport=bus,
        metrics=MessagingMetrics.in_registry(CollectorRegistry()),
        after_commit=lambda: None,
    )

    async def settled() -> bool:
        return await bus.depth(INBOX) == 0 and last.id in seen

    await consumer.start()
    await done(*DEAD, "redrive", "--bus", bus_url, "--queue", INBOX)
    await bury(bus, message_from(last), queue=INBOX)
    await eventually(settled)
    await bury(bus, buried(overtaken))
    await done(*DEAD, "redrive", "--bus", bus_url, "--id", str(overtaken.id))
    after = closed()
    await bury(bus, message_from(after), queue=INBOX)

    async def heard() -> bool:
        return after.id in seen

    await eventually(heard)
    await consumer.stop()
    assert seen == [first.id, second.id, last.id, after.id]
    assert await held(bus_url, BURIED) == []


async def test_a_letter_that_its_queue_refuses_stays_with_those_after_it(
    bus_url: str, bus: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [closed() for _ in range(3)]
    await bury(bus, *(buried(event) for event in events))
    real = open_transport

    def refusing(url: str) -> Transport:
        transport = real(url)
        send, sent = transport.send, []

        async def once(queue: str, messages: Sequence[Message]) -> list[Exception | None]:
            sent.append(messages)
            return await send(queue if len(sent) == 1 else "no-such-queue", messages)

        monkeypatch.setattr(transport, "send", once)
        return transport

    monkeypatch.setattr(dead_letters, "open_transport", refusing)
    line = await refused(*DEAD, "redrive", "--bus", bus_url, "--queue", INBOX)
    assert f"{INBOX} did not take {events[1].id}, which stays in {BURIED}" in line
    assert await held(bus_url, BURIED) == ids(events[1:])
    assert await bus.depth(INBOX) == 1


async def test_a_crash_between_the_two_leaves_a_duplicate_and_loses_nothing(
    bus_url: str, bus: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = closed()
    await bury(bus, buried(event))

    async def crash(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("amqp_reading.AmqpReading", "embedded_reading.EmbeddedReading"):
        monkeypatch.setattr(f"linli.messaging.{name}.forget", crash)
    assert (await linli(*DEAD, "redrive", "--bus", bus_url, "--id", str(event.id))).exit_code != 0
    assert await held(bus_url, BURIED) == [str(event.id)]
    assert await bus.depth(INBOX) == 1


async def test_discarded_letters_are_gone_and_the_others_stay_in_order(bus_url: str, bus: Transport) -> None:
    events = [closed() for _ in range(40)]
    await bury(bus, *(buried(event, "A" if place % 2 else "B") for place, event in enumerate(events)))
    await done(*DEAD, "discard", "--bus", bus_url, "--reason", "A", "--limit", "15", "--yes")
    gone = events[1:30:2]
    assert await held(bus_url, BURIED) == ids([event for event in events if event not in gone])


async def test_unrouted_events_are_listed_driven_to_a_queue_and_discarded(bus_url: str, bus: Transport) -> None:
    first, second = closed(), closed()
    await bury(bus, message_from(first), message_from(second), queue=UNROUTED)
    assert "nobody listens to it" in await done(*DEAD, "list", "--bus", bus_url)
    assert (await linli(*DEAD, "redrive", "--bus", bus_url, "--queue", UNROUTED)).exit_code == 2
    assert (await linli(*DEAD, "redrive", "--bus", bus_url, "--queue", INBOX, "--to", OTHER)).exit_code == 2
    words = [*DEAD, "redrive", "--bus", bus_url, "--queue", UNROUTED, "--to"]
    assert "no queue 'no-such'" in await refused(*words, "no-such")
    assert "into itself" in await refused(*words, UNROUTED)
    assert await bus.depth(UNROUTED) == 2
    await done(*words, OTHER, "--id", str(first.id))
    assert await held(bus_url, UNROUTED) == [str(second.id)]
    assert await held(bus_url, OTHER) == [str(first.id)]
    await done(*DEAD, "discard", "--bus", bus_url, "--queue", UNROUTED, "--yes")
    assert await bus.depth(UNROUTED) == 0


async def test_nothing_is_changed_without_saying_which(bus_url: str, bus: Transport) -> None:
    await bury(bus, buried(closed()))
    for words in (["redrive"], ["discard"], ["discard", "--queue", INBOX]):
        assert (await linli(*DEAD, *words, "--bus", bus_url)).exit_code == 2, words
    assert await bus.depth(BURIED) == 1


async def test_an_unknown_id_and_a_queue_that_is_not_there_are_told(bus_url: str, bus: Transport) -> None:
    await bury(bus, buried(closed()))
    for words in (["list"], ["redrive"], ["discard", "--yes"]):
        told = await refused(*DEAD, *words, "--bus", bus_url, "--id", "no-such")
        assert "no dead letter has the id 'no-such'" in told
        assert "no queue 'routing.dead'" in await refused(*DEAD, *words, "--bus", bus_url, "--queue", "routing")
    assert await bus.depth(BURIED) == 1


async def test_a_queue_too_long_to_be_given_back_in_order_is_only_driven_or_discarded_from_its_head(
    amqp_url: str, rabbit: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amqp_reading, "MOST", 3)
    events = [closed() for _ in range(5)]
    await bury(rabbit, *(buried(event) for event in events))
    line = await refused(*DEAD, "list", "--bus", amqp_url, "--queue", INBOX)
    assert "holds 5 messages; no more than 3 can be read in order" in line
    await done(*DEAD, "discard", "--bus", amqp_url, "--queue", INBOX, "--limit", "1", "--yes")
    await done(*DEAD, "redrive", "--bus", amqp_url, "--queue", INBOX, "--limit", "1")
    monkeypatch.undo()
    assert await held(amqp_url, BURIED) == ids(events[2:])
