"""A grid worker's round is noted with all that was found on it, or not at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select

from intake.tables import issues, visits

from .reporting import Token

AREA = "sanchajie/jinpu/lianbang"
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
FOUND: list[dict[str, Any]] = [
    {"description": "楼道堆放杂物"},
    {"description": "楼顶漏雨", "area": f"{AREA}/b3", "category": "facility.roof-leak"},
    {"description": "邻里争吵", "category": "dispute.neighbour"},
]


def a_round(**change: Any) -> dict[str, Any]:
    ended = BEGAN + timedelta(hours=2)
    told = {"area": AREA, "began_at": BEGAN.isoformat(), "ended_at": ended.isoformat(), "seen": "消防通道畅通"}
    return {**told, "issues": FOUND, **change}


async def test_a_round_makes_its_issues_at_once_and_once(client: AsyncClient, token: Token, app: FastAPI) -> None:
    worker = {**token("handler", subject="li-grid", areas=()), "Idempotency-Key": "round-1"}
    answers = [await client.post("/v1/visits", json=a_round(), headers=worker) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    ids = [one["id"] for one in answers[0].json()["issues"]]
    shown = [(await client.get(f"/v1/issues/{one}", headers=token("supervisor"))).json() for one in ids]
    assert [one["description"] for one in shown] == [one["description"] for one in FOUND]
    assert [one["area"] for one in shown] == [AREA, f"{AREA}/b3", AREA]
    assert {(one["source"], datetime.fromisoformat(one["made_at"])) for one in shown} == {("visit", BEGAN)}
    async with app.state.runtime.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(issues)) == 3
    tracked = await client.get(f"/v1/track/{answers[0].json()['issues'][0]['tracking_code']}")
    assert tracked.json()["made_at"] is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"area": "sanchajie/atlantis"}, "area"),
        ({"seen": ""}, "seen"),
        ({"ended_at": (BEGAN - timedelta(hours=1)).isoformat()}, "ended_at"),
        ({"ended_at": "2099-01-01T00:00:00Z"}, "ended_at"),
        ({"began_at": "1999-01-01T00:00:00Z"}, "began_at"),
        ({"issues": [*FOUND, {"description": "一", "category": "facility.no-such"}]}, "issues.3.category"),
        ({"issues": [*FOUND, {"description": "一", "made_at": "2099-01-01T00:00:00Z"}]}, "issues.3.made_at"),
        ({"issues": [{"description": "一", "category": "facility.lift-fault"}]}, "issues.0.attributes.persons-trapped"),
        ({"issues": [{"description": "一", "source": "app"}]}, "issues.0.source"),
        ({"issues": [{"description": "一"}] * 51}, "issues"),
    ],
)
async def test_a_round_with_a_fault_leaves_nothing(
    client: AsyncClient, token: Token, app: FastAPI, change: dict[str, Any], field: str
) -> None:
    refused = await client.post("/v1/visits", json=a_round(**change), headers=token("handler"))
    assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (422, [field])
    async with app.state.runtime.engine.connect() as connection:
        for table in (issues, visits):
            assert await connection.scalar(select(func.count()).select_from(table)) == 0


async def test_rounds_are_shown_to_staff_of_their_area_and_to_who_made_them(client: AsyncClient, token: Token) -> None:
    worker = token("handler", subject="li-grid", areas=())
    first, second = [
        (await client.post("/v1/visits", json=a_round(seen=seen), headers=worker)).json() for seen in ("一", "二")
    ]
    assert (await client.post("/v1/visits", json=a_round())).status_code == 401
    page = (
        await client.get("/v1/visits", params={"limit": 1, "area": "sanchajie/jinpu"}, headers=token("staff"))
    ).json()
    assert [(one["seen"], one["author"]) for one in page["items"]] == [("二", "li-grid")]
    rest = await client.get("/v1/visits", params={"after": page["next"]}, headers=token("staff"))
    assert [one["id"] for one in rest.json()["items"]] == [first["id"]]
    found = [one["id"] for one in first["issues"]]
    for headers, seen in ((token("staff"), found[:2]), (token("supervisor"), found), (worker, found)):
        assert (await client.get(f"/v1/visits/{first['id']}", headers=headers)).json()["issues"] == seen
    for stranger in (token("staff", areas=("sanchajie/other",)), token("handler", subject="li-other")):
        assert (await client.get("/v1/visits", headers=stranger)).json()["items"] == []
        assert (await client.get(f"/v1/visits/{second['id']}", headers=stranger)).status_code == 404
    mine = {"author": "li-grid"}
    assert len((await client.get("/v1/visits", params=mine, headers=token("staff"))).json()["items"]) == 2
    assert (await client.get("/v1/visits", params={"author": "li"}, headers=token("staff"))).json()["items"] == []
