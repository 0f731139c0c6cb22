"""Each event takes effect once, in order per aggregate, or is put aside with its reason."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from linli.contracts import CaseAccepted, CaseClosed, Event, EventData, IssueReported, NeedClosed
from linli.contracts.examples import EXAMPLES
from linli.messaging import inbox, retry, topology
from linli.messaging.consumer import USUAL, Consumer, Pace, Reaction
from linli.messaging.message import Message
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.tables import held
from linli.messaging.topology import dead_queue
from linli.messaging.transport import Transport

from .builders import accepted, closed, event, message, reported
from .builders import text as plain
from .conftest import eventually, running

QUEUE = "routing.inbox"


@dataclass
class Effects:
    """What the reactions of a test did, and what makes them fail."""

    failing: Counter[UUID] = field(default_factory=Counter)
    error: Exception = field(default_factory=lambda: ValueError("cannot"))
    seen: list[tuple[str, str]] = field(default_factory=list)
    lacking: dict[UUID, UUID] = field(default_factory=dict)
    done: set[UUID] = field(default_factory=set)


async def note(effects: Effects, connection: AsyncConnection, one: Event[CaseAccepted]) -> None:
    await connection.execute(text("insert into effects (message_id) values (:id)"), {"id": str(one.id)})
    if effects.failing[one.id] > 0:
        effects.failing[one.id] -= 1
        raise effects.error
    if effects.lacking.get(one.id, one.id) not in {one.id, *effects.done}:
        raise effects.error
    effects.seen.append((one.partitionkey, one.sequence))
    effects.done.add(one.id)


@dataclass
class Together:
    """Notes what took effect, and in which transactions."""

    transactions: set[int] = field(default_factory=set)

    async def note(self, effects: Effects, connection: AsyncConnection, one: Event[CaseAccepted]) -> None:
        self.transactions.add(await connection.scalar(text("select txid_current()")) or 0)
        effects.seen.append((one.partitionkey, one.sequence))


@pytest.fixture
async def effects(engine: AsyncEngine) -> Effects:
    async with engine.begin() as connection:
        await connection.execute(text("create table effects (message_id text)"))
    return Effects()


@pytest.fixture
def consuming(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, effects: Effects
) -> Callable[..., Consumer]:
    """Make a consumer of the queue."""

    def make(reactions: Mapping[type[EventData], Reaction], pace: Pace = USUAL) -> Consumer:
        return Consumer(
            queue=QUEUE,
            reactions=reactions,
            context=effects,
            engine=engine,
            transport=transport,
            metrics=metrics,
            after_commit=lambda: None,
            pace=pace,
        )

    return make


@pytest.fixture
def consumer(consuming: Callable[..., Consumer], monkeypatch: pytest.MonkeyPatch) -> Consumer:
    quick = {"5s": 1, "1m": 1}
    monkeypatch.setattr(topology, "RETRY_TIERS", quick)
    monkeypatch.setattr(retry, "RETRY_TIERS", quick)
    return consuming({IssueReported: note, CaseAccepted: note, CaseClosed: note})


def carried(one: Event[EventData]) -> Message:
    return Message(str(one.id), one.routing_key, one.encode(), {"type": one.type})


def count(engine: AsyncEngine, table: str) -> Callable[[], Awaitable[int]]:
    async def counted() -> int:
        async with engine.connect() as connection:
            return await connection.scalar(text(f"select count(*) from {table}")) or 0

    return counted


def seen(effects: Effects, number: int) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return len(effects.seen) >= number

    return enough


def deep(transport: Transport, queue: str, number: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return await transport.depth(queue) == number

    return reached


async def test_an_event_published_twice_takes_effect_once(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    async with running(consumer):
        twice = message()
        last = message()
        for one in (twice, twice, last):
            await transport.publish([one])
        await eventually(seen(effects, 2))
    assert len(effects.seen) == 2
    assert await count(engine, "effects")() == 2


async def test_many_waiting_events_take_effect_in_order(
    transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    case = uuid4()
    await _declare(transport)
    for step in range(1, 251):
        await transport.publish([message(accepted(case), step)])
    async with running(consumer):
        await eventually(seen(effects, 250))
    assert effects.seen == [(str(case), f"{step:012d}") for step in range(1, 251)]


async def test_an_event_that_fails_once_is_tried_again_and_leaves_no_trace_of_the_failure(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    one = event(accepted())
    effects.failing[one.id] = 2  # once in the batch, once alone
    await transport.publish([carried(one)])
    async with running(consumer):
        await eventually(seen(effects, 1))
        await eventually(_empty(engine, held))
    assert await count(engine, "effects")() == 1
    assert await count(engine, "inbox")() == 1


async def test_a_failing_event_costs_its_neighbours_nothing_and_holds_its_own_aggregate_in_order(
    transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case, neighbour = uuid4(), uuid4()
    first, second, third = event(accepted(case), 1), event(accepted(case), 2), event(closed(case), 3)
    other = event(accepted(neighbour), 1)
    effects.failing[first.id] = 3
    await transport.publish([carried(one) for one in (first, second, other, third)])
    async with running(consumer):
        await eventually(seen(effects, 1))
        assert effects.seen == [(str(neighbour), f"{1:012d}")]
        await eventually(seen(effects, 4))
    assert [sequence for key, sequence in effects.seen if key == str(case)] == [f"{n:012d}" for n in (1, 2, 3)]


async def test_an_event_that_comes_too_late_for_a_later_one_does_not_wait_for_it_in_turn(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case = uuid4()
    first, second = event(accepted(case), 1), event(closed(case), 2)
    effects.failing[second.id] = 2  # as it does where it needs what the first one does
    async with running(consumer):
        await transport.publish([carried(second)])
        await eventually(count(engine, "held"))
        await transport.publish([carried(first)])
        await eventually(seen(effects, 2))
    assert [sequence for _, sequence in effects.seen] == [f"{1:012d}", f"{2:012d}"]


async def test_a_failing_event_does_not_hold_back_what_it_lacks_from_another_service(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    issue = uuid4()
    case, report = event(accepted(issue)), event(reported(issue))  # the clock of the one who reports is ahead
    effects.lacking[case.id] = report.id
    await transport.publish([carried(case)])
    async with running(consumer):
        await eventually(count(engine, "held"))
        await transport.publish([carried(report)])
        await eventually(seen(effects, 2))
        await eventually(_empty(engine, held))
    assert effects.done == {report.id, case.id}
    assert await transport.depth(dead_queue(QUEUE)) == 0


async def test_a_poison_event_ends_in_the_dead_letters_with_its_reason_and_frees_its_aggregate(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case = uuid4()
    poison, after = event(accepted(case), 1), event(closed(case), 2)
    effects.failing[poison.id] = 1000
    await transport.publish([carried(poison), carried(after)])
    async with running(consumer):
        await eventually(deep(transport, dead_queue(QUEUE), 1))
        await eventually(seen(effects, 1))
        await eventually(_empty(engine, held))
    async with transport.consume(dead_queue(QUEUE), prefetch=1) as dead:
        [letter] = await dead.next_batch(1)
    assert letter.message.id == str(poison.id)
    assert letter.message.headers["linli-error"] == "ValueError"
    assert letter.message.headers["linli-attempt"] == 2
    assert letter.message.routing_key == poison.routing_key


async def test_a_later_event_waits_for_a_failed_one_also_when_its_id_is_from_a_slower_clock(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case = uuid4()
    second = event(closed(case), 2)
    first = event(accepted(case), 1)  # made later, by the clock of its process
    effects.failing[first.id] = 2
    async with running(consumer):
        await transport.publish([carried(first)])
        await eventually(count(engine, "held"))
        await transport.publish([carried(second)])
        await eventually(seen(effects, 2))
    assert [sequence for _, sequence in effects.seen] == [f"{1:012d}", f"{2:012d}"]


async def test_an_event_whose_statements_take_too_long_each_time_costs_its_neighbours_nothing(
    transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    slow, other = event(accepted()), event(accepted())
    effects.error = TimeoutError()
    effects.failing[slow.id] = 1000
    await transport.publish([carried(slow), carried(other)])
    async with running(consumer):
        await eventually(seen(effects, 1))
        await eventually(deep(transport, dead_queue(QUEUE), 1))
    assert effects.done == {other.id}


async def test_several_transactions_at_once_keep_the_order_of_each_aggregate(
    transport: Transport, consuming: Callable[..., Consumer], effects: Effects
) -> None:
    await _declare(transport)
    cases, together = [uuid4() for _ in range(8)], Together()
    for step in range(1, 21):
        await transport.publish([message(accepted(case), step) for case in cases])
    async with running(consuming({CaseAccepted: together.note}, Pace(concurrency=2))):
        await eventually(seen(effects, 160))
    for case in cases:
        assert [step for key, step in effects.seen if key == str(case)] == [f"{step:012d}" for step in range(1, 21)]
    assert len(together.transactions) >= 2


async def test_events_gather_after_a_small_batch_and_the_wait_ends_with_the_consumer(
    transport: Transport, consuming: Callable[..., Consumer], effects: Effects
) -> None:
    await _declare(transport)
    async with running(consuming({CaseAccepted: note}, Pace(gather_s=3600))):
        await transport.publish([message()])
        await eventually(seen(effects, 1))
        for _ in range(20):
            await transport.publish([message()])
    assert len(effects.seen) == 1
    assert await transport.depth(QUEUE) == 20


@pytest.mark.parametrize("pace", [Pace(batch=2, gather_s=3600), Pace(prefetch=2, gather_s=3600)])
async def test_a_batch_that_is_half_full_is_followed_at_once(
    transport: Transport, consuming: Callable[..., Consumer], effects: Effects, pace: Pace
) -> None:
    await _declare(transport)
    await transport.publish([message() for _ in range(7)])
    async with running(consuming({CaseAccepted: note}, pace)):
        await eventually(seen(effects, 7))


async def test_a_failure_in_one_of_several_transactions_leaves_the_others_their_effect(
    engine: AsyncEngine, transport: Transport, consuming: Callable[..., Consumer], effects: Effects
) -> None:
    await _declare(transport)
    poison = event(accepted())
    effects.failing[poison.id] = 2
    await transport.publish([carried(poison), *(message() for _ in range(40))])
    async with running(consuming({CaseAccepted: note}, Pace(concurrency=4))):
        await eventually(seen(effects, 41))
    assert await count(engine, "effects")() == 41


async def test_a_stale_event_is_skipped_when_a_later_one_of_its_aggregate_took_effect(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case = uuid4()
    old, later = event(accepted(case), 1), event(closed(case), 2)
    await transport.publish([carried(later)])
    async with running(consumer):
        await eventually(seen(effects, 1))
        await transport.publish([carried(old), carried(event(accepted(), 1))])
        await eventually(seen(effects, 2))
    assert (str(case), f"{1:012d}") not in effects.seen
    assert await count(engine, "inbox")() == 3


async def test_what_was_held_while_nobody_read_still_goes_first(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case = uuid4()
    first, second = event(accepted(case), 1), event(closed(case), 2)
    async with engine.begin() as connection:
        await inbox.hold(connection, QUEUE, first, "5s")
        await connection.execute(text("update held set held_at = now() - interval '5 hours'"))
    await transport.publish([carried(second), carried(first)])
    async with running(consumer):
        await eventually(seen(effects, 2))
    assert [sequence for _, sequence in effects.seen] == [f"{1:012d}", f"{2:012d}"]


async def test_nothing_is_taken_from_the_queue_while_the_database_is_away(
    transport: Transport, metrics: MessagingMetrics
) -> None:
    await _declare(transport)
    await transport.publish([message()])
    away = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    consumer = Consumer(
        queue=QUEUE,
        reactions={CaseAccepted: note},
        context=None,
        engine=away,
        transport=transport,
        metrics=metrics,
        after_commit=lambda: None,
    )
    with capture_logs() as logs:
        async with running(consumer):
            await eventually(_said(logs, 4))
    async with transport.consume(QUEUE, prefetch=1) as subscription:
        [delivery] = await subscription.next_batch(1)
    assert not delivery.redelivered


def _said(logs: Sequence[Any], number: int) -> Callable[[], Awaitable[bool]]:
    async def enough() -> bool:
        return len(logs) >= number

    return enough


async def test_a_dead_letter_driven_again_takes_effect(
    transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    one = carried(event(accepted()))
    await transport.send(dead_queue(QUEUE), [one])
    async with running(consumer), transport.consume(dead_queue(QUEUE), prefetch=1) as dead:
        [letter] = await dead.next_batch(1)
        assert await transport.send(QUEUE, [letter.message]) == [None]
        await dead.ack([letter])
        await eventually(seen(effects, 1))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "EventError: not a valid event: body"),
        (b"\xff\xfe", "EventError: not a valid event: body"),
        (b'{"type": "linli.case.vanished.v1"}', "UnknownTypeError: unknown event type 'linli.case.vanished.v1'"),
        (b'{"type": "linli.case.accepted.v1"}', "EventError: not a valid event: data, dataschema"),
    ],
)
async def test_what_is_not_an_event_is_dead_with_its_reason_and_its_neighbours_take_effect(
    transport: Transport, consumer: Consumer, effects: Effects, body: bytes, reason: str
) -> None:
    await _declare(transport)
    await transport.publish([message(), plain("case.accepted.facility.lamp.top", body), message()])
    async with running(consumer):
        await eventually(seen(effects, 2))
        await eventually(deep(transport, dead_queue(QUEUE), 1))
    async with transport.consume(dead_queue(QUEUE), prefetch=1) as dead:
        [letter] = await dead.next_batch(1)
    assert str(letter.message.headers["linli-error"]).startswith(reason)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("partitionkey", "a\u0000b"), ("partitionkey", "k" * 256), ("source", ""), ("sequence", "٠" * 12)],
    ids=["nul", "long", "empty", "foreign digits"],
)
async def test_an_event_whose_names_cannot_be_kept_is_dead_and_its_neighbours_take_effect(
    transport: Transport, consumer: Consumer, effects: Effects, attribute: str, value: str
) -> None:
    await _declare(transport)
    bad = json.dumps({**json.loads(event(accepted()).encode()), attribute: value}).encode()
    await transport.publish([message(), plain("case.accepted.facility.lamp.top", bad), message()])
    async with running(consumer):
        await eventually(seen(effects, 2))
        await eventually(deep(transport, dead_queue(QUEUE), 1))
    async with transport.consume(dead_queue(QUEUE), prefetch=1) as dead:
        [letter] = await dead.next_batch(1)
    assert letter.message.headers["linli-error"] == f"EventError: not a valid event: {attribute}"


async def test_an_event_without_a_reaction_is_dead_with_its_reason(transport: Transport, consumer: Consumer) -> None:
    await _declare(transport)
    [need] = [one for one in EXAMPLES if isinstance(one, NeedClosed)]
    await transport.publish([plain("case.accepted.facility.lamp.top", event(need).encode())])
    async with running(consumer):
        await eventually(deep(transport, dead_queue(QUEUE), 1))
    async with transport.consume(dead_queue(QUEUE), prefetch=1) as dead:
        [letter] = await dead.next_batch(1)
    reason = letter.message.headers["linli-error"]
    assert reason == f"NoReactionError: {QUEUE} has no reaction to linli.need.closed.v1"


async def test_an_absent_database_costs_no_attempts_and_keeps_the_order(
    transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    case = uuid4()
    first, second = event(accepted(case), 1), event(closed(case), 2)
    effects.error = OperationalError("select", {}, ConnectionError("away"))
    effects.failing[first.id] = 6
    await transport.publish([carried(first), carried(second)])
    async with running(consumer):
        await eventually(seen(effects, 2))
    assert [sequence for _, sequence in effects.seen] == [f"{1:012d}", f"{2:012d}"]
    assert await transport.depth(dead_queue(QUEUE)) == 0


async def test_a_stop_finishes_the_batch_and_gives_the_rest_back(
    engine: AsyncEngine, transport: Transport, consumer: Consumer, effects: Effects
) -> None:
    await _declare(transport)
    for _ in range(30):
        await transport.publish([message() for _ in range(10)])
    async with running(consumer):
        await eventually(seen(effects, 1))
    done = len(effects.seen)
    assert done == await count(engine, "inbox")()
    async with running(consumer):
        await eventually(seen(effects, 300))
    assert len(effects.seen) == 300


def _empty(engine: AsyncEngine, table: Table) -> Callable[[], Awaitable[bool]]:
    async def empty() -> bool:
        async with engine.connect() as connection:
            return not await connection.scalar(select(func.count()).select_from(table))

    return empty


async def _declare(transport: Transport) -> None:
    await transport.declare(topology.CORE)
    await transport.declare(topology.inbox_topology(QUEUE, ["case.#"]))
