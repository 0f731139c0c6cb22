"""Every step of an event can be seen from outside."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from linli.contracts import CaseAccepted, Event, new_event
from linli.messaging.consumer import Consumer
from linli.messaging.message import TransportError, message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.relay import Relay
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.tracing import current_trace_id
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from linli.testing.spans import Spans

from .builders import accepted, message
from .conftest import eventually, running

QUEUE = "routing.inbox"
ACCEPTED = "linli.case.accepted.v1"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def value(registry: CollectorRegistry, name: str, **labels: str) -> float:
    found = registry.get_sample_value(name, labels)
    assert found is not None, name
    return found


def reaches(registry: CollectorRegistry, number: float, name: str, **labels: str) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return value(registry, name, **labels) == number

    return reached


class Gate:
    """A reaction that waits until it is let through."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.opened = asyncio.Event()

    async def pass_through(self, _context: object, _connection: AsyncConnection, _event: Event[Any]) -> None:
        self.begun.set()
        await self.opened.wait()


def consumer_of(gate: Gate, engine: AsyncEngine, transport: Transport, registry: CollectorRegistry) -> Consumer:
    return Consumer(
        queue=QUEUE,
        reactions={CaseAccepted: gate.pass_through},
        context=None,
        engine=engine,
        transport=transport,
        metrics=MessagingMetrics.in_registry(registry),
        after_commit=lambda: None,
    )


async def happened(transport: Transport, ago: timedelta) -> None:
    event = new_event(accepted(), id=uuid4(), sequence=1, time=datetime.now(UTC) - ago)
    assert await transport.publish([message_from(event)]) == [None]


async def test_the_lag_is_the_age_of_the_oldest_event_in_hand_and_nothing_once_it_took_effect(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry
) -> None:
    gate = Gate()
    consumer = consumer_of(gate, engine, transport, registry)
    assert value(registry, "linli_consumer_lag_seconds", queue=QUEUE) == 0
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["case.#"]))
    for minutes in (1, 10, 2):
        await happened(transport, timedelta(minutes=minutes))
    async with running(consumer):
        await asyncio.wait_for(gate.begun.wait(), 20)
        lag = value(registry, "linli_consumer_lag_seconds", queue=QUEUE)
        assert 600 <= lag < 700 or 60 <= lag < 70  # the first batch may hold the first event alone
        gate.opened.set()
        await eventually(reaches(registry, 3, "linli_consumed_total", queue=QUEUE, outcome="done"))
        await eventually(reaches(registry, 0, "linli_consumer_lag_seconds", queue=QUEUE))


async def test_the_delay_of_an_event_is_counted_by_its_type_when_its_effect_is_committed(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry
) -> None:
    gate = Gate()
    gate.opened.set()
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["case.#"]))
    await happened(transport, timedelta(seconds=90))
    await happened(transport, timedelta(seconds=-90))  # a clock that is ahead
    async with running(consumer_of(gate, engine, transport, registry)):
        await eventually(reaches(registry, 2, "linli_event_delay_seconds_count", type=ACCEPTED))
    assert value(registry, "linli_event_delay_seconds_bucket", type=ACCEPTED, le="60.0") == 1
    assert value(registry, "linli_event_delay_seconds_bucket", type=ACCEPTED, le="300.0") == 2
    assert 90 <= value(registry, "linli_event_delay_seconds_sum", type=ACCEPTED) < 120


async def test_a_delivery_that_was_made_before_is_counted(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry
) -> None:
    gate = Gate()
    gate.opened.set()
    consumer = consumer_of(gate, engine, transport, registry)
    assert value(registry, "linli_redelivered_total", queue=QUEUE) == 0
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["case.#"]))
    await happened(transport, timedelta(0))
    async with transport.consume(QUEUE, prefetch=1) as subscription:
        await subscription.nack(await subscription.next_batch(1))
        [again] = await subscription.next_batch(1)
        assert again.redelivered
        if "Embedded" not in type(transport).__name__:  # which does not remember it when the consumer has gone
            await subscription.nack([again])
    async with running(consumer):
        await eventually(reaches(registry, 1, "linli_consumed_total", queue=QUEUE, outcome="done"))
    expected = 0 if "Embedded" in type(transport).__name__ else 1
    assert value(registry, "linli_redelivered_total", queue=QUEUE) == expected


async def test_an_event_that_dies_is_counted_and_named_in_the_log_within_its_trace(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry, spans: Spans
) -> None:
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["case.#"]))
    dead = replace(message(), body='{"type": "linli.case.vanished.v1", "data": "例一"}'.encode())
    dead = replace(dead, headers={**dead.headers, "traceparent": f"00-{'1' * 32}-{'2' * 16}-01"})
    await transport.publish([dead])
    with capture_logs(processors=[_with_trace]) as logs:
        async with running(consumer_of(Gate(), engine, transport, registry)):
            await eventually(reaches(registry, 1, "linli_consumed_total", queue=QUEUE, outcome="dead"))
    [line] = [one for one in logs if one["event"] == "message is dead"]
    assert (line["event_type"], line["message_id"], line["routing_key"]) == (ACCEPTED, dead.id, dead.routing_key)
    assert line["trace"] == "1" * 32
    assert "例一" not in str(logs)
    assert spans.ended() == ()  # it was processed by nobody


def _with_trace(_logger: object, _method: str, line: Any) -> Any:
    return {**line, "trace": current_trace_id()}


async def test_an_event_waits_in_hand_while_the_database_is_away(
    engine: AsyncEngine, transport: Transport, registry: CollectorRegistry
) -> None:
    away = asyncio.Event()

    async def refuse(_context: object, _connection: AsyncConnection, _event: Event[Any]) -> None:
        away.set()
        raise OperationalError("select", {}, ConnectionError("away"))

    gate = Gate()
    gate.pass_through = refuse  # type: ignore[method-assign]
    await transport.declare(CORE)
    await transport.declare(inbox_topology(QUEUE, ["case.#"]))
    await happened(transport, timedelta(minutes=1))
    consumer = consumer_of(gate, engine, transport, registry)
    async with running(consumer):
        await asyncio.wait_for(away.wait(), 20)
        await eventually(_failed(consumer))
        assert value(registry, "linli_consumer_lag_seconds", queue=QUEUE) >= 60


def _failed(worker: Worker) -> Callable[[], Awaitable[bool]]:
    async def failed() -> bool:
        return worker.failures["other"] > 0

    return failed


async def test_one_relay_says_that_it_leads_and_the_next_one_after_it(
    engine: AsyncEngine, transport: Transport
) -> None:
    registries = [CollectorRegistry(), CollectorRegistry()]
    first, second = (
        Relay(engine=engine, transport=transport, metrics=MessagingMetrics.in_registry(one)) for one in registries
    )

    async def standby() -> bool:
        return second.healthy

    async with running(second):
        async with running(first):
            await eventually(standby)
            await eventually(lambda: _sum_is(registries, 1))
        await eventually(reaches(registries[1], 1, "linli_relay_leader"))
        assert value(registries[0], "linli_relay_leader") == 0
    assert value(registries[1], "linli_relay_leader") == 0


async def _sum_is(registries: list[CollectorRegistry], number: float) -> bool:
    return sum(value(one, "linli_relay_leader") for one in registries) == number


class Failing(Worker):
    """Fails as it is told to, then works."""

    def __init__(self, *errors: BaseException) -> None:
        super().__init__("failing")
        self._errors = list(errors)

    def _wake(self) -> None:
        pass

    async def _session(self) -> None:
        if self._errors:
            raise self._errors.pop(0)
        self._works()
        await self._stopping.wait()


async def test_a_worker_counts_how_often_it_had_to_begin_anew_and_why() -> None:
    worker = Failing(TransportError("gone"), asyncio.CancelledError(), ValueError("other"))

    async def works() -> bool:
        return worker.healthy

    async with running(worker):
        await eventually(works)
    assert worker.failures == {"broker": 2, "other": 1}
