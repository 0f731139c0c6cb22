"""What takes several cases locks them in the order of their ids: two of a kind never wait for each other."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from routing.meeting_tables import meetings
from routing.tables import cases
from routing.usecases import merge_case, unmerge_case

from .service import B3, Service, eventually

NOW = datetime.now(UTC)
WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


async def undo_a_merge(service: Service, first: UUID, second: UUID) -> Callable[[], Awaitable[None]]:
    """The merged case has the greater id."""
    async with service.engine.begin() as connection:
        rulebook = await service.rulebooks.current(connection)
        await merge_case(connection, rulebook, case_id=second, into=first, at=NOW)

    async def undo() -> None:
        async with service.engine.begin() as connection:
            await unmerge_case(connection, rulebook, case_id=second, at=NOW)

    return undo


async def hold_a_meeting(service: Service, first: UUID, second: UUID) -> Callable[[], Awaitable[None]]:
    """The meeting decides about the case with the greater id first."""
    later = (NOW + timedelta(hours=12)).isoformat()
    plan = {"kind": "joint", "title": "一次会议", "place": "here", "units": [B3], "cases": [str(second), str(first)]}
    times = {"starts_at": later, "ends_at": (NOW + timedelta(hours=13)).isoformat()}
    called = await service.client.post("/v1/meetings", headers=service.platform, json={**plan, **times})
    assert called.status_code == 201
    async with service.engine.begin() as connection:
        await connection.execute(meetings.update().values(starts_at=NOW - timedelta(hours=1)))
    decisions = [{"case_id": one, "unit": B3, "work": "sweep", "deadline": later} for one in plan["cases"]]

    async def hold() -> None:
        body = {"minutes": "agreed", "decisions": decisions}
        path = f"/v1/meetings/{called.json()['id']}/hold"
        assert (await service.client.post(path, headers=service.platform, json=body)).status_code == 200

    return hold


@pytest.mark.parametrize("prepare", [undo_a_merge, hold_a_meeting], ids=["unmerge", "hold"])
async def test_the_case_with_the_lesser_id_is_locked_first(
    service: Service, prepare: Callable[[Service, UUID, UUID], Awaitable[Callable[[], Awaitable[None]]]]
) -> None:
    first, second = sorted([await service.open(), await service.open()])
    act = await prepare(service, first, second)

    async def waits() -> bool:
        async with service.engine.connect() as connection:
            return bool(await connection.scalar(WAITING))

    async with service.engine.begin() as connection:
        await connection.execute(select(cases.c.id).where(cases.c.id == first).with_for_update())
        acting = asyncio.ensure_future(act())
        await eventually(waits)
        assert await is_free(service, second)
    await acting


async def is_free(service: Service, case_id: UUID) -> bool:
    with suppress(DBAPIError):
        async with service.engine.begin() as connection:
            await connection.execute(select(cases.c.id).where(cases.c.id == case_id).with_for_update(nowait=True))
            return True
    return False
