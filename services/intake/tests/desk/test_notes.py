"""Staff note what they find out, see all that happened, and do one thing to many issues."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from .reporting import Tell, Token, reported


async def test_a_public_note_is_shown_to_the_reporter_and_another_is_not(client: AsyncClient, token: Token) -> None:
    staff = token("staff")
    answer = (await client.post("/v1/issues", json={"description": "楼顶漏雨"})).json()
    issue, code = answer["id"], answer["tracking_code"]
    inner = await client.post(f"/v1/issues/{issue}/notes", json={"text": "先联系物业"}, headers=staff)
    assert (inner.status_code, inner.json()["public"], inner.json()["author_name"]) == (201, False, "测试")
    await client.post(f"/v1/issues/{issue}/notes", json={"text": "周五上门查看", "public": True}, headers=staff)
    tracked = (await client.get(f"/v1/track/{code}")).json()
    assert [one["text"] for one in tracked["news"]] == ["周五上门查看"]
    assert "先联系物业" not in str(tracked)


async def test_the_same_key_notes_once(client: AsyncClient, token: Token) -> None:
    issue, headers = await reported(client, "一"), {**token("staff"), "Idempotency-Key": "once"}
    first = await client.post(f"/v1/issues/{issue}/notes", json={"text": "一"}, headers=headers)
    again = await client.post(f"/v1/issues/{issue}/notes", json={"text": "一"}, headers=headers)
    assert first.json() == again.json()
    assert (await client.post(f"/v1/issues/{issue}/notes", json={"text": "二"}, headers=headers)).status_code == 422


@pytest.mark.parametrize(
    "body", [{"text": ""}, {"text": "长" * 2001}, {"text": "a\u0000"}, {}, {"text": "一", "by": "x"}]
)
async def test_a_note_that_says_nothing_is_refused(client: AsyncClient, token: Token, body: dict[str, Any]) -> None:
    issue = await reported(client, "一")
    assert (await client.post(f"/v1/issues/{issue}/notes", json=body, headers=token("staff"))).status_code == 422


async def test_nobody_notes_or_reads_what_is_not_theirs(client: AsyncClient, token: Token) -> None:
    issue = await reported(client, "邻里纠纷", category="dispute.neighbour")
    for headers, status in (({}, 401), (token("staff"), 403), (token("supervisor", areas=("elsewhere",)), 403)):
        note = await client.post(f"/v1/issues/{issue}/notes", json={"text": "一"}, headers=headers)
        timeline = await client.get(f"/v1/issues/{issue}/timeline", headers=headers)
        assert (note.status_code, timeline.status_code) == (status, status)
    missing = await client.post(f"/v1/issues/{uuid4()}/notes", json={"text": "一"}, headers=token("staff"))
    assert missing.status_code == 404


async def test_the_timeline_has_all_in_the_order_of_time(client: AsyncClient, token: Token, tell: Tell) -> None:
    staff, issue = token("staff"), await reported(client, "楼顶漏雨")
    await client.post(f"/v1/issues/{issue}/notes", json={"text": "已电话联系"}, headers=staff)
    await tell(builders.routed(UUID(issue)), 1)
    async with asyncio.timeout(15):
        while True:
            moments = (await client.get(f"/v1/issues/{issue}/timeline", headers=staff)).json()
            if len(moments) == 3:
                break
            await asyncio.sleep(0.05)
    assert [one["at"] for one in moments] == sorted(one["at"] for one in moments)
    assert {(one["kind"], one["what"], one["text"]) for one in moments} == {
        ("reported", "web", "楼顶漏雨"),
        ("note", "internal", "已电话联系"),
        ("step", "routed", "已交由锦浦社区办理，责任人：社区网格长例锦心"),
    }


async def test_saved_conditions_are_their_owners(client: AsyncClient, token: Token) -> None:
    mine, other = token("staff", subject="li-one"), token("staff", subject="li-two")
    body = {"name": "超期的电梯", "conditions": {"category": ["facility.lift-fault"], "overdue": True}}
    saved = await client.put("/v1/saved-filters", json=body, headers=mine)
    assert saved.status_code == 200, saved.text
    changed = {**body, "conditions": {"category": ["facility"]}}
    again = await client.put("/v1/saved-filters", json=changed, headers=mine)
    assert again.json()["id"] == saved.json()["id"]
    [listed] = (await client.get("/v1/saved-filters", headers=mine)).json()
    assert (listed["name"], listed["conditions"]["category"]) == ("超期的电梯", ["facility"])
    assert (await client.get("/v1/saved-filters", headers=other)).json() == []
    path = f"/v1/saved-filters/{listed['id']}"
    assert (await client.delete(path, headers=other)).status_code == 404
    assert (await client.delete(path, headers=mine)).status_code == 204
    bad = {"name": "x", "conditions": {"state": ["ajar"]}}
    assert (await client.put("/v1/saved-filters", json=bad, headers=mine)).status_code == 422


async def test_no_more_than_fifty_are_saved(client: AsyncClient, token: Token) -> None:
    mine = token("staff", subject="li-many")
    for number in range(50):
        body = {"name": f"第{number}个", "conditions": {}}
        assert (await client.put("/v1/saved-filters", json=body, headers=mine)).status_code == 200
    refused = await client.put("/v1/saved-filters", json={"name": "再一个", "conditions": {}}, headers=mine)
    assert refused.status_code == 409
    again = await client.put("/v1/saved-filters", json={"name": "第7个", "conditions": {}}, headers=mine)
    assert again.status_code == 200


async def test_one_thing_is_done_to_many_and_said_of_each(client: AsyncClient, token: Token) -> None:
    staff = token("staff")
    first, second, third = [await reported(client, text) for text in "一二三"]
    secret, missing = await reported(client, "邻里", category="dispute.neighbour"), str(uuid4())
    ids = [first, second, secret, missing, first]
    noted = await client.post(
        "/v1/issues/bulk", json={"ids": ids, "action": {"kind": "note", "text": "同一事项"}}, headers=staff
    )
    assert [(one["id"], one["done"], one["problem"]) for one in noted.json()] == [
        (first, True, None),
        (second, True, None),
        (secret, False, "forbidden"),
        (missing, False, "not-found"),
    ]
    merge = {"kind": "merge", "into": third}
    merged = await client.post("/v1/issues/bulk", json={"ids": [first, third, second], "action": merge}, headers=staff)
    assert [one["done"] for one in merged.json()] == [True, False, True]
    assert merged.json()[1]["detail"] == "an issue cannot be merged into itself."
    shown = (await client.get(f"/v1/issues/{third}", headers=staff)).json()
    assert shown["supporters"] == 2
    undone = await client.post(
        "/v1/issues/bulk", json={"ids": [first, second, third], "action": {"kind": "unmerge"}}, headers=staff
    )
    assert [one["done"] for one in undone.json()] == [True, True, False]


async def test_no_more_than_a_hundred_are_done_at_once(client: AsyncClient, token: Token) -> None:
    body: dict[str, Any] = {"ids": [str(uuid4()) for _ in range(101)], "action": {"kind": "unmerge"}}
    for bad in (body, {"ids": [], "action": {"kind": "unmerge"}}, {"ids": [str(uuid4())], "action": {"kind": "burn"}}):
        assert (await client.post("/v1/issues/bulk", json=bad, headers=token("staff"))).status_code == 422
    body["ids"] = body["ids"][:1]
    assert (await client.post("/v1/issues/bulk", json=body, headers=token("handler", areas=()))).status_code == 403
