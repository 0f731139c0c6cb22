"""The lists of resources and needs: what is offered, what is needed, and what became of each."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from .builders import closed, routed
from .conftest import Mint, World, eventually
from .test_people_api import COMMUNITY, kind

CHAIRS = {"list": "resource", "what": "折叠椅", "kind": "chairs", "amount": 50, "measure": "把", "party": "区图书馆"}


def clerk_of(token: Mint, area: str = COMMUNITY) -> dict[str, str]:
    return token("clerk", "staff", areas=(area,))


async def entered(client: AsyncClient, token: Mint, **told: Any) -> dict[str, Any]:
    answer = await client.post("/v1/lines", headers=clerk_of(token), json={**CHAIRS, "area": COMMUNITY, **told})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def state(client: AsyncClient, line: dict[str, Any]) -> tuple[str, int]:
    read = (await client.get(f"/v1/lines/{line['id']}")).json()
    return read["state"], read["matched"]


async def test_resource_serves_two_needs_until_nothing_is_left(client: AsyncClient, token: Mint) -> None:
    chairs = await entered(client, token)
    party, film = [await entered(client, token, list="need", amount=30, party="居委会") for _ in range(2)]
    sent = {"resource_id": chairs["id"], "amount": 30}

    first = await client.post(f"/v1/lines/{party['id']}/matches", headers=clerk_of(token), json=sent)
    too_many = await client.post(f"/v1/lines/{film['id']}/matches", headers=clerk_of(token), json=sent)
    await client.post(f"/v1/lines/{film['id']}/matches", headers=clerk_of(token), json=sent | {"amount": 20})

    assert (first.json()["state"], kind(too_many)) == ("matched", (422, "invalid-request"))
    assert [await state(client, one) for one in (chairs, party, film)] == [
        ("matched", 50),
        ("matched", 30),
        ("partly", 20),
    ]
    matches = (await client.get(f"/v1/lines/{chairs['id']}/matches")).json()
    assert [one["amount"] for one in matches] == [30, 20]
    gone = await client.delete(f"/v1/lines/matches/{matches[0]['id']}", headers=clerk_of(token))
    assert gone.status_code == 204
    assert [await state(client, one) for one in (chairs, party)] == [("partly", 20), ("unmatched", 0)]
    again = await client.delete(f"/v1/lines/matches/{matches[0]['id']}", headers=clerk_of(token))
    assert kind(again) == (404, "unknown-match")


async def test_no_more_is_given_than_there_is_however_many_ask_at_once(client: AsyncClient, token: Mint) -> None:
    chairs = await entered(client, token, amount=3)
    needs = [await entered(client, token, list="need", amount=1) for _ in range(8)]
    sent = {"resource_id": chairs["id"], "amount": 1}

    answers = await asyncio.gather(
        *(client.post(f"/v1/lines/{need['id']}/matches", headers=clerk_of(token), json=sent) for need in needs)
    )

    assert Counter(answer.status_code for answer in answers) == {201: 3, 422: 5}
    assert await state(client, chairs) == ("matched", 3)


async def test_line_says_why_not_when_to_look_again_and_what_came_of_it(client: AsyncClient, token: Mint) -> None:
    need = await entered(client, token, list="need", reason="暂无轮椅")
    chairs = await entered(client, token)
    path, clerk = f"/v1/lines/{need['id']}", clerk_of(token)

    noted = await client.patch(path, headers=clerk | {"If-Match": '"1"'}, json={"follow_up_on": "2026-05-01"})
    assert (noted.json()["reason"], noted.headers["ETag"]) == ("暂无轮椅", '"2"')
    assert kind(await client.patch(path, headers=clerk | {"If-Match": '"1"'}, json={"amount": 1})) == (412, "stale")
    due = {"list": "need", "due_by": "2026-05-01"}
    assert [one["id"] for one in (await client.get("/v1/lines", params=due)).json()["items"]] == [need["id"]]
    done = (await client.patch(path, headers=clerk, json={"outcome": "已由邻居借出"})).json()
    assert done["outcome"] == "已由邻居借出"
    assert (await client.get("/v1/lines", params=due)).json()["items"] == []
    sent = {"resource_id": chairs["id"], "amount": 1}
    assert kind(await client.post(f"{path}/matches", headers=clerk, json=sent)) == (409, "line-done")


@pytest.mark.parametrize(
    ("other", "slug"),
    [
        ({"kind": "tables"}, "other-kind"),
        ({"measure": "套"}, "other-kind"),
        ({"list": "resource"}, "wrong-list"),
        ({"begins_at": "2026-03-03T00:00:00Z"}, "other-time"),
    ],
)
async def test_only_what_goes_together_is_brought_together(
    other: dict[str, Any], slug: str, client: AsyncClient, token: Mint
) -> None:
    chairs = await entered(client, token, ends_at="2026-03-02T00:00:00Z")
    need = await entered(client, token, **{"list": "need", **other})
    sent = {"resource_id": chairs["id"], "amount": 1}

    assert kind(await client.post(f"/v1/lines/{need['id']}/matches", headers=clerk_of(token), json=sent)) == (409, slug)


async def test_lists_are_public_narrowed_and_exported(client: AsyncClient, token: Mint) -> None:
    chairs = await entered(client, token, what="=1+1")
    need = await entered(client, token, list="need", kind="tables")

    async def found(**query: str) -> list[str]:
        return [one["id"] for one in (await client.get("/v1/lines", params=query)).json()["items"]]

    assert await found() == [need["id"], chairs["id"]]
    assert await found(list="resource") == await found(kind="chairs") == [chairs["id"]]
    assert await found(state="matched") == await found(area="sanchajie/chating") == []
    table = await client.get("/v1/lines/csv", params={"list": "resource"})
    assert table.text.startswith("\ufeffid,list,what,")
    assert f"{chairs['id']},resource,'=1+1,chairs,50,把,0,unmatched" in table.text
    assert need["id"] not in table.text


async def test_only_who_organises_there_writes(client: AsyncClient, token: Mint) -> None:
    line = await entered(client, token)
    far = clerk_of(token, "sanchajie/chating")

    assert kind(await client.post("/v1/lines", headers=far, json={**CHAIRS, "area": COMMUNITY}))[0] == 403
    assert kind(await client.patch(f"/v1/lines/{line['id']}", headers=far, json={"outcome": "x"}))[0] == 403
    moved = {"area": "sanchajie"}
    assert kind(await client.patch(f"/v1/lines/{line['id']}", headers=clerk_of(token), json=moved))[0] == 403
    assert (await client.post("/v1/lines", headers=token("anna", "volunteer"), json=CHAIRS)).status_code == 403


async def test_amount_does_not_fall_below_what_is_matched(client: AsyncClient, token: Mint) -> None:
    chairs, need = await entered(client, token), await entered(client, token, list="need", amount=5)
    sent = {"resource_id": chairs["id"], "amount": 5}
    await client.post(f"/v1/lines/{need['id']}/matches", headers=clerk_of(token), json=sent)

    less = await client.patch(f"/v1/lines/{chairs['id']}", headers=clerk_of(token), json={"amount": 4})
    same = await client.patch(f"/v1/lines/{chairs['id']}", headers=clerk_of(token), json={"amount": 5})

    assert (kind(less), same.json()["state"]) == ((422, "invalid-request"), "matched")
    backwards = {"begins_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"}
    assert kind(await client.patch(f"/v1/lines/{chairs['id']}", headers=clerk_of(token), json=backwards))[0] == 422


async def test_need_of_a_case_stands_on_the_list_and_follows_its_case(
    world: World, client: AsyncClient, token: Mint
) -> None:
    case_id = uuid4()
    need = await world.open_need(2, case_id)
    await client.post(f"/v1/needs/{need['id']}/claims", headers=token("anna", "volunteer"))
    path = f"/v1/lines/{need['id']}"
    line = (await client.get(path, headers={"Accept-Language": "en"})).json()
    assert (line["what"], line["kind"], line["party"]) == (
        *("Stair light out", "stair-light", "Lianbang New Town, Building 3"),
    )
    assert (line["list"], line["amount"], line["matched"], line["state"], line["of_case"]) == (
        *("need", 2, 1, "partly", True),
    )
    noted = await client.patch(path, headers=clerk_of(token), json={"reason": "在找电工", "follow_up_on": "2026-03-01"})
    assert (noted.json()["reason"], noted.json()["what"]) == ("在找电工", "楼道灯不亮")
    for refused in ({"amount": 3}, {"outcome": "x"}):
        assert kind(await client.patch(path, headers=clerk_of(token), json=refused)) == (409, "line-of-case")
    chairs = {"resource_id": (await entered(client, token))["id"], "amount": 1}
    assert kind(await client.post(f"{path}/matches", headers=clerk_of(token), json=chairs))[0] == 409

    await world.tell(closed(case_id), 2)

    async def ended() -> bool:
        return bool((await client.get(path)).json()["outcome"])

    await eventually(ended)
    table = await client.get("/v1/lines/csv", params={"list": "need"}, headers={"Accept-Language": "en"})
    assert "its case has ended" in table.text
    assert "在找电工" in table.text


async def test_need_whose_case_becomes_confidential_leaves_the_list(world: World, client: AsyncClient) -> None:
    case_id = uuid4()
    need = await world.open_need(2, case_id)
    await world.tell(routed(case_id, wanted=2, confidential=True), 2)

    async def gone() -> bool:
        return (await client.get(f"/v1/lines/{need['id']}")).status_code == 404

    await eventually(gone)
