"""`linli bus dead`: looked at without a change, driven again, thrown away."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import aiormq
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import CaseAccepted, CaseClosed, Event, EventData, Handler, Level, new_event
from linli.messaging import amqp_reading, dead_letters
from linli.messaging.connect import open_transport
from linli.messaging.consumer import Consumer
from linli.messaging.message import Delivery, Message, message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.reading import open_reading
from linli.messaging.retry import ATTEMPT_HEADER, ERROR_HEADER, KEY_HEADER
from linli.messaging.topology import ARCHIVE, EVENTS, UNROUTED, Binding, Topology
from linli.messaging.transport import Transport

from .conftest import AT, SECRET, done, eventually, linli, refused

DEAD = ("bus", "dead")
INBOX = "volunteer.inbox"
BURIED = f"{INBOX}.dead"
OTHER = "dept.housing.inbox"


def accepted(case_id: UUID | None = None, sequence: int = 1) -> Event[EventData]:
    handler = Handler(id="head", name="例一", post="楼栋长")
    data = CaseAccepted(category="facility.roof-leak", area="top/one", case_id=case_id or uuid4(), handler=handler)
    return new_event(data, id=uuid4(), sequence=sequence, time=AT)


def closed(case_id: UUID | None = None, sequence: int = 1) -> Event[EventData]:
    data = CaseClosed(
        category="facility.roof-leak",
        area="top/one",
        case_id=case_id or uuid4(),
        unit="top/one",
        level=Level.COMPOUND,
        on_time=True,
    )
    return new_event(data, id=uuid4(), sequence=sequence, time=AT)


def buried(event: Event[EventData], error: str = "ValueError") -> Message:
    message = message_from(event)
    headers = {**message.headers, ATTEMPT_HEADER: 4, ERROR_HEADER: error, KEY_HEADER: message.routing_key}
    return replace(message, headers=headers)


async def bury(bus: Transport, *messages: Message, queue: str = BURIED) -> None:
    assert await bus.send(queue, messages) == [None] * len(messages)


async def held(bus_url: str, queue: str) -> list[str]:
    """Return the ids of what a queue holds, in its order."""
    async with open_reading(bus_url, queue) as reading:
        return [letter.event_id async for letter in reading.letters()]


def ids(events: Sequence[Event[EventData]]) -> list[str]:
    return [str(event.id) for event in events]


async def test_a_dead_letter_is_listed_with_its_event_its_attempts_and_the_reason(bus_url: str, bus: Transport) -> None:
    event = closed()
    await bury(bus, buried(event, "UnknownIssueError"))
    [_, line] = (await done(*DEAD, "list", "--bus", bus_url)).splitlines()
    when = event.time.astimezone().isoformat(sep=" ", timespec="seconds")
    told = [BURIED, str(event.id), event.type, event.subject, when, "5", "UnknownIssueError"]
    assert line.split() == " ".join(told).split()


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


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (["--queue", INBOX], [0, 1, 2]),
        (["--queue", BURIED], [0, 1, 2]),
        (["--queue", OTHER], [3]),
        (["--reason", "Value"], [0, 3]),
        (["--type", "linli.case.closed.v1"], [1, 2]),
        (["--type", "linli.case.closed.v1", "--reason", "KeyE"], [1]),
        (["--limit", "1"], [0, 3]),
        ([], [0, 1, 2, 3]),
    ],
)
async def test_a_list_shows_what_was_asked_for(
    bus_url: str, bus: Transport, words: list[str], places: list[int]
) -> None:
    events = [accepted(), closed(), closed(), accepted()]
    errors = ["ValueError", "KeyError", "TypeError", "ValueError"]
    letters = [buried(event, error) for event, error in zip(events, errors, strict=True)]
    await bury(bus, *letters[:3])
    await bury(bus, letters[3], queue=f"{OTHER}.dead")
    [_, *lines] = (await done(*DEAD, "list", "--bus", bus_url, *words)).splitlines()
    assert [line.split()[1] for line in lines] == [ids(events)[place] for place in places]


async def test_looking_a_hundred_times_changes_neither_what_a_queue_holds_nor_its_order(
    bus_url: str, bus: Transport
) -> None:
    events = [closed() for _ in range(70)]
    await bury(bus, *(buried(event) for event in events))
    for turn in range(100):
        await dead_letters.chosen(bus_url, BURIED, dead_letters.Choice(), limit=1 + turn % 5)
        assert await bus.depth(BURIED) == 70
    assert await held(bus_url, BURIED) == ids(events)
    async with bus.consume(BURIED, prefetch=1) as subscription:
        order = []
        for _ in events:
            [delivery] = await subscription.next_batch(1)
            order.append(delivery.message.id)
            await subscription.ack([delivery])
    assert order == ids(events)


async def test_many_dead_letters_keep_their_order_and_what_comes_meanwhile_stays_behind(
    bus_url: str, bus: Transport
) -> None:
    events = [closed() for _ in range(3000)]
    await bury(bus, *(buried(event) for event in events))
    late = closed()
    async with open_reading(bus_url, BURIED) as reading:
        letters = [letter async for letter in reading.letters()]
        await bury(bus, buried(late))
        await reading.forget(letters[1500])
    assert await held(bus_url, BURIED) == ids([*events[:1500], *events[1501:], late])


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


async def test_show_prints_the_event_and_the_headers_of_the_suite(bus_url: str, bus: Transport) -> None:
    event = closed()
    letter = buried(event, "KeyError")
    foreign = {"telephone": "13800000000"}
    await bury(bus, replace(letter, headers={**letter.headers, **foreign}))
    shown = json.loads(await done(*DEAD, "show", str(event.id), "--bus", bus_url))
    assert shown["event"] == json.loads(event.encode())
    assert shown["headers"][ERROR_HEADER] == "KeyError"
    assert shown["queue"] == BURIED
    assert "telephone" not in shown["headers"]


async def test_show_repeats_nothing_that_no_contract_makes_public(bus_url: str, bus: Transport) -> None:
    event = closed()
    body = json.loads(event.encode())
    body["data"]["telephone"] = "13800000000"
    await bury(
        bus,
        Message("a-message", "case.closed.x", json.dumps(body).encode()),
        Message("no-event", "case.closed.x", b'{"telephone": "13800000000"}'),
    )
    for name in (str(event.id), "no-event"):
        shown = await done(*DEAD, "show", name, "--bus", bus_url)
        assert "13800000000" not in shown
    assert "no event of the catalogue, 28 bytes" in shown


async def test_what_a_sender_wrote_does_not_reach_the_terminal_as_a_command(bus_url: str, bus: Transport) -> None:
    bad = "\x1b[2J\n"
    await bury(bus, Message(f"id{bad}", "a.b", b"{}", {"type": f"type{bad}", ERROR_HEADER: f"error{bad}"}))
    assert "\x1b" not in await done(*DEAD, "list", "--bus", bus_url)
    assert "\x1b" not in await done(*DEAD, "discard", "--bus", bus_url, "--queue", INBOX, "--yes")


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


@pytest.mark.parametrize("command", ["redrive", "discard"])
async def test_nothing_is_changed_without_saying_which(bus_url: str, bus: Transport, command: str) -> None:
    await bury(bus, buried(closed()))
    assert (await linli(*DEAD, command, "--bus", bus_url)).exit_code == 2
    if command == "discard":
        assert (await linli(*DEAD, command, "--bus", bus_url, "--queue", INBOX)).exit_code == 2
    assert await bus.depth(BURIED) == 1


@pytest.mark.parametrize("words", [["list"], ["redrive"], ["discard", "--yes"]])
async def test_an_unknown_id_and_a_queue_that_is_not_there_are_told(
    bus_url: str, bus: Transport, words: list[str]
) -> None:
    await bury(bus, buried(closed()))
    assert "no dead letter has the id 'no-such'" in await refused(*DEAD, *words, "--bus", bus_url, "--id", "no-such")
    assert "no queue 'routing.dead'" in await refused(*DEAD, *words, "--bus", bus_url, "--queue", "routing")
    assert await bus.depth(BURIED) == 1


@pytest.mark.parametrize("bus_url", ["amqp"], indirect=True)
async def test_a_bus_without_the_suite_is_told(bus_url: str) -> None:
    assert "none of the suite's queues is there" in await refused(*DEAD, "list", "--bus", bus_url)


async def test_a_database_that_is_no_bus_is_told(database_url: str) -> None:
    line = await refused(*DEAD, "list", "--bus", database_url)
    assert "the embedded bus: it is the database of something else" in line


async def test_two_operators_do_not_meet(bus_url: str, bus: Transport) -> None:
    await bury(bus, buried(closed()))
    async with open_reading(bus_url, BURIED) as reading:
        assert "is being read by" in await refused(*DEAD, "list", "--bus", bus_url, "--queue", INBOX)
        assert len([letter async for letter in reading.letters()]) == 1
    assert len((await done(*DEAD, "list", "--bus", bus_url, "--queue", INBOX)).splitlines()) == 2


async def test_a_queue_that_somebody_reads_is_left_alone(amqp_url: str, rabbit: Transport) -> None:
    await bury(rabbit, buried(closed()))
    async with rabbit.consume(BURIED, prefetch=1):
        line = await refused(*DEAD, "list", "--bus", amqp_url, "--queue", INBOX)
    assert f"{BURIED} is being read by 1 consumer" in line


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


async def test_a_dead_letter_outlives_more_returns_than_any_default_limit(amqp_url: str, rabbit: Transport) -> None:
    await bury(rabbit, buried(closed()))
    connection = await aiormq.connect(amqp_url)
    for _ in range(60):
        channel = await connection.channel()
        got = await channel.basic_get(BURIED)
        assert got.delivery_tag
        await channel.basic_nack(got.delivery_tag, requeue=True)
        await channel.close()
    await connection.close()
    assert await rabbit.depth(BURIED) == 1


async def test_an_embedded_bus_that_refuses_the_login_is_told(database_url: str) -> None:
    parts = urlsplit(database_url)
    wrong = parts._replace(netloc=f"nobody:{SECRET}@{parts.netloc.rpartition('@')[2]}").geturl()
    assert "the login is refused" in await refused(*DEAD, "list", "--bus", wrong)
