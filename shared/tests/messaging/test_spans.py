"""Whoever watches sees where an event came from and what it led to, and nothing personal."""

from typing import Any

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import CaseAccepted, CaseClosed, Event, decode_event
from linli.messaging import topology
from linli.messaging.consumer import Consumer
from linli.messaging.message import message_from
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox import record
from linli.messaging.spans import processing
from linli.messaging.tables import outbox
from linli.messaging.tracing import trace_from
from linli.messaging.transport import Transport
from linli.testing.spans import Spans

from .builders import AT, accepted, closed, event
from .conftest import eventually, running

QUEUE = "routing.inbox"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
PUBLISHED = "publish linli.case.closed.v1"
PROCESSED = "process linli.case.accepted.v1"
MALFORMED = ["nonsense", PARENT.upper(), f"ff{PARENT[2:]}", PARENT[:-4], f"{PARENT}-more", "0" * 600, "令"]


async def close_it(_context: object, connection: AsyncConnection, one: Event[Any]) -> None:
    await record(connection, [closed(one.data.case_id)], version=2, at=AT)


async def fail(_context: object, _connection: AsyncConnection, _event: Event[Any]) -> None:
    raise ValueError("例一 of 13800000000")


def consumer(engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, reaction: Any) -> Consumer:
    return Consumer(
        queue=QUEUE,
        reactions={CaseAccepted: reaction, CaseClosed: reaction},
        context=None,
        engine=engine,
        transport=transport,
        metrics=metrics,
        after_commit=lambda: None,
    )


async def publish(transport: Transport, traceparent: str | None) -> Event[Any]:
    await transport.declare(topology.CORE)
    await transport.declare(topology.inbox_topology(QUEUE, ["case.#"]))
    one = event(accepted()).model_copy(update={"traceparent": traceparent})
    assert await transport.publish([message_from(one)]) == [None]
    return one


async def recorded(engine: AsyncEngine) -> list[Event[Any]]:
    async with engine.connect() as connection:
        return [decode_event(body) for body in await connection.scalars(select(outbox.c.payload))]


async def test_what_a_reaction_records_is_the_child_of_what_it_reacts_to(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, spans: Spans
) -> None:
    one = await publish(transport, PARENT)

    async def known() -> bool:
        return bool(await recorded(engine))

    async with running(consumer(engine, transport, metrics, close_it)):
        await eventually(known)
    process, publication = spans.one(PROCESSED), spans.one(PUBLISHED)
    assert (process.kind, publication.kind) == (SpanKind.CONSUMER, SpanKind.PRODUCER)
    assert process.parent is not None
    assert publication.parent is not None
    assert f"{process.parent.span_id:016x}" == PARENT.split("-")[2]
    assert publication.parent.span_id == process.context.span_id
    assert {f"{span.context.trace_id:032x}" for span in spans.ended()} == {TRACE}
    [led_to] = await recorded(engine)
    assert led_to.traceparent == f"00-{TRACE}-{publication.context.span_id:016x}-01"
    assert dict(process.attributes or {}) == {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": QUEUE,
        "messaging.message.id": str(one.id),
        "cloudevents.event_type": "linli.case.accepted.v1",
    }
    assert (publication.attributes or {})["messaging.message.id"] == str(led_to.id)
    assert (publication.attributes or {})["messaging.destination.name"] == "linli.ingress"


async def test_a_reaction_that_fails_says_the_kind_of_its_error_and_not_its_words(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, spans: Spans
) -> None:
    await publish(transport, PARENT)

    async def tried() -> bool:
        return len(spans.ended()) >= 2  # with the batch, and alone

    async with running(consumer(engine, transport, metrics, fail)):
        await eventually(tried)
    for span in spans.ended():
        assert (span.name, span.status.status_code) == (PROCESSED, StatusCode.ERROR)
        assert (span.attributes or {})["error.type"] == "ValueError"
        assert "13800000000" not in span.to_json()


@pytest.mark.parametrize("traceparent", MALFORMED, ids=range(len(MALFORMED)))
async def test_a_malformed_traceparent_is_ignored(spans: Spans, traceparent: str) -> None:
    one = event(accepted()).model_copy(update={"traceparent": traceparent})
    for _ in range(2):
        with processing(one, QUEUE):
            pass
    first, second = spans.ended()
    assert first.parent is None
    assert first.context.trace_id != second.context.trace_id


async def test_an_event_with_a_malformed_traceparent_takes_effect(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics
) -> None:
    await publish(transport, "nonsense")

    async def known() -> bool:
        return bool(await recorded(engine))

    async with running(consumer(engine, transport, metrics, close_it)):
        await eventually(known)
    [led_to] = await recorded(engine)
    assert led_to.traceparent is not None
    assert "nonsense" not in led_to.traceparent


async def test_without_a_recorder_the_trace_goes_on_all_the_same(engine: AsyncEngine) -> None:
    with trace_from(PARENT):
        async with engine.begin() as connection:
            await record(connection, [accepted()], version=1, at=AT)
    async with engine.begin() as connection:
        await record(connection, [accepted()], version=1, at=AT)
    assert [one.traceparent for one in await recorded(engine)] == [PARENT, None]
