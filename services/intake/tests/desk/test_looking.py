"""Staff find what they look for, among what they may see."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from intake import desk_queries

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from .reporting import Tell, Token, found, reported


async def routed(client: AsyncClient, tell: Tell, headers: dict[str, str], issue: str, sequence: int = 1) -> None:
    await tell(builders.routed(UUID(issue)), sequence)
    async with asyncio.timeout(15):
        while (await client.get(f"/v1/issues/{issue}", headers=headers)).json()["unit"] is None:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("few", [1, 2, 4, desk_queries.FEW])
async def test_words_find_chinese_and_english_whichever_way_is_gone(
    client: AsyncClient, token: Token, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(desk_queries, "FEW", few)
    staff = token("staff")
    roof = await reported(client, "三号楼楼顶漏雨，顶层住户家里滴水")
    light = await reported(client, "楼道灯坏了", address="联邦新城3号楼")
    leak = await reported(client, "The roof is LEAKING again")
    expected = {
        "漏雨": [roof], "楼": [light, roof], "楼顶": [roof], "顶层 滴水": [roof], "楼顶灯": [],
        "leak": [leak], "Roof leaking": [leak], "联邦新城": [light], "灯": [light], "坏": [light],
    }  # fmt: skip
    for text, ids in expected.items():
        assert await found(client, staff, q=text) == ids, text


async def test_each_condition_narrows(client: AsyncClient, token: Token, tell: Tell) -> None:
    staff = token("staff")
    plain = await reported(client, "一", area="sanchajie/jinpu", source="hotline")
    asked = await reported(client, "二", category="facility.lift-fault", attributes={"persons-trapped": "yes"})
    several = await reported(client, "三", category="environment.noise", attributes={"noise-of": ["trade", "other"]})
    await routed(client, tell, staff, asked)
    now = datetime.now(UTC)
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({}, [several, asked, plain]),
        ({"category": "facility"}, [asked]),
        ({"category": ["facility.lift-fault", "environment.noise"]}, [several, asked]),
        ({"source": "hotline"}, [plain]),
        ({"area": "sanchajie/jinpu/lianbang"}, [several, asked]),
        ({"state": ["received", "closed"]}, [several, asked, plain]),
        ({"state": "closed"}, []),
        ({"department": "housing"}, [asked]),
        ({"handler": builders.HANDLER.id}, [asked]),
        ({"overdue": "true"}, [asked]),
        ({"deadline_from": builders.DUE.isoformat()}, [asked]),
        ({"deadline_before": builders.DUE.isoformat()}, []),
        ({"reported_from": (now - timedelta(hours=1)).isoformat()}, [several, asked, plain]),
        ({"reported_from": (now + timedelta(hours=1)).isoformat()}, []),
        ({"reported_before": (now - timedelta(hours=1)).isoformat()}, []),
        ({"attribute": "persons-trapped:yes"}, [asked]),
        ({"attribute": "persons-trapped:no"}, []),
        ({"attribute": "noise-of:other"}, [several]),
        ({"attribute": ["noise-of:other", "noise-of:trade"]}, [several]),
        ({"category": "environment", "q": "三"}, [several]),
    ]
    for params, ids in expected:
        assert await found(client, staff, **params) == ids, params


async def test_those_with_supporters_are_found(client: AsyncClient, token: Token) -> None:
    staff = token("staff")
    first, second, third = [await reported(client, text) for text in "一二三"]
    for one in (second, third):
        answer = await client.post(f"/v1/issues/{one}/merge", json={"into": first}, headers=staff)
        assert answer.status_code == 200, answer.text
    assert await found(client, staff, supporters=2) == [first]
    await client.post(f"/v1/issues/{second}/unmerge", headers=staff)
    assert await found(client, staff, supporters=2) == []
    assert (await client.get(f"/v1/issues/{first}", headers=staff)).json()["supporters"] == 1


async def test_nobody_finds_what_they_may_not_see(client: AsyncClient, token: Token) -> None:
    plain = await reported(client, "邻里漏雨")
    secret = await reported(client, "邻里纠纷漏雨", category="dispute.neighbour")
    assert await found(client, token("staff"), q="漏雨") == [plain]
    assert await found(client, token("supervisor"), q="漏雨") == [secret, plain]
    assert await found(client, token("staff", areas=("elsewhere",)), q="漏雨") == []
    assert await found(client, token("handler", areas=()), q="漏雨") == []


async def test_pages_follow_each_other_and_a_cursor_is_good_for_its_conditions_alone(
    client: AsyncClient, token: Token
) -> None:
    staff = token("staff")
    made = [await reported(client, f"漏雨{number}") for number in range(5)][::-1]
    params: dict[str, Any] = {"q": "漏雨", "limit": 2}
    pages: list[str] = []
    while True:
        page = (await client.get("/v1/issues", params=params, headers=staff)).json()
        pages += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert pages == made
    last = params["after"]
    for other in ({"after": last}, {"q": "漏", "after": last}, {**params, "state": "received"}):
        refused = await client.get("/v1/issues", params=other, headers=staff)
        assert (refused.status_code, refused.json()["title"]) == (422, "The cursor is one of other conditions")
    assert (await client.get("/v1/issues", params={**params, "limit": 5}, headers=staff)).status_code == 200
    assert (await client.get("/v1/issues", params={"after": "eyJpZCI6MX0"}, headers=staff)).status_code == 422


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"q": "？！🙂"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"state": "ajar"}, "state.0"),
        ({"category": "../etc"}, "category.0"),
        ({"reported_from": "2026-01-01T00:00:00"}, "reported_from"),
        ({"supporters": "-1"}, "supporters"),
        ({"attribute": "no-value"}, "attribute.0"),
        ({"attribute": [f"a{number}:1" for number in range(6)]}, "attribute"),
        ({"limit": "201"}, "limit"),
    ],
)
async def test_a_condition_that_says_nothing_is_refused(
    client: AsyncClient, token: Token, params: dict[str, Any], field: str
) -> None:
    answer = await client.get("/v1/issues", params=params, headers=token("staff"))
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


async def test_issues_are_counted_by_state(client: AsyncClient, token: Token, tell: Tell) -> None:
    staff = token("staff")
    one = await reported(client, "一")
    await reported(client, "二", category="facility.gate")
    await tell(builders.accepted(UUID(one)), 1)
    async with asyncio.timeout(15):
        while True:
            counts = (await client.get("/v1/issues/counts", headers=staff)).json()
            if "in_progress" in counts["states"]:
                break
            await asyncio.sleep(0.05)
    assert counts == {"total": 2, "more": False, "states": {"in_progress": 1, "received": 1}}
    facility = await client.get("/v1/issues/counts", params={"category": "facility"}, headers=staff)
    assert facility.json()["total"] == 1


async def test_what_lies_close_together_is_one_on_the_map(client: AsyncClient, token: Token) -> None:
    staff = token("staff")
    near = [{"lat": 26.0391, "lon": 119.3244}, {"lat": 26.0392, "lon": 119.3245}]
    for point in near:
        await reported(client, "近", location=point)
    far = await reported(client, "远", location={"lat": 26.2, "lon": 119.6})
    await reported(client, "无处")
    box = {"west": 119, "south": 26, "east": 120, "north": 27, "zoom": 10}
    clusters = (await client.get("/v1/issues/clusters", params=box, headers=staff)).json()
    shown = sorted(clusters["features"], key=lambda one: one["properties"]["count"])
    assert (clusters["type"], clusters["more"]) == ("FeatureCollection", False)
    assert [one["properties"] for one in shown] == [
        {"count": 1, "id": far, "state": "received"},
        {"count": 2, "id": None, "state": None},
    ]
    assert shown[1]["geometry"] == {"type": "Point", "coordinates": [119.32445, 26.03915]}
    apart = (await client.get("/v1/issues/clusters", params={**box, "zoom": 10, "q": "远"}, headers=staff)).json()
    assert len(apart["features"]) == 1


@pytest.mark.parametrize(
    "change", [{"west": 121}, {"south": 28}, {"zoom": 22}, {"zoom": 23}, {"west": "nan"}, {"north": 91}]
)
async def test_a_part_of_the_map_that_is_none_is_refused(
    client: AsyncClient, token: Token, change: dict[str, Any]
) -> None:
    box = {"west": 119, "south": 26, "east": 120, "north": 27, "zoom": 10, **change}
    assert (await client.get("/v1/issues/clusters", params=box, headers=token("staff"))).status_code == 422
