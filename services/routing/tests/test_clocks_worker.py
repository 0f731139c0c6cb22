"""Time acts once on each case, whichever process sees to it, and after an outage in good order."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry
from sqlalchemy import func, select, update

from linli.messaging.outbox_limit import OutboxLimit
from linli.messaging.tables import outbox
from routing.clocks import BATCH, Clocks
from routing.tables import cases, moves
from routing.usecases import tick_due_cases
from routing.usecases.timing import PUT_OFF

from .builders import LIANBANG
from .service import B3, Service, eventually

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=200)


async def pass_time(service: Service, at: datetime = LATER, limit: int = 100) -> int:
    async with service.engine.begin() as connection:
        return await tick_due_cases(connection, await service.rulebooks.current(connection), at=at, limit=limit)


async def actions(service: Service, case_id: UUID) -> list[str]:
    query = select(moves.c.action).where(moves.c.case_id == case_id).order_by(moves.c.version)
    async with service.engine.connect() as connection:
        return list((await connection.execute(query)).scalars())


async def test_what_is_due_is_done_once_however_many_look(service: Service) -> None:
    opened = [await service.open() for _ in range(12)]
    seen = await asyncio.gather(*(pass_time(service, limit=5) for _ in range(4)))
    assert sum(seen) == len(opened)
    for case_id in opened:
        assert await actions(service, case_id) == ["route", "warn", "warn", "escalate"]
    assert await pass_time(service, at=datetime.now(UTC)) == 0


async def test_a_warning_stays_with_the_unit_that_is_warned(service: Service) -> None:
    case_id = await service.open()
    await pass_time(service)
    query = select(moves.c.action, moves.c.from_unit, moves.c.to_unit).where(moves.c.case_id == case_id)
    async with service.engine.connect() as connection:
        rows = (await connection.execute(query.order_by(moves.c.version))).all()
    above = B3.rpartition("/")[0]
    assert rows == [("route", None, B3), ("warn", B3, B3), ("warn", B3, B3), ("escalate", B3, above)]


async def test_a_transaction_that_fails_leaves_its_cases_due(service: Service) -> None:
    case_id = await service.open()
    async with service.engine.connect() as connection:
        await tick_due_cases(connection, await service.rulebooks.current(connection), at=LATER, limit=10)
        await connection.rollback()
    assert await actions(service, case_id) == ["route"]
    assert await pass_time(service) == 1


async def test_an_escalation_by_the_clock_says_why_and_who_answers_meanwhile(service: Service) -> None:
    case_id = await service.open()
    await pass_time(service)
    case = (await service.get(f"/cases/{case_id}")).json()
    assert (case["unit"], case["handler"]["id"], case["responsible"]["id"]) == (LIANBANG, "li-lianyi", "li-sanhe")
    assert case["late"] is True
    history = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    assert (history[-1]["actor"], history[-1]["reason"]) == ("system", "逾期 / overdue")
    assert history[1]["took_s"] > timedelta(days=199).total_seconds()


async def test_a_clock_that_was_set_back_moves_no_case_into_the_past(service: Service) -> None:
    case_id = await service.open()
    await pass_time(service)
    answer = await service.move(case_id, "accept", service.by("li-lianyi", "handler"))
    assert answer.status_code == 200
    history = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    moments = [item["moved_at"] for item in history]
    assert moments == sorted(moments)


async def test_the_worker_sees_to_more_than_a_batch_and_stops(service: Service) -> None:
    async with service.engine.begin() as connection:
        for _ in range(3):
            await service.open()
    now = datetime.now(UTC)
    async with service.engine.begin() as connection:
        await connection.execute(update(cases).values(next_at=now))
    worker = Clocks(
        engine=service.engine,
        rulebooks=service.rulebooks,
        now=lambda: LATER,
        after_commit=lambda: None,
        outbox_limit=OutboxLimit(),
        registry=CollectorRegistry(),
    )
    await worker.start()

    async def all_seen_to() -> bool:
        async with service.engine.connect() as connection:
            query = select(func.count()).where(cases.c.unit == LIANBANG)
            return await connection.scalar(query) == 3

    await eventually(all_seen_to)
    await worker.stop()
    assert BATCH == 100


async def test_while_the_outbox_is_full_cases_stay_due(service: Service) -> None:
    case_id = await service.open()
    worker = Clocks(
        engine=service.engine,
        rulebooks=service.rulebooks,
        now=lambda: LATER,
        after_commit=lambda: None,
        outbox_limit=OutboxLimit(1),
        registry=CollectorRegistry(),
    )
    assert await worker._see_to_some() == 0
    assert await actions(service, case_id) == ["route"]
    async with service.engine.begin() as connection:
        await connection.execute(outbox.delete())
    worker._outbox_limit = OutboxLimit(1)
    assert await worker._see_to_some() == 1


async def test_a_case_whose_clocks_fail_stops_no_other_and_is_put_off(service: Service) -> None:
    broken, sound = await service.open(), await service.open()
    async with service.engine.begin() as connection:
        await connection.execute(update(cases).where(cases.c.id == broken).values(clocks=[], next_at=NOW))
    registry = CollectorRegistry()
    worker = Clocks(
        engine=service.engine,
        rulebooks=service.rulebooks,
        now=lambda: LATER,
        after_commit=lambda: None,
        outbox_limit=OutboxLimit(),
        registry=registry,
    )
    assert await worker._see_to_some() == 2
    assert await actions(service, sound) == ["route", "warn", "warn", "escalate"]
    assert registry.get_sample_value("linli_clocks_failed_total") == 1
    async with service.engine.connect() as connection:
        assert await connection.scalar(select(cases.c.next_at).where(cases.c.id == broken)) == LATER + PUT_OFF
    assert await worker._see_to_some() == 0
