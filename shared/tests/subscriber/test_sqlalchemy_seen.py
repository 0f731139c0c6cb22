"""What took effect is remembered in the department's own database, with the effect or not at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import CheckConstraint, Column, MetaData, Table, Uuid, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from linli.contracts import CaseAccepted, Event
from linli.messaging.postgres_url import asyncpg_url
from linli.messaging.transport import Transport
from linli.subscriber import Subscriber
from linli.subscriber.sqlalchemy_seen import SEEN_EVENTS, SqlAlchemySeen

from .conftest import DEAD, SOON, accepted, empty, eventually, publish, running, until

ORDERS = Table("orders", MetaData(), Column("case_id", Uuid, nullable=False))


@pytest.fixture(params=["postgresql", "sqlite"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A department's own database: the tests run once per dialect."""
    if request.param == "postgresql":
        url = asyncpg_url(request.getfixturevalue("database_url"))
    else:
        url = f"sqlite+aiosqlite:///{tmp_path / 'department.db'}"
    made = create_async_engine(url)
    async with made.begin() as connection:
        await connection.run_sync(ORDERS.create)
    yield made
    await made.dispose()


@pytest.fixture
async def seen(engine: AsyncEngine) -> SqlAlchemySeen:
    made = SqlAlchemySeen(engine, consumer="housing")
    await made.create_table()
    return made


async def orders(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(ORDERS)) or 0


async def test_remembers_over_restarts_and_making_the_table_again(engine: AsyncEngine, seen: SqlAlchemySeen) -> None:
    event_id = uuid4()
    assert not await seen.has(event_id)
    await seen.add(event_id)
    await seen.add(event_id)
    later = SqlAlchemySeen(engine, consumer="housing")
    await later.create_table()
    assert await later.has(event_id)
    assert not await later.has(uuid4())


async def test_consumers_that_share_a_database_each_handle_an_event(engine: AsyncEngine, seen: SqlAlchemySeen) -> None:
    event_id = uuid4()
    await seen.add(event_id)
    assert not await SqlAlchemySeen(engine, consumer="water").has(event_id)


async def test_effect_and_note_are_both_there_or_neither(engine: AsyncEngine, seen: SqlAlchemySeen) -> None:
    event_id = uuid4()
    async with engine.connect() as connection:
        assert await seen.note(connection, event_id)
        await connection.execute(insert(ORDERS).values(case_id=event_id))
        await connection.rollback()
    assert (await seen.has(event_id), await orders(engine)) == (False, 0)

    async with engine.begin() as connection:
        assert await seen.note(connection, event_id)
        await connection.execute(insert(ORDERS).values(case_id=event_id))
    assert (await seen.has(event_id), await orders(engine)) == (True, 1)

    async with engine.begin() as connection:
        assert not await seen.note(connection, event_id)


async def test_note_is_part_of_the_session_that_takes_it(engine: AsyncEngine, seen: SqlAlchemySeen) -> None:
    first, second = uuid4(), uuid4()
    async with AsyncSession(engine) as session:
        assert await seen.note(session, first)
        await session.rollback()
        assert await seen.note(session, second)
        await session.commit()
    assert (await seen.has(first), await seen.has(second)) == (False, True)


async def test_adding_one_event_many_times_at_once_is_no_error(seen: SqlAlchemySeen) -> None:
    event_id = uuid4()
    await asyncio.gather(*(seen.add(event_id) for _ in range(5)))
    assert await seen.has(event_id)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_of_two_transactions_that_handle_one_event_one_fails(engine: AsyncEngine, seen: SqlAlchemySeen) -> None:
    event_id = uuid4()

    async def second() -> None:
        async with engine.begin() as connection:
            await seen.note(connection, event_id)
            await connection.execute(insert(ORDERS).values(case_id=event_id))

    async def waits() -> bool:
        async with engine.connect() as connection:
            return bool(await connection.scalar(text("select count(*) from pg_locks where not granted")))

    async with engine.begin() as connection:
        assert await seen.note(connection, event_id)
        trying = asyncio.create_task(second())
        await eventually(waits)
        await connection.execute(insert(ORDERS).values(case_id=event_id))
    with pytest.raises(IntegrityError):
        await trying
    assert await orders(engine) == 1


async def test_refusal_that_is_no_repetition_is_not_hidden(engine: AsyncEngine) -> None:
    refusing = SEEN_EVENTS.to_metadata(MetaData())
    refusing.append_constraint(CheckConstraint("consumer <> 'housing'"))
    async with engine.begin() as connection:
        await connection.run_sync(refusing.create)
    with pytest.raises(IntegrityError):
        await SqlAlchemySeen(engine, consumer="housing").add(uuid4())


async def test_failure_after_the_commit_calls_again_and_takes_effect_once(
    bus_url: str, bus: Transport, engine: AsyncEngine, seen: SqlAlchemySeen
) -> None:
    subscriber = Subscriber(bus_url, department="housing", seen=seen, pauses_s=SOON)
    calls: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def open_work_order(event: Event[CaseAccepted]) -> None:
        async with engine.begin() as connection:
            if await seen.note(connection, event.id):
                await connection.execute(insert(ORDERS).values(case_id=event.data.case_id))
        calls.append(event.id)
        if len(calls) == 1:
            raise ConnectionError

    first, second = accepted(), accepted()
    await publish(bus, first, second)
    async with running(subscriber):
        await until(lambda: second.id in calls)
        await empty(bus)
    assert await orders(engine) == 2
    assert await bus.depth(DEAD) == 0


async def test_database_that_cannot_remember_is_tried_again(
    bus_url: str, bus: Transport, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    seen = SqlAlchemySeen(engine, consumer="housing")
    subscriber = Subscriber(bus_url, department="housing", seen=seen, pauses_s=[0.01] * 1000)
    got: list[UUID] = []

    @subscriber.on(CaseAccepted)
    async def note(event: Event[CaseAccepted]) -> None:
        got.append(event.id)

    event = accepted()
    await publish(bus, event)
    async with running(subscriber):
        await until(lambda: f"{event.id} failed" in caplog.text)
        await seen.create_table()
        await until(lambda: got)
        await empty(bus)
    assert (got, await seen.has(event.id)) == ([event.id], True)
