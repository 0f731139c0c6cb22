"""A front end may ask what a report would become, before anybody reports."""

from collections.abc import Callable

from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select

from intake.tables import idempotency_keys, issues

Token = Callable[..., dict[str, str]]


async def test_checking_says_what_reporting_would_and_changes_nothing(
    client: AsyncClient, token: Token, app: FastAPI
) -> None:
    headers, body = {**token("staff"), "Idempotency-Key": "row-1"}, {"description": "楼顶漏雨", "source": "import"}
    would = await client.post("/v1/issues/check", json=body, headers=headers)
    assert (would.status_code, would.json()) == (
        200,
        {"category": "facility.roof-leak", "area": "sanchajie", "issue": None},
    )
    async with app.state.runtime.engine.connect() as connection:
        for table in (issues, idempotency_keys):
            assert await connection.scalar(select(func.count()).select_from(table)) == 0
    made = (await client.post("/v1/issues", json=body, headers=headers)).json()
    known = await client.post("/v1/issues/check", json=body, headers=headers)
    assert known.json()["issue"] == made["id"]
    for change, key in (({"area": "sanchajie/atlantis"}, "row-2"), ({"description": "别的"}, "row-1")):
        told = headers | {"Idempotency-Key": key}
        refused = [
            await client.post(path, json=body | change, headers=told) for path in ("/v1/issues/check", "/v1/issues")
        ]
        assert [answer.status_code for answer in refused] == [422, 422]
        assert refused[0].json()["title"] == refused[1].json()["title"]


async def test_a_text_that_is_too_long_is_told_so_in_characters(client: AsyncClient) -> None:
    refused = await client.post("/v1/issues/check", json={"description": "长" * 4001})
    [fault] = refused.json()["errors"]
    assert fault["field"] == "description"
    assert "4000 characters" in fault["message"]
