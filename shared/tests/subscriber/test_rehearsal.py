"""A department tries its functions out without a bus, and sees what the bus would make of them."""

from uuid import UUID

import pytest

from linli.contracts import CaseAccepted, CaseRouted, DispatchRequested, Event, EventError, event_type
from linli.contracts.examples import example_of
from linli.subscriber import MemorySeen, Subscriber
from linli.subscriber.rehearsal import Rehearsal, rehearse

ACCEPTED, ROUTED = example_of(event_type(CaseAccepted), 1), example_of(event_type(CaseRouted), 2)
CALLED = example_of(event_type(DispatchRequested), 3)


@pytest.fixture
def seen() -> MemorySeen:
    return MemorySeen()


@pytest.fixture
def subscriber(seen: MemorySeen) -> Subscriber:
    # Nothing answers there, and nothing is asked.
    return Subscriber("amqp://127.0.0.1:1", department="housing", seen=seen, pauses_s=[3600, 3600])


async def test_functions_are_called_typed_and_in_order(subscriber: Subscriber) -> None:
    called: list[object] = []

    @subscriber.on(CaseAccepted)
    async def accepted(event: Event[CaseAccepted]) -> None:
        called.append(event.data.handler.name)

    @subscriber.on(CaseRouted)
    async def routed(event: Event[CaseRouted]) -> None:
        called.append(event.data.lead_department)

    told = await rehearse(subscriber, ROUTED, ACCEPTED)
    assert called == ["housing", "例锦心"]
    assert told == Rehearsal(handled=[ROUTED, ACCEPTED])


async def test_repeated_and_unwanted_events_call_nothing(subscriber: Subscriber) -> None:
    ids: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def accepted(event: Event[CaseAccepted]) -> None:
        ids.append(event.id)

    later = b'{"type": "linli.case.celebrated.v7"}'
    told = await rehearse(subscriber, ACCEPTED, CALLED, ACCEPTED, later)
    assert ids == [ACCEPTED.id]
    assert (told.handled, told.repeated, told.unwanted) == ([ACCEPTED], [ACCEPTED], [CALLED, later])


async def test_each_failed_try_is_told_without_waiting(subscriber: Subscriber) -> None:
    errors = [ConnectionError("away"), TimeoutError("slow")]
    left = iter(errors)

    @subscriber.on(CaseAccepted)
    async def fail_twice(_event: Event[CaseAccepted]) -> None:
        if (error := next(left, None)) is not None:
            raise error

    told = await rehearse(subscriber, ACCEPTED)
    assert told.handled == [ACCEPTED]
    assert [(one.given, one.error) for one in told.retried] == [(ACCEPTED, error) for error in errors]
    assert not told.dead


async def test_dead_are_told_with_what_the_function_raised_and_later_events_go_on(subscriber: Subscriber) -> None:
    tries: list[ValueError] = []

    @subscriber.on(CaseAccepted)
    async def refuse(_event: Event[CaseAccepted]) -> None:
        tries.append(ValueError(len(tries)))
        raise tries[-1]

    @subscriber.on(CaseRouted)
    async def routed(_event: Event[CaseRouted]) -> None: ...

    told = await rehearse(subscriber, ACCEPTED, ROUTED)
    assert told.handled == [ROUTED]
    assert [one.error for one in told.retried] == tries[:2]
    [dead] = told.dead
    assert (dead.given, dead.error.__cause__) == (ACCEPTED, tries[2])


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"type": "linli.case.accepted.v1"}', b"[" * 9999])
async def test_what_is_no_event_is_dead_at_once(subscriber: Subscriber, body: bytes) -> None:
    @subscriber.on(CaseAccepted)
    async def never(_event: Event[CaseAccepted]) -> None:
        pytest.fail("there is no event")

    told = await rehearse(subscriber, body)
    [dead] = told.dead
    assert dead.given == body
    assert isinstance(dead.error, EventError)
    assert not told.retried


async def test_what_was_seen_in_earnest_is_neither_used_nor_changed(subscriber: Subscriber, seen: MemorySeen) -> None:
    @subscriber.on(CaseAccepted)
    async def accepted(_event: Event[CaseAccepted]) -> None: ...

    @subscriber.on(CaseRouted)
    async def routed(_event: Event[CaseRouted]) -> None: ...

    await seen.add(ACCEPTED.id)
    told = await rehearse(subscriber, ACCEPTED, ROUTED)
    assert told.handled == [ACCEPTED, ROUTED]
    assert not await seen.has(ROUTED.id)
