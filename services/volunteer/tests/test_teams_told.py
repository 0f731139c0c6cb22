"""Who is in a team is told sealed, and who is not any more by the membership alone, whichever way they went."""

from collections.abc import Sequence
from uuid import UUID

from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.sealing import Sealer
from linli.contracts import Event, EventData, TeamChanged, TeamJoined, TeamLeft
from volunteer.settings import VolunteerSettings
from volunteer.tables import teams

from .conftest import CONTACT_KEY, Clock, Mint, World, lapsing
from .test_people_api import COMMUNITY, registered
from .test_teams_api import founded

SEALER = Sealer(SecretStr(CONTACT_KEY))
FIRST = 3
"""How many teams the example district begins with; they are told of too."""


def of_team(events: Sequence[Event[EventData]], team: str) -> list[Event[EventData]]:
    return [event for event in events if str(getattr(event.data, "team_id", "")) == team]


def who(event: Event[EventData]) -> str:
    assert isinstance(event.data, TeamJoined)
    assert event.data.volunteer is not None
    return SEALER.open(event.data.membership_id, event.data.volunteer)


async def test_every_way_into_and_out_of_a_team_is_told_without_a_name(
    client: AsyncClient, token: Mint, world: World
) -> None:
    people = {name: (await registered(client, token, name))["id"] for name in ("leader", "anna", "berta", "asks")}
    team = await founded(client, token, join="approve", leader=people["leader"])
    path, leads = f"/v1/teams/{team['id']}", token("leader", "volunteer")
    for name in ("anna", "asks"):
        await client.post(f"{path}/join", headers=token(name, "volunteer"))
    await client.post(f"{path}/invitations", headers=leads, json={"volunteer_id": people["anna"]})
    await client.post(f"{path}/invitations", headers=leads, json={"volunteer_id": people["berta"]})
    await client.post(f"{path}/join", headers=token("berta", "volunteer"))
    await client.patch(path, headers=leads, json={"purpose": "夜间巡逻，每周两次"})
    await client.patch(path, headers=leads, json={"name": "夜巡一队"})
    assert (await client.delete(f"{path}/members/{people['asks']}", headers=leads)).status_code == 204
    assert (await client.delete(f"{path}/members/{people['anna']}", headers=leads)).status_code == 204
    for name in ("asks", "berta"):
        own = f"/v1/volunteers/{people[name]}"
        assert (await client.delete(own, headers=token(name, "volunteer"))).status_code == 204
    await client.patch(path, headers=token("clerk", "staff", areas=(COMMUNITY,)), json={"leader": None})

    events = of_team(await world.told("team", until=TeamLeft, times=2), team["id"])

    changes = [event for event in events if isinstance(event.data, TeamChanged)]
    assert [(event.data.title, int(event.sequence)) for event in changes] == [  # type: ignore[attr-defined]
        ("夜巡队", 1),
        ("夜巡一队", 2),
    ]
    joined = [event for event in events if isinstance(event.data, TeamJoined)]
    left = [event for event in events if isinstance(event.data, TeamLeft)]
    assert [who(event) for event in joined] == ["leader", "anna", "berta"]
    assert [event.partitionkey for event in left] == [event.partitionkey for event in joined[1:]]
    assert [int(event.sequence) for event in (*joined, *left)] == [1, 1, 1, 2, 2]
    whole = b"".join(event.encode() for event in events).decode()
    assert not any(word in whole for word in (*people, *people.values()))


async def test_teams_of_before_are_told_with_their_members_once(
    client: AsyncClient, token: Mint, world: World, clock: Clock, settings: VolunteerSettings
) -> None:
    await registered(client, token)
    team = await founded(client, token)
    await client.post(f"/v1/teams/{team['id']}/join", headers=token("anna", "volunteer"))
    await world.told("team", until=TeamChanged, times=FIRST + 1)
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.begin() as connection:
        await connection.execute(update(teams).where(teams.c.id == UUID(team["id"])).values(told=0))
    for _ in range(2):
        worker = lapsing(engine, clock)
        await worker.start()
        events = await world.told("team", until=TeamJoined, times=2)
        await worker.stop()
    await engine.dispose()
    twice = of_team(events, team["id"])
    assert [type(event.data) for event in twice] == [TeamChanged, TeamJoined, TeamChanged, TeamJoined]
    assert [who(event) for event in (twice[1], twice[3])] == ["anna", "anna"]
    assert twice[1].partitionkey == twice[3].partitionkey
