"""Ten thousand claims at once: one gets the wish, and all others are told so at once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID, uuid4

from httpx import AsyncClient
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from linli.chassis.sealing import Sealer
from volunteer.domain.actor import Actor
from volunteer.domain.claiming import BarredError, ClaimPolicy
from volunteer.settings import VolunteerSettings
from volunteer.tables import volunteers, wish_claims
from volunteer.usecases.telling import Telling
from volunteer.usecases.wish_claims import claim_wish

from .conftest import Mint
from .test_people_api import registered
from .test_wishes_api import published

CROWD = 10_000
CONNECTIONS = 8


async def test_one_of_ten_thousand_at_once_gets_the_wish(
    client: AsyncClient, token: Mint, settings: VolunteerSettings
) -> None:
    await registered(client, token, "n0")
    wish = UUID((await published(client, token))["id"])
    engine = create_async_engine(settings.database_url.get_secret_value(), pool_size=CONNECTIONS)
    fresh = {"id": "gen_random_uuid()", "subject": "'n' || place", "number": "'V' || place"}
    columns = list(volunteers.c.keys())
    copied = ", ".join(fresh.get(name, name) for name in columns)
    async with engine.begin() as connection:
        copy = f"insert into volunteers ({', '.join(columns)}) select {copied} from volunteers"
        await connection.execute(text(f"{copy}, generate_series(1, {CROWD - 1}) place"))
    policy, telling = ClaimPolicy(), Telling(datetime.now(UTC), Sealer(None))

    async def claim(connection: AsyncConnection, place: int) -> str:
        try:
            async with connection.begin():
                await claim_wish(
                    connection,
                    wish,
                    claim_id=uuid4(),
                    team_id=None,
                    people=1,
                    policy=policy,
                    actor=Actor(subject=f"n{place}"),
                    telling=telling,
                    key=None,
                )
        except BarredError as error:
            return error.bars[0].bar.value
        return "claimed"

    async def queue(first: int) -> list[str]:
        """Let everybody who stands in one queue claim, one connection for all of them."""
        async with engine.connect() as connection:
            return [await claim(connection, place) for place in range(first, CROWD, CONNECTIONS)]

    queues = await asyncio.gather(*(queue(first) for first in range(CONNECTIONS)))
    answers = Counter(answer for one in queues for answer in one)

    async with engine.connect() as connection:
        held = await connection.scalar(select(func.count()).select_from(wish_claims))
        people = await connection.scalar(select(func.count()).select_from(volunteers))
    await engine.dispose()
    assert answers == {"claimed": 1, "not-published": CROWD - 1}
    assert (held, people) == (1, CROWD)
