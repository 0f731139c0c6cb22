"""The relay takes what was committed to the broker, in order, and forgets nothing that is not confirmed."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.contracts import EventData, decode_event
from linli.messaging.message import MAX_BODY_BYTES, Message, PublishRefusedError, TransportError, UnpublishableError
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox import EventTooLargeError, record
from linli.messaging.relay import MOST_ATTEMPTS, Relay
from linli.messaging.tables import outbox
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .builders import AT, accepted, closed
from .conftest import eventually, running

INBOX = "housing.inbox"
MISSED = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")


class Failing:
    """The transport of a test, refusing the messages that a rule picks."""

    def __init__(self, transport: Transport, rule: Callable[[Message], Exception | None]) -> None:
        self._transport = transport
        self._rule = rule

    async def publish(self, messages: Sequence[Message], **kwargs: float) -> list[Exception | None]:
        verdicts = {message.id: self._rule(message) for message in messages}
        good = [message for message in messages if verdicts[message.id] is None]
        done = dict(zip([message.id for message in good], await self._transport.publish(good, **kwargs), strict=True))
        return [verdicts[message.id] or done[message.id] for message in messages]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def commit(engine: AsyncEngine, *data: EventData, version: int | None = None) -> None:
    async with engine.begin() as connection:
        await record(connection, data, version=version or len(data), at=AT)


async def backlog(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(outbox)) or 0


async def drained(engine: AsyncEngine) -> bool:
    return await backlog(engine) == 0


async def arrived(transport: Transport) -> list[tuple[UUID, str]]:
    """Return aggregate and sequence of what the inbox holds, in order, and leave it there."""
    count = await transport.depth(INBOX)
    seen: list[tuple[UUID, str]] = []
    async with transport.consume(INBOX, prefetch=1000) as subscription:
        while len(seen) < count:
            for one in await subscription.next_batch(1000):
                said = decode_event(one.message.body)
                seen.append((UUID(said.partitionkey), said.sequence))
    return seen


async def listen(transport: Transport) -> None:
    await transport.declare(CORE)
    await transport.declare(inbox_topology(INBOX, ["#"]))


@pytest.fixture
def relay(engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics) -> Relay:
    return Relay(engine=engine, transport=transport, metrics=metrics)


async def test_a_committed_event_reaches_the_queue_and_leaves_the_outbox(
    engine: AsyncEngine, transport: Transport, relay: Relay
) -> None:
    await listen(transport)
    case = uuid4()
    await commit(engine, accepted(case), closed(case), version=7)
    async with running(relay):
        await eventually(lambda: drained(engine))
    assert await arrived(transport) == [(case, f"{6:012d}"), (case, f"{7:012d}")]


async def test_a_rolled_back_event_is_never_published(engine: AsyncEngine, transport: Transport, relay: Relay) -> None:
    await listen(transport)
    async with engine.connect() as connection:
        await record(connection, [accepted()], version=1, at=AT)
        await connection.rollback()
    await commit(engine, accepted())
    async with running(relay):
        await eventually(lambda: drained(engine))
    assert await transport.depth(INBOX) == 1


async def test_events_of_many_aggregates_keep_their_order_per_aggregate(
    engine: AsyncEngine, transport: Transport, relay: Relay
) -> None:
    await listen(transport)
    cases = [uuid4() for _ in range(40)]
    for step in range(1, 6):
        for case in cases:
            await commit(engine, accepted(case), version=step)
    async with running(relay):
        await eventually(lambda: drained(engine))
    seen = await arrived(transport)
    assert len(seen) == 200
    for case in cases:
        assert [sequence for key, sequence in seen if key == case] == [f"{step:012d}" for step in range(1, 6)]


async def test_a_refused_event_holds_back_the_later_ones_of_its_aggregate_only(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics
) -> None:
    await listen(transport)
    stuck, free = uuid4(), uuid4()
    await commit(engine, accepted(stuck), closed(stuck))
    await commit(engine, accepted(free), closed(free))
    refusing = True

    def rule(message: Message) -> Exception | None:
        key = decode_event(message.body).partitionkey
        return PublishRefusedError("full") if refusing and key == str(stuck) else None

    async with running(Relay(engine=engine, transport=Failing(transport, rule), metrics=metrics)):

        async def only_the_stuck_are_left() -> bool:
            return await backlog(engine) == 2

        await eventually(only_the_stuck_are_left)
        assert {key for key, _ in await arrived(transport)} == {free}
        refusing = False
        await eventually(lambda: drained(engine))
    assert [one for one in await arrived(transport) if one[0] == stuck] == [(stuck, f"{1:012d}"), (stuck, f"{2:012d}")]


async def test_more_refused_events_than_one_batch_do_not_keep_others_from_flowing(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli.messaging.relay.BATCH", 10)
    await listen(transport)
    stuck = {str(case) for case in (uuid4() for _ in range(25))}
    for case in stuck:
        await commit(engine, accepted(UUID(case)))
    await commit(engine, accepted(), version=1)
    refusing = True

    def rule(message: Message) -> Exception | None:
        full = refusing and decode_event(message.body).partitionkey in stuck
        return PublishRefusedError("full") if full else None

    async with running(Relay(engine=engine, transport=Failing(transport, rule), metrics=metrics)):

        async def only_the_stuck_are_left() -> bool:
            return await backlog(engine) == len(stuck)

        await eventually(only_the_stuck_are_left)
        refusing = False
        await eventually(lambda: drained(engine))
    assert await transport.depth(INBOX) == 26


async def test_a_relay_to_which_nearly_all_is_refused_rests(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli.messaging.refusals.MOST_WAITING", 3)
    await listen(transport)
    for _ in range(5):
        await commit(engine, accepted())
    full = True
    relay = Relay(
        engine=engine,
        transport=Failing(transport, lambda _: PublishRefusedError("full") if full else None),
        metrics=metrics,
    )

    async def rested() -> bool:
        return relay.failures["other"] > 0

    async with running(relay):
        await eventually(rested)
        full = False
        await eventually(lambda: drained(engine))


async def test_the_server_soon_misses_a_leader_whose_machine_is_gone(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics
) -> None:
    leaders: list[tuple[str, str, str]] = []

    def look(_conn: object, cursor: Any, statement: str, *_: object) -> None:
        if "pg_try_advisory_lock" in statement and not leaders:
            cursor.execute(
                "select inet_client_addr()::text, " + ", ".join(f"current_setting('{one}')" for one in MISSED)
            )
            leaders.append(cursor.fetchone())

    event.listen(engine.sync_engine, "before_cursor_execute", look)
    async with running(Relay(engine=engine, transport=transport, metrics=metrics)):
        await commit(engine, accepted())
        await eventually(lambda: drained(engine))
    [(address, *told)] = leaders
    # What goes by a Unix socket stays on one machine: there these are 0 whatever one says.
    assert told == (["2", "1", "2", "4000"] if address else ["0", "0", "0", "0"])


async def test_a_poison_row_is_parked_and_its_neighbours_flow_and_it_flows_when_driven_again(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics
) -> None:
    await listen(transport)
    poison = uuid4()
    poisoned = True
    await commit(engine, accepted(poison), closed(poison))

    def rule(message: Message) -> Exception | None:
        bad = poisoned and decode_event(message.body).partitionkey == str(poison)
        return UnpublishableError("a header that cannot be encoded") if bad else None

    async def parked() -> bool:
        async with engine.connect() as connection:
            return bool(await connection.scalar(select(outbox.c.attempts).where(outbox.c.parked_at.is_not(None))))

    async with running(Relay(engine=engine, transport=Failing(transport, rule), metrics=metrics)):
        await eventually(parked)
        await commit(engine, accepted())

        async def neighbours_gone() -> bool:
            return await backlog(engine) == 2

        await eventually(neighbours_gone)
        poisoned = False
        async with engine.begin() as connection:
            row = (await connection.execute(select(outbox).where(outbox.c.parked_at.is_not(None)))).one()
            await connection.execute(update(outbox).values(parked_at=None, attempts=0))
        await eventually(lambda: drained(engine))
    assert (row.attempts, row.last_error) == (MOST_ATTEMPTS, "a header that cannot be encoded")


async def test_an_absent_broker_costs_no_attempts(
    engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics
) -> None:
    await listen(transport)
    failures = iter([TransportError("away")] * 6)
    await commit(engine, accepted())
    rule = Failing(transport, lambda _: next(failures, None))
    async with running(Relay(engine=engine, transport=rule, metrics=metrics)):
        await eventually(lambda: drained(engine))
    assert await transport.depth(INBOX) == 1


async def test_a_second_relay_stands_by_and_takes_over_when_the_first_stops(
    engine: AsyncEngine, transport: Transport, relay: Relay, metrics: MessagingMetrics
) -> None:
    await listen(transport)
    standby = Relay(engine=engine, transport=transport, metrics=metrics)
    await relay.start()
    await commit(engine, accepted())
    await eventually(lambda: drained(engine))
    async with running(standby):
        await relay.stop()
        await commit(engine, accepted())
        await eventually(lambda: drained(engine), within_s=5)
    assert await transport.depth(INBOX) == 2


async def test_a_standby_rests_however_much_is_committed(
    engine: AsyncEngine, transport: Transport, relay: Relay, metrics: MessagingMetrics
) -> None:
    standby = Relay(engine=engine, transport=transport, metrics=metrics)
    asked = 0

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal asked
        asked += "pg_try_advisory_lock" in statement

    await relay.start()
    await commit(engine, accepted())
    await eventually(lambda: drained(engine))
    event.listen(engine.sync_engine, "before_cursor_execute", count)
    async with running(standby):
        for _ in range(20):
            standby.wake()
            await commit(engine, accepted())
        await eventually(lambda: drained(engine))
        await relay.stop()
    event.remove(engine.sync_engine, "before_cursor_execute", count)
    assert asked <= 5


async def test_an_event_over_the_size_limit_is_refused_where_it_is_recorded(engine: AsyncEngine) -> None:
    huge = accepted().model_copy(update={"area": "a" * MAX_BODY_BYTES})
    with pytest.raises(EventTooLargeError, match=str(MAX_BODY_BYTES)):
        await commit(engine, huge)
    assert await backlog(engine) == 0


async def test_a_long_transaction_elsewhere_does_not_stop_the_flow(
    engine: AsyncEngine, transport: Transport, relay: Relay
) -> None:
    await listen(transport)
    async with engine.connect() as other, running(relay):
        await record(other, [accepted()], version=1, at=AT)
        await commit(engine, accepted())
        await eventually(lambda: drained(engine))
        await other.commit()
        await eventually(lambda: drained(engine))
    assert await transport.depth(INBOX) == 2
