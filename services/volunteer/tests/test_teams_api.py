"""Teams: three ways to join, and who decides."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import create_async_engine

from linli.district import load_district
from volunteer.settings import VolunteerSettings
from volunteer.usecases.teams import found_first_teams

from .conftest import Mint, eventually
from .test_people_api import COMMUNITY, kind, registered

PATROL = {"name": "夜巡队", "area": f"{COMMUNITY}/lianbang", "purpose": "夜间巡逻", "join": "open"}


async def founded(client: AsyncClient, token: Mint, **told: Any) -> dict[str, Any]:
    clerk = token("clerk", "staff", areas=(COMMUNITY,))
    answer = await client.post("/v1/teams", headers=clerk, json={**PATROL, **told})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(("mode", "standing"), [("open", "member"), ("approve", "asked")])
async def test_joining_is_what_the_team_makes_of_it(mode: str, standing: str, client: AsyncClient, token: Mint) -> None:
    await registered(client, token)
    team = await founded(client, token, join=mode)
    path, anna = f"/v1/teams/{team['id']}", token("anna", "volunteer")

    assert (await client.post(f"{path}/join", headers=anna)).json() == {"standing": standing}
    assert (await client.get(path)).json()["members"] == (standing == "member")
    assert kind(await client.post(f"{path}/join", headers=anna))[0] == 409


async def test_only_who_was_invited_joins_a_team_by_invitation(client: AsyncClient, token: Mint) -> None:
    leader, anna = await registered(client, token, "leader"), await registered(client, token)
    team = await founded(client, token, join="invite", leader=leader["id"])
    path, leads = f"/v1/teams/{team['id']}", token("leader", "volunteer")

    assert team["members"] == 1
    assert kind(await client.post(f"{path}/join", headers=token("anna", "volunteer"))) == (409, "not-invited")
    sent = {"volunteer_id": anna["id"]}
    assert kind(await client.post(f"{path}/invitations", headers=token("anna", "volunteer"), json=sent))[0] == 403
    assert (await client.post(f"{path}/invitations", headers=leads, json=sent)).json() == {"standing": "invited"}
    assert kind(await client.post(f"{path}/invitations", headers=leads, json=sent)) == (409, "already-invited")
    joined = await client.post(f"{path}/join", headers=token("anna", "volunteer"))
    assert joined.json() == {"standing": "member"}
    members = (await client.get(f"{path}/members", headers=leads)).json()["items"]
    assert {(one["number"], one["standing"]) for one in members} == {
        (leader["number"], "member"),
        (anna["number"], "member"),
    }


async def test_leader_takes_in_or_refuses_who_asked(client: AsyncClient, token: Mint) -> None:
    leader = await registered(client, token, "leader")
    people = {name: (await registered(client, token, name))["id"] for name in ("anna", "berta")}
    team = await founded(client, token, join="approve", leader=leader["id"])
    path, leads = f"/v1/teams/{team['id']}", token("leader", "volunteer")
    for name in people:
        await client.post(f"{path}/join", headers=token(name, "volunteer"))

    taken = await client.post(f"{path}/invitations", headers=leads, json={"volunteer_id": people["anna"]})
    refused = await client.delete(f"{path}/members/{people['berta']}", headers=leads)

    assert (taken.json(), refused.status_code) == ({"standing": "member"}, 204)
    assert (await client.get(path)).json()["members"] == 2
    assert kind(await client.delete(f"{path}/members/{leader['id']}", headers=token("anna", "volunteer")))[0] == 403
    assert (await client.delete(f"{path}/members/{leader['id']}", headers=leads)).status_code == 204
    assert kind(await client.get(f"{path}/members", headers=leads))[0] == 403


async def test_one_person_joining_at_once_is_one_member(client: AsyncClient, token: Mint) -> None:
    await registered(client, token)
    path, anna = f"/v1/teams/{(await founded(client, token))['id']}", token("anna", "volunteer")

    answers = await asyncio.gather(*(client.post(f"{path}/join", headers=anna) for _ in range(5)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 4}


async def test_team_is_changed_by_its_leader_but_not_moved_elsewhere(client: AsyncClient, token: Mint) -> None:
    leader = await registered(client, token, "leader")
    team = await founded(client, token, leader=leader["id"])
    other = await founded(client, token, name="便民队")
    path, leads = f"/v1/teams/{team['id']}", token("leader", "volunteer")

    assert (await client.patch(path, headers=leads, json={"join": "invite"})).json()["version"] == 2
    assert kind(await client.patch(path, headers=leads | {"If-Match": '"1"'}, json={"purpose": ""})) == (412, "stale")
    assert kind(await client.patch(path, headers=leads, json={"area": "sanchajie"}))[0] == 403
    assert kind(await client.patch(path, headers=leads, json={"name": other["name"]})) == (409, "team-exists")
    assert kind(await client.patch(path, headers=leads, json={"leader": str(uuid4())}))[0] == 422
    listed = (await client.get("/v1/teams", params={"area": COMMUNITY})).json()["items"]
    names = [one["name"] for one in listed]
    assert names.index(other["name"]) < names.index(team["name"])


async def test_only_volunteers_join_and_only_organisers_found(client: AsyncClient, token: Mint) -> None:
    path = f"/v1/teams/{(await founded(client, token))['id']}"

    assert kind(await client.post(f"{path}/join", headers=token("anna", "volunteer"))) == (404, "unknown-volunteer")
    assert kind(await client.post("/v1/teams", headers=token("anna", "volunteer"), json=PATROL))[0] == 403
    far = token("clerk", "staff", areas=("sanchajie/chating",))
    assert kind(await client.post("/v1/teams", headers=far, json=PATROL))[0] == 403
    clerk = token("clerk", "staff", areas=(COMMUNITY,))
    assert kind(await client.post("/v1/teams", headers=clerk, json=PATROL)) == (409, "team-exists")


async def test_the_three_patrol_teams_of_the_example_are_there_once_and_not_again_when_there_are_others(
    client: AsyncClient, token: Mint, settings: VolunteerSettings
) -> None:
    async def names() -> list[str]:
        return [one["name"] for one in (await client.get("/v1/teams")).json()["items"]]

    async def founded() -> bool:
        return sorted(await names()) == ["业委会志愿巡逻队", "党员巡逻队", "平安巡逻队"]

    await eventually(founded)
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.begin() as connection:
        assert await found_first_teams(connection, load_district().teams.values(), new_id=uuid4) == 0
    await engine.dispose()
    await registered(client, token)
    peace = next(one for one in (await client.get("/v1/teams")).json()["items"] if one["name"] == "平安巡逻队")
    joined = await client.post(f"/v1/teams/{peace['id']}/join", headers=token("anna", "volunteer"))
    assert joined.json()["standing"] == "member", joined.text
