"""Everybody wants the same micro-wish at once: one gets it, and all others are told so, with nothing half done."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from linli.chassis.sealing import Sealer
from volunteer.domain.actor import Actor
from volunteer.domain.claiming import BarredError, ClaimPolicy
from volunteer.domain.wishes import Wish
from volunteer.tables import volunteers, wish_claims
from volunteer.usecases.telling import Telling
from volunteer.usecases.wish_claims import claim_wish
from volunteer.usecases.wishes import publish_wish, submit_wish, verify_wish

CONNECTIONS = 8
AREA = "sanchajie/jinpu/lianbang/b3"
NOW = datetime.now(UTC)
TELLING = Telling(NOW, Sealer(None))
STAFF = Actor(subject="clerk", areas=None)


async def wished(connection: AsyncConnection) -> Wish:
    """Return a wish of one place, published."""
    wish = Wish(
        id=uuid4(),
        title="换一盏灯",
        details="",
        kind="repair",
        area=AREA,
        wanted=1,
        minimum_age=0,
        qualifications=(),
        until=NOW + timedelta(days=30),
        claim_hours=72,
        submitted_by="grandmother",
        on_behalf=True,
        submitted_at=NOW,
    )
    await submit_wish(connection, wish, None, cipher=None, actor=STAFF, telling=TELLING, key=None)
    await verify_wish(connection, wish.id, actor=STAFF, telling=TELLING, versions=None)
    return await publish_wish(connection, wish.id, actor=STAFF, telling=TELLING, versions=None)


async def registered(connection: AsyncConnection, crowd: int) -> None:
    """Let so many people be volunteers."""
    empty = {"skills": [], "languages": [], "availability": {"zone": "Asia/Shanghai", "weekly": [], "otherwise": []}}
    first = {"id": uuid4(), "subject": "n0", "number": "V0", "name": "例", "area": AREA, "radius_m": 1000, **empty}
    plain = {"consents": False, "registered_at": NOW, "version": 1}
    await connection.execute(insert(volunteers).values(**first, **plain))
    fresh = {"id": "gen_random_uuid()", "subject": "'n' || place", "number": "'V' || place"}
    columns = list(volunteers.c.keys())
    copied = ", ".join(fresh.get(name, name) for name in columns)
    copy = f"insert into volunteers ({', '.join(columns)}) select {copied} from volunteers"
    await connection.execute(text(f"{copy}, generate_series(1, {crowd - 1}) place"))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("crowd", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
async def test_one_of_many_at_once_gets_the_wish(
    crowd: int, new_database: Callable[..., str], template_of: Callable[[str], str]
) -> None:
    engine = create_async_engine(new_database(template=template_of("volunteer")), pool_size=CONNECTIONS)
    async with engine.begin() as connection:
        await registered(connection, crowd)
        wish = await wished(connection)

    async def claim(connection: AsyncConnection, place: int) -> str:
        who = Actor(subject=f"n{place}")
        told: dict[str, Any] = {"team_id": None, "people": 1, "policy": ClaimPolicy(), "telling": TELLING, "key": None}
        try:
            async with connection.begin():
                await claim_wish(connection, wish.id, claim_id=uuid4(), actor=who, **told)
        except BarredError as error:
            return error.bars[0].bar.value
        return "claimed"

    async def queue(first: int) -> list[str]:
        """Let everybody who stands in one queue claim, on one connection."""
        async with engine.connect() as connection:
            return [await claim(connection, place) for place in range(first, crowd, CONNECTIONS)]

    queues = await asyncio.gather(*(queue(first) for first in range(CONNECTIONS)))
    answers = Counter(answer for one in queues for answer in one)
    async with engine.connect() as connection:
        held = await connection.scalar(select(func.count()).select_from(wish_claims))
        told = await connection.scalar(text("select count(*) from outbox where routing_key like 'wish.claimed.%'"))
    await engine.dispose()
    assert answers == {"claimed": 1, "not-published": crowd - 1}
    assert (held, told) == (1, 1)
