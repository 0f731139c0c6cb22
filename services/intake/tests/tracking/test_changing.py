"""Reporters add to what they reported, and take it back while there is time."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from linli.contracts import CaseWithdrawn
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from ..conftest import draining  # noqa: TID252 - as above

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]


async def reported(client: AsyncClient) -> tuple[str, str]:
    answer = (await client.post("/v1/issues", json={"description": "楼顶漏雨", "area": builders.AREA})).json()
    return answer["id"], answer["tracking_code"]


async def tracked(client: AsyncClient, code: str, state: str) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while True:
            shown: dict[str, Any] = (await client.get(f"/v1/track/{code}")).json()
            if shown["state"] == state:
                return shown
            await asyncio.sleep(0.05)


async def test_a_report_is_taken_back_once_and_routing_is_told(client: AsyncClient, tell: Tell, bus: Transport) -> None:
    issue, code = await reported(client)
    assert (await client.get(f"/v1/track/{code}")).json()["can_withdraw"] is True
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.withdrawn.#"]))
    first = await client.post(f"/v1/track/{code}/withdraw")
    again = await client.post(f"/v1/track/{code}/withdraw")
    assert (first.status_code, again.status_code, first.json()["can_withdraw"]) == (200, 200, False)
    async with asyncio.timeout(15), draining(bus, "listener") as next_event:
        event = await next_event()
    assert (event["partitionkey"], event["sequence"]) == (issue, f"{2:012d}")
    withdrawn = CaseWithdrawn(category=builders.CATEGORY, area=builders.AREA, case_id=UUID(issue))
    await tell(withdrawn, 1)
    assert (await tracked(client, code, "withdrawn"))["can_withdraw"] is False


async def test_what_is_said_to_be_done_is_answered_and_not_taken_back(client: AsyncClient, tell: Tell) -> None:
    issue, code = await reported(client)
    await tell(builders.resolved(UUID(issue)), 1)
    await tracked(client, code, "resolved")
    refused = await client.post(f"/v1/track/{code}/withdraw")
    assert (refused.status_code, refused.json()["state"], refused.json()["allowed"]) == (409, "resolved", ["answer"])


async def test_what_is_merged_is_not_taken_back(client: AsyncClient, token: Token) -> None:
    (issue, code), (other, _) = await reported(client), await reported(client)
    merged = await client.post(f"/v1/issues/{issue}/merge", json={"into": other}, headers=token("staff"))
    assert merged.status_code == 200
    assert (await client.get(f"/v1/track/{code}")).json()["can_withdraw"] is False
    assert (await client.post(f"/v1/track/{code}/withdraw")).status_code == 409


async def test_what_is_added_is_shown_to_the_reporter_and_to_staff(client: AsyncClient, token: Token) -> None:
    issue, code = await reported(client)
    headers = {"Idempotency-Key": "once"}
    for _ in range(2):
        added = await client.post(f"/v1/track/{code}/supplements", json={"text": "今天又漏了"}, headers=headers)
        assert (added.status_code, [one["text"] for one in added.json()["supplements"]]) == (201, ["今天又漏了"])
    other = await client.post(f"/v1/track/{code}/supplements", json={"text": "别的"}, headers=headers)
    assert other.status_code == 422
    shown = (await client.get(f"/v1/issues/{issue}/supplements", headers=token("staff"))).json()
    assert [(one["description"], one["client"]) for one in shown] == [("今天又漏了", None)]


async def test_no_more_than_twenty_are_added(client: AsyncClient) -> None:
    _, code = await reported(client)
    for number in range(20):
        added = await client.post(f"/v1/track/{code}/supplements", json={"text": str(number)})
        assert added.status_code == 201
    assert (await client.post(f"/v1/track/{code}/supplements", json={"text": "20"})).status_code == 409


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "长" * 2001}, {"text": "a\u0000"}, {}, {"text": "一", "x": 1}])
async def test_what_says_nothing_is_refused(client: AsyncClient, body: dict[str, Any]) -> None:
    _, code = await reported(client)
    assert (await client.post(f"/v1/track/{code}/supplements", json=body)).status_code == 422
    assert (await client.post("/v1/track/AAAAAAAAAAAAAAAA/supplements", json={"text": "一"})).status_code in {404, 422}
