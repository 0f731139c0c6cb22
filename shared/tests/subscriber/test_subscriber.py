"""A department receives its events: typed, in order, each once, whatever fails."""

import asyncio
import logging
from uuid import UUID, uuid4

import pytest

from linli.contracts import CaseAccepted, CaseClosed, Event
from linli.messaging.topology import inbox_topology
from linli.messaging.transport import Transport
from linli.subscriber import MemorySeen, Subscriber

from .conftest import DEAD, QUEUE, SOON, accepted, closed, empty, eventually, publish, raw, running, send, until


@pytest.fixture
def subscriber(bus_url: str, bus: Transport) -> Subscriber:  # noqa: ARG001 - the queue must be there
    return Subscriber(bus_url, department="housing", pauses_s=SOON)


@pytest.fixture
def got(subscriber: Subscriber) -> list[UUID]:
    """The ids of the accepted cases' events that arrived."""
    ids: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def note(event: Event[CaseAccepted]) -> None:
        assert event.data.handler.id == "head"
        ids.append(event.id)

    return ids


async def test_events_arrive_typed_and_in_order(bus: Transport, subscriber: Subscriber, got: list[UUID]) -> None:
    events = [accepted() for _ in range(120)]
    for event in events:
        await publish(bus, event)
    async with running(subscriber):
        await until(lambda: len(got) >= len(events))
        await empty(bus)
    assert got == [event.id for event in events]


async def test_event_delivered_twice_takes_effect_once(bus: Transport, subscriber: Subscriber, got: list[UUID]) -> None:
    first, second = accepted(), accepted()
    for event in (first, first, second, first):
        await publish(bus, event)
    async with running(subscriber):
        await until(lambda: len(got) >= 2)
        await empty(bus)
    assert got == [first.id, second.id]


async def test_event_published_while_listening_arrives(bus: Transport, subscriber: Subscriber, got: list[UUID]) -> None:
    async with running(subscriber):
        await publish(bus, accepted())
        await until(lambda: got)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b'{"type": ["linli.case.accepted.v1"]}', b'{"type": "linli.case.accepted.v1"}', b"[" * 9999],
)
async def test_what_is_no_event_is_dead_and_harms_no_neighbour(
    bus: Transport, subscriber: Subscriber, got: list[UUID], body: bytes
) -> None:
    await publish(bus, accepted())
    await send(bus, [raw(body)])
    await publish(bus, accepted())
    async with running(subscriber):
        await empty(bus, dead=1)
    assert len(got) == 2


async def test_events_nobody_asked_for_are_dropped(bus: Transport, subscriber: Subscriber, got: list[UUID]) -> None:
    await publish(bus, closed())
    await send(bus, [raw(b'{"type": "linli.case.celebrated.v7"}')])
    await publish(bus, accepted())
    async with running(subscriber):
        await until(lambda: got)
        await empty(bus)
    assert len(got) == 1


async def test_function_that_fails_once_is_called_again_before_later_events(
    bus: Transport, subscriber: Subscriber
) -> None:
    calls: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def fail_first(event: Event[CaseAccepted]) -> None:
        calls.append(event.id)
        if len(calls) == 1:
            raise ConnectionError

    first, second = accepted(), accepted()
    await publish(bus, first)
    await publish(bus, second)
    async with running(subscriber):
        # What is in hand does not count as left: the queue looks empty at once.
        await until(lambda: len(calls) >= 3)
        await empty(bus)
    assert calls == [first.id, first.id, second.id]


async def test_function_that_keeps_failing_leaves_the_event_among_the_dead_with_a_log_line(
    bus: Transport, subscriber: Subscriber, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = accepted(), accepted()
    done: list[UUID] = []
    tries = 0

    @subscriber.on(CaseAccepted)
    async def refuse(event: Event[CaseAccepted]) -> None:
        nonlocal tries
        if event.id == bad.id:
            tries += 1
            raise ValueError("telephone 13800000000")
        done.append(event.id)

    await publish(bus, bad)
    await publish(bus, good)
    async with running(subscriber):
        await empty(bus, dead=1)
    assert (tries, done) == (len(SOON) + 1, [good.id])
    [line] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert str(bad.id) in line
    assert "138" not in caplog.text


async def test_cancelled_while_a_function_runs_lets_it_finish_and_takes_no_more(
    bus: Transport, subscriber: Subscriber
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    done: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def work(event: Event[CaseAccepted]) -> None:
        begun.set()
        await may_end.wait()
        done.append(event.id)

    for _ in range(2):
        await publish(bus, accepted())
    async with running(subscriber) as task, asyncio.timeout(20):
        await begun.wait()
        task.cancel()
        await asyncio.sleep(0)
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(done) == 1

    async def one_left() -> bool:
        return await bus.depth(QUEUE) == 1

    await eventually(one_left)


async def test_stopped_during_the_pause_after_a_failure_keeps_the_event(bus_url: str, bus: Transport) -> None:
    subscriber = Subscriber(bus_url, department="housing", pauses_s=[3600])
    failed = asyncio.Event()

    @subscriber.on(CaseAccepted)
    async def fail(_event: Event[CaseAccepted]) -> None:
        failed.set()
        raise ConnectionError

    await publish(bus, accepted())
    async with running(subscriber), asyncio.timeout(20):
        await failed.wait()

    async def kept() -> bool:
        return await bus.depth(QUEUE) == 1

    await eventually(kept)
    assert await bus.depth(DEAD) == 0


async def test_queue_that_does_not_exist_yet_is_waited_for(bus_url: str, bus: Transport) -> None:
    subscriber = Subscriber(bus_url, department="civil-affairs")
    got: list[UUID] = []

    @subscriber.on(CaseClosed)
    async def note(event: Event[CaseClosed]) -> None:
        got.append(event.id)

    async with running(subscriber):
        await bus.declare(inbox_topology("dept.civil-affairs.inbox", ["case.closed.#"], retries=False))
        await publish(bus, closed())
        await until(lambda: got)


async def test_seen_before_a_crash_is_not_done_again(bus_url: str, bus: Transport) -> None:
    seen, event = MemorySeen(), accepted()
    await seen.add(event.id)
    subscriber = Subscriber(bus_url, department="housing", seen=seen)

    @subscriber.on(CaseAccepted)
    async def never(_event: Event[CaseAccepted]) -> None:
        pytest.fail("it took effect before")

    await publish(bus, event)
    async with running(subscriber):
        await empty(bus)
    assert await bus.depth(DEAD) == 0


def test_second_function_for_a_type_is_refused() -> None:
    subscriber = Subscriber("amqp://127.0.0.1:1", department="housing")

    async def handle(event: Event[CaseAccepted]) -> None: ...

    subscriber.on(CaseAccepted)(handle)
    with pytest.raises(ValueError, match="already"):
        subscriber.on(CaseAccepted)(handle)


def test_function_that_is_not_async_is_refused() -> None:
    subscriber = Subscriber("amqp://127.0.0.1:1", department="housing")
    with pytest.raises(TypeError, match="async def"):
        subscriber.on(CaseAccepted)(lambda _event: None)  # type: ignore[arg-type,return-value]


async def test_memory_forgets_the_oldest_past_its_limit() -> None:
    seen, ids = MemorySeen(limit=2), [uuid4() for _ in range(3)]
    for one in ids:
        await seen.add(one)
    assert [await seen.has(one) for one in ids] == [False, True, True]
