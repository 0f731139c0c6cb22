"""`linli bus dead list` and `show`: looking changes nothing, and nobody else is in the way."""

import json
from dataclasses import replace
from urllib.parse import urlsplit

import aiormq
import pytest

from linli.messaging import dead_letters
from linli.messaging.message import Message
from linli.messaging.reading import open_reading
from linli.messaging.retry import ERROR_HEADER
from linli.messaging.topology import department_topology
from linli.messaging.transport import Transport

from .conftest import SECRET, done, eventually, refused
from .letters import BURIED, DEAD, INBOX, OTHER, accepted, buried, bury, closed, held, ids


async def test_a_dead_letter_is_listed_with_its_event_its_attempts_and_the_reason(bus_url: str, bus: Transport) -> None:
    event = closed()
    await bury(bus, buried(event, "UnknownIssueError"))
    [_, line] = (await done(*DEAD, "list", "--bus", bus_url)).splitlines()
    when = event.time.astimezone().isoformat(sep=" ", timespec="seconds")
    told = [BURIED, str(event.id), event.type, event.subject, when, "5", "UnknownIssueError"]
    assert line.split() == " ".join(told).split()


WANTED: list[tuple[list[str], list[int]]] = [
    (["--queue", INBOX], [0, 1, 2]),
    (["--queue", BURIED], [0, 1, 2]),
    (["--queue", OTHER], [3]),
    (["--reason", "Value"], [0, 3]),
    (["--type", "linli.case.closed.v1"], [1, 2]),
    (["--type", "linli.case.closed.v1", "--reason", "KeyE"], [1]),
    (["--limit", "1"], [0, 3]),
    ([], [0, 1, 2, 3]),
]
"""The options, and which letters they show."""


async def test_a_list_shows_what_was_asked_for(bus_url: str, bus: Transport) -> None:
    events = [accepted(), closed(), closed(), accepted()]
    errors = ["ValueError", "KeyError", "TypeError", "ValueError"]
    letters = [buried(event, error) for event, error in zip(events, errors, strict=True)]
    await bury(bus, *letters[:3])
    await bury(bus, letters[3], queue=f"{OTHER}.dead")
    for words, places in WANTED:
        [_, *lines] = (await done(*DEAD, "list", "--bus", bus_url, *words)).splitlines()
        assert [line.split()[1] for line in lines] == [ids(events)[place] for place in places], words


async def test_the_further_streams_of_departments_are_looked_through_too(
    bus_url: str, bus: Transport, management: list[str]
) -> None:
    await bus.declare(department_topology("housing", [], "works"))
    await bus.declare(department_topology("housing", [], "empty"))
    event, elsewhere = closed(), closed()
    await bury(bus, buried(event), queue="dept.housing.works.dead")
    await bury(bus, buried(elsewhere))
    asked = [*management] if bus_url.startswith("amqp") else []

    async def both() -> bool:
        [_, *lines] = (await done(*DEAD, "list", "--bus", bus_url, *asked)).splitlines()
        return [line.split()[:2] for line in lines] == [
            [BURIED, str(elsewhere.id)],
            ["dept.housing.works.dead", str(event.id)],
        ]

    await eventually(both)  # the management plugin counts once in a while
    redriven = await done(*DEAD, "redrive", "--bus", bus_url, "--id", str(event.id), *asked)
    assert redriven.split()[:3] == ["redriven", "dept.housing.works.dead", str(event.id)]
    assert await held(bus_url, "dept.housing.works.dead") == []
    assert await bus.depth("dept.housing.works") == 1


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

    async def is_back() -> bool:
        return await rabbit.depth(BURIED) == 1

    await eventually(is_back)


async def test_an_embedded_bus_that_refuses_the_login_is_told(database_url: str) -> None:
    parts = urlsplit(database_url)
    wrong = parts._replace(netloc=f"nobody:{SECRET}@{parts.netloc.rpartition('@')[2]}").geturl()
    assert "the login is refused" in await refused(*DEAD, "list", "--bus", wrong)
