"""A report is kept while it is written, and handed in once."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select

from intake.tables import drafts, issues
from intake.usecases.drafting import KEPT, MOST_DRAFTS, purge_drafts

Token = Callable[..., dict[str, str]]
KEY = {"Idempotency-Key": "0198c0de-0000-7000-8000-00000000000b"}


async def saved(client: AsyncClient, body: dict[str, Any], headers: dict[str, str] | None = None) -> str:
    answer = await client.post("/v1/drafts", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["code"]
    return code


async def number_of(app: FastAPI, table: Any) -> int:
    async with app.state.runtime.engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_draft_is_changed_and_handed_in_once(client: AsyncClient, app: FastAPI) -> None:
    code = await saved(client, {"category": "facility.roof-leak"})
    changed = await client.put(f"/v1/drafts/{code}", json={"description": "楼顶漏雨", "reporter": {"contact": "电话"}})
    assert (changed.status_code, changed.json()["content"]["description"]) == (200, "楼顶漏雨")
    read = (await client.get(f"/v1/drafts/{code}")).json()
    assert (read["content"]["reporter"]["contact"], read["issue"]) == ("电话", None)
    submits = await asyncio.gather(*(client.post(f"/v1/drafts/{code}/submit") for _ in range(3)))
    assert {answer.status_code for answer in submits} == {201}
    assert len({answer.text for answer in submits}) == 1
    assert await number_of(app, issues) == 1
    tracked = await client.get(f"/v1/track/{submits[0].json()['tracking_code']}")
    assert tracked.json()["description"] == "楼顶漏雨"
    after = (await client.get(f"/v1/drafts/{code}")).json()
    assert (after["content"], after["issue"]) == (None, submits[0].json())
    assert (await client.put(f"/v1/drafts/{code}", json={"description": "再来"})).json()["type"].endswith("handed-in")


async def test_what_is_no_report_yet_stays_a_draft(client: AsyncClient, app: FastAPI) -> None:
    code = await saved(client, {"area": "sanchajie/atlantis"})
    empty = await client.post(f"/v1/drafts/{code}/submit")
    assert (empty.status_code, [one["field"] for one in empty.json()["errors"]]) == (422, ["description"])
    await client.put(f"/v1/drafts/{code}", json={"area": "sanchajie/atlantis", "description": "灯坏了"})
    nowhere = await client.post(f"/v1/drafts/{code}/submit")
    assert (nowhere.status_code, [one["field"] for one in nowhere.json()["errors"]]) == (422, ["area"])
    assert (await client.get(f"/v1/drafts/{code}")).json()["content"]["description"] == "灯坏了"
    assert await number_of(app, issues) == 0


async def test_the_same_key_keeps_one_draft(client: AsyncClient, app: FastAPI) -> None:
    first, again = await saved(client, {"description": "一"}, KEY), await saved(client, {"description": "一"}, KEY)
    assert (first, await number_of(app, drafts)) == (again, 1)
    assert (await client.post("/v1/drafts", json={"description": "二"}, headers=KEY)).status_code == 422
    short = await client.post("/v1/drafts", json={}, headers={"Idempotency-Key": "short"})
    assert short.json()["errors"][0]["field"] == "Idempotency-Key"


async def test_whose_draft_it_is_lists_it_and_nobody_else_reads_it(client: AsyncClient, token: Token) -> None:
    mine, other = token("handler", subject="li-one"), token("handler", subject="li-two")
    first, second = [await saved(client, {"description": text}, mine) for text in "一二"]
    listed = (await client.get("/v1/drafts", headers=mine)).json()
    assert [one["code"] for one in listed] == [second, first]
    assert (await client.get("/v1/drafts", headers=other)).json() == []
    assert (await client.get("/v1/drafts")).status_code == 401
    for headers in (other, {}):
        for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/submit")):
            body: dict[str, Any] | None = {} if method == "PUT" else None
            answer = await client.request(method, f"/v1/drafts/{first}{path}", headers=headers, json=body)
            assert answer.status_code == 404
    assert (await client.delete(f"/v1/drafts/{first}", headers=mine)).status_code == 204
    await client.post(f"/v1/drafts/{second}/submit", headers=mine)
    assert (await client.get("/v1/drafts", headers=mine)).json() == []


async def test_one_person_keeps_only_so_many(client: AsyncClient, token: Token) -> None:
    mine = token("staff", subject="li-many")
    for _ in range(MOST_DRAFTS):
        code = await saved(client, {}, mine)
    full = await client.post("/v1/drafts", json={}, headers=mine)
    assert (full.status_code, full.json()["title"]) == (409, "Too many drafts are kept")
    await client.delete(f"/v1/drafts/{code}", headers=mine)
    await saved(client, {}, mine)


async def test_a_draft_is_kept_for_thirty_days_encrypted(client: AsyncClient, app: FastAPI) -> None:
    code = await saved(client, {"description": "住在三号楼的人"})
    async with app.state.runtime.engine.connect() as connection:
        stored = await connection.scalar(select(drafts.c.content))
    assert "三号楼".encode() not in stored
    real, later = app.state.runtime, datetime.now(UTC) + KEPT
    app.state.runtime = replace(real, now=lambda: later)
    try:
        assert (await client.get(f"/v1/drafts/{code}")).status_code == 404
        assert (await client.post(f"/v1/drafts/{code}/submit")).status_code == 404
    finally:
        app.state.runtime = real
    async with real.engine.begin() as connection:
        await purge_drafts(connection, later)
    assert await number_of(app, drafts) == 0
