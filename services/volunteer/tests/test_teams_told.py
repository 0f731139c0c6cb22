"""Who is in a team is told sealed, and who is not any more by the membership alone, whichever way they went."""

from collections.abc import Sequence

from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.sealing import Sealer
from linli.contracts import Event, EventData, TeamChanged, TeamJoined, TeamLeft
from volunteer.settings import VolunteerSettings

from .conftest import CONTACT_KEY, Clock, Mint, World, eventually, lapsing
from .test_people_api import COMMUNITY, registered
from .test_teams_api import founded

SEALER = Sealer(SecretStr(CONTACT_KEY))


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


async def test_a_team_that_was_there_before_is_told_with_its_members_as_soon_as_it_has_one(
    client: AsyncClient, token: Mint, world: World, clock: Clock, settings: VolunteerSettings
) -> None:
    first = await first_team(client)
    engine = create_async_engine(settings.database_url.get_secret_value())
    for count, name in enumerate(("anna", "berta"), 1):
        await registered(client, token, name)
        await client.post(f"/v1/teams/{first}/join", headers=token(name, "volunteer"))
        worker = lapsing(engine, clock)
        await worker.start()
        events = await world.told("team", until=TeamJoined, times=count)
        await worker.stop()
    await engine.dispose()
    assert [type(event.data) for event in events] == [TeamChanged, TeamJoined, TeamJoined]
    assert {str(event.data.team_id) for event in events} == {first}  # type: ignore[attr-defined]
    assert [who(event) for event in events[1:]] == ["anna", "berta"]


async def first_team(client: AsyncClient) -> str:
    """Return the open one of the teams that the example district begins with."""

    async def found() -> list[str]:
        listed = (await client.get("/v1/teams")).json()["items"]
        return [str(one["id"]) for one in listed if one["name"] == "平安巡逻队"]

    await eventually(found)
    [team] = await found()
    return team
