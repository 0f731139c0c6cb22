"""Claiming a need: atomic, once a volunteer, and nobody's business but the organiser's."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from httpx import AsyncClient

from linli.contracts import NeedClaimed

from .builders import AREA, closed
from .conftest import Mint, World, eventually


async def test_three_of_twenty_at_once_get_a_need_of_three(world: World, client: AsyncClient, token: Mint) -> None:
    need = await world.open_need(3)
    path = f"/v1/needs/{need['id']}/claims"

    answers = await asyncio.gather(
        *(client.post(path, headers=token(f"neighbour-{number}", "volunteer")) for number in range(20))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 17}
    read = (await client.get(f"/v1/needs/{need['id']}")).json()
    assert (read["claimed"], read["state"]) == (3, "full")
    organiser = token("li-sanhe", "supervisor", areas=(AREA,))
    winners = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert {one["id"] for one in (await client.get(path, headers=organiser)).json()["items"]} == winners
    told = [one.claimed for one in await world.heard(NeedClaimed, 3) if isinstance(one, NeedClaimed)]
    assert told == [1, 2, 3]


async def test_one_volunteer_claiming_at_once_gets_one_claim(world: World, client: AsyncClient, token: Mint) -> None:
    need = await world.open_need(3)
    same = token("neighbour", "volunteer")

    answers = await asyncio.gather(*(client.post(f"/v1/needs/{need['id']}/claims", headers=same) for _ in range(5)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 4}
    refused = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refused["type"].rpartition("/")[2], refused["allowed"]) == ("already-claimed", [])


async def test_same_idempotency_key_gets_the_same_claim(world: World, client: AsyncClient, token: Mint) -> None:
    need = await world.open_need(1)
    path = f"/v1/needs/{need['id']}/claims"
    sent = token("neighbour", "volunteer") | {"Idempotency-Key": "one"}

    first, again = await client.post(path, headers=sent), await client.post(path, headers=sent)
    other = await client.post(path, headers=sent, json={"more": True})

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    someone = token("other", "volunteer") | {"Idempotency-Key": "one"}
    assert (await client.post(path, headers=someone)).json()["type"].endswith("need-full")


async def test_refused_claim_leaves_its_key_unused(world: World, client: AsyncClient, token: Mint) -> None:
    need = await world.open_need(1)
    path = f"/v1/needs/{need['id']}/claims"
    await client.post(path, headers=token("first", "volunteer"))
    late = token("late", "volunteer") | {"Idempotency-Key": "one"}

    answers = [await client.post(path, headers=late) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert answers[0].json()["state"] == "full"


async def test_claim_of_a_closed_need_is_refused(world: World, client: AsyncClient, token: Mint) -> None:
    case_id = uuid4()
    need = await world.open_need(2, case_id)
    await world.tell(closed(case_id), 2)

    async def is_closed() -> bool:
        return (await world.needs())[0]["state"] == "closed"

    await eventually(is_closed)
    answer = await client.post(f"/v1/needs/{need['id']}/claims", headers=token("neighbour", "volunteer"))

    assert (answer.status_code, answer.json()["state"], answer.json()["allowed"]) == (409, "closed", [])


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_claims_of_an_unknown_need_are_not_found(method: str, client: AsyncClient, token: Mint) -> None:
    caller = token("somebody", "volunteer", "platform")

    answer = await client.request(method, f"/v1/needs/{uuid4()}/claims", headers=caller)

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (404, "unknown-need")


async def test_only_volunteers_claim(world: World, client: AsyncClient, token: Mint) -> None:
    path = f"/v1/needs/{(await world.open_need(1))['id']}/claims"

    assert (await client.post(path)).status_code == 401
    assert (await client.post(path, headers={"Authorization": "Bearer nonsense"})).status_code == 401
    assert (await client.post(path, headers=token("clerk", "staff"))).status_code == 403
    assert (await client.post("/v1/needs/7/claims", headers=token("v", "volunteer"))).status_code == 422


async def test_who_claimed_is_shown_to_organisers_of_the_area_only(
    world: World, client: AsyncClient, token: Mint
) -> None:
    need = await world.open_need(3)
    path = f"/v1/needs/{need['id']}/claims"
    for name in ("neighbour-1", "neighbour-2"):
        assert (await client.post(path, headers=token(name, "volunteer"))).status_code == 201

    async def status(*roles: str, areas: tuple[str, ...] = ()) -> int:
        return (await client.get(path, headers=token("reader", *roles, areas=areas))).status_code

    assert (await client.get(path)).status_code == 401
    assert await status("volunteer", areas=("sanchajie",)) == 403
    assert await status("staff", areas=("sanchajie/chating",)) == 403
    assert await status("staff", areas=("sanchajie/jinpu/lianbang/b",)) == 403
    assert await status("staff", areas=("sanchajie/jinpu",)) == 200
    assert await status("platform") == 200
    platform = token("operator", "platform")
    first = (await client.get(path, headers=platform, params={"limit": 1})).json()
    second = (await client.get(path, headers=platform, params={"limit": 1, "after": first["next"]})).json()
    assert [one["volunteer"] for one in first["items"] + second["items"]] == ["neighbour-1", "neighbour-2"]
    assert second["next"] is None
    assert "neighbour" not in (await client.get("/v1/needs")).text
