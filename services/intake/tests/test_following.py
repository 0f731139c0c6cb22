"""Whoever has the code sees each step, answers the return visit, and nobody else sees what is not theirs."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient

from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from . import builders
from .conftest import draining

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]
ANSWER = {"contacted": True, "solved": True, "satisfaction": "basically-satisfied"}


async def reported(client: AsyncClient, **change: Any) -> tuple[UUID, str]:
    body = {"description": "楼顶漏雨", "area": builders.AREA, **change}
    answer = (await client.post("/v1/issues", json=body)).json()
    return UUID(answer["id"]), answer["tracking_code"]


async def tracked(client: AsyncClient, code: str, steps: int, language: str = "zh-Hans") -> dict[str, Any]:
    """Return what the reporter is shown as soon as it has that many steps."""
    async with asyncio.timeout(15):
        while True:
            answer = await client.get(f"/v1/track/{code}", headers={"Accept-Language": language})
            shown: dict[str, Any] = answer.json()
            if len(shown["steps"]) >= steps:
                return shown
            await asyncio.sleep(0.05)


async def resolved(client: AsyncClient, tell: Tell) -> tuple[UUID, str]:
    issue, code = await reported(client)
    for sequence, happened in enumerate((builders.routed, builders.accepted, builders.resolved), 1):
        await tell(happened(issue), sequence)
    await tracked(client, code, 4)
    return issue, code


async def test_the_reporter_sees_each_step_in_their_language(client: AsyncClient, tell: Tell) -> None:
    _, code = await resolved(client, tell)
    shown = await tracked(client, code, 4, "en")
    assert (shown["state"], shown["can_answer"]) == ("resolved", True)
    assert shown["handler"] == {"name": "例锦心", "post": "Community grid head"}
    assert [step["text"] for step in shown["steps"]] == [
        "Your report was received",
        "Given to Jinpu Community; responsible: 例锦心, Community grid head",
        "例锦心 has taken it on",
        "Reported as done; please tell us whether it is: 已补好屋面",
    ]


async def test_an_answer_closes_nothing_by_itself_and_is_told(client: AsyncClient, tell: Tell, bus: Transport) -> None:
    issue, code = await resolved(client, tell)
    await bus.declare(CORE)
    await bus.declare(inbox_topology("listener", ["issue.return-visit-answered.#"]))
    shown = (await client.post(f"/v1/track/{code}/feedback", json=ANSWER)).json()
    assert (shown["state"], shown["answer"], shown["can_answer"]) == ("resolved", ANSWER, False)
    async with asyncio.timeout(15), draining(bus, "listener") as next_event:
        event = await next_event()
    assert (event["partitionkey"], event["sequence"]) == (str(issue), f"{2:012d}")
    await tell(builders.verified(issue), 4)
    await tell(builders.closed(issue), 5)
    assert (await tracked(client, code, 6))["state"] == "closed"


async def test_the_same_answer_twice_is_one_answer_and_another_is_refused(client: AsyncClient, tell: Tell) -> None:
    _, code = await resolved(client, tell)
    first = await client.post(f"/v1/track/{code}/feedback", json=ANSWER)
    again = await client.post(f"/v1/track/{code}/feedback", json=ANSWER)
    other = await client.post(f"/v1/track/{code}/feedback", json={**ANSWER, "solved": False})
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert (other.json()["state"], other.json()["allowed"]) == ("resolved", [])


async def test_after_rework_the_reporter_is_asked_again(client: AsyncClient, tell: Tell) -> None:
    issue, code = await resolved(client, tell)
    await client.post(f"/v1/track/{code}/feedback", json={**ANSWER, "solved": False})
    await tell(builders.reopened(issue), 4)
    assert (await tracked(client, code, 5))["state"] == "in_progress"
    await tell(builders.resolved(issue, "重做防水"), 5)
    shown = await tracked(client, code, 6)
    assert (shown["can_answer"], shown["outcome"]) == (True, "重做防水")
    assert (await client.post(f"/v1/track/{code}/feedback", json=ANSWER)).status_code == 200


async def test_an_answer_before_anything_is_resolved_is_refused(client: AsyncClient) -> None:
    _, code = await reported(client)
    answer = await client.post(f"/v1/track/{code}/feedback", json=ANSWER)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/illegal-action")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**ANSWER, "satisfaction": "fine"},
        {**ANSWER, "solved": "yes"},
        {**ANSWER, "contacted": None},
        {**ANSWER, "comment": "x"},
        [],
    ],
)
async def test_a_bad_answer_is_refused(client: AsyncClient, body: object) -> None:
    _, code = await reported(client)
    assert (await client.post(f"/v1/track/{code}/feedback", json=body)).status_code == 422


@pytest.mark.parametrize("code", ["AAAAAAAAAAAAAAAA", "short", "aaaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAA%00"])
async def test_a_guessed_code_shows_nothing(client: AsyncClient, code: str) -> None:
    await reported(client)
    assert (await client.get(f"/v1/track/{code}")).status_code in {404, 422}
    assert (await client.post(f"/v1/track/{code}/feedback", json=ANSWER)).status_code in {404, 422}


async def test_a_stale_event_changes_nothing(client: AsyncClient, tell: Tell) -> None:
    issue, code = await resolved(client, tell)
    await tell(builders.accepted(issue), 2)
    await tell(builders.closed(issue), 4)
    shown = await tracked(client, code, 5)
    assert shown["state"] == "closed"
    assert [step["kind"] for step in shown["steps"]] == ["received", "routed", "accepted", "resolved", "closed"]


async def test_an_event_about_an_issue_that_is_not_ours_is_kept_aside(
    client: AsyncClient, tell: Tell, bus: Transport
) -> None:
    await reported(client)
    await bus.declare(CORE)
    await bus.declare(inbox_topology("intake.inbox", ["case.#"]))
    await tell(builders.routed(uuid4()), 1)
    async with asyncio.timeout(15):
        while not await bus.depth("intake.inbox.retry.5s"):
            await asyncio.sleep(0.05)


async def test_the_reporter_sees_how_many_helpers_were_found(client: AsyncClient, tell: Tell) -> None:
    issue, code = await reported(client)
    await tell(builders.claimed(issue), 1)
    await tell(builders.routed(issue), 1)
    assert (await tracked(client, code, 2))["helpers"] == {"wanted": 3, "found": 2}


async def test_staff_see_the_issues_of_their_areas_newest_first_page_by_page(client: AsyncClient, token: Token) -> None:
    ids = [str((await reported(client))[0]) for _ in range(5)]
    await reported(client, area="sanchajie")
    headers = token("staff", areas=("sanchajie/jinpu",))
    first = (await client.get("/v1/issues?limit=3", headers=headers)).json()
    second = (await client.get(f"/v1/issues?limit=3&after={first['next']}", headers=headers)).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None


async def test_a_list_can_be_narrowed(client: AsyncClient, token: Token) -> None:
    await reported(client)
    await reported(client, area="sanchajie/jinpu", category="general.other")
    for query, number in (
        ("", 2),
        ("?category=facility.roof-leak", 1),
        ("?area=sanchajie/jinpu/lianbang", 1),
        ("?area=sanchajie/jinpu", 2),
        ("?state=closed", 0),
    ):
        listed = (await client.get(f"/v1/issues{query}", headers=token("staff"))).json()
        assert len(listed["items"]) == number, query


async def test_a_neighbouring_area_with_the_same_beginning_is_not_shown(client: AsyncClient, token: Token) -> None:
    await reported(client, area="sanchajie/jinpu/lianbang/b1")
    headers = token("staff", areas=("sanchajie/jinpu/lian",))
    assert (await client.get("/v1/issues", headers=headers)).json()["items"] == []


@pytest.mark.parametrize("role", ["staff", "supervisor", "handler"])
async def test_a_token_without_areas_shows_no_issues_but_those_one_handles(
    client: AsyncClient, tell: Tell, token: Token, role: str
) -> None:
    issue, code = await reported(client)
    await reported(client)
    await tell(builders.routed(issue), 1)
    await tracked(client, code, 2)
    stranger = token(role, areas=())
    assert (await client.get("/v1/issues", headers=stranger)).json()["items"] == []
    assert (await client.get(f"/v1/issues/{issue}", headers=stranger)).status_code == 403
    mine = token(role, subject="li-jinpu", areas=())
    assert [one["id"] for one in (await client.get("/v1/issues", headers=mine)).json()["items"]] == [str(issue)]


async def test_a_handler_sees_what_they_handle_and_not_their_whole_area(client: AsyncClient, token: Token) -> None:
    issue, _ = await reported(client)
    headers = token("handler", areas=("sanchajie",))
    assert (await client.get("/v1/issues", headers=headers)).json()["items"] == []
    assert (await client.get(f"/v1/issues/{issue}", headers=headers)).status_code == 403


@pytest.mark.parametrize("path", ["/v1/issues", f"/v1/issues/{UUID(int=1)}", f"/v1/issues/{UUID(int=1)}/contact"])
async def test_staff_pages_need_a_token_with_a_role(client: AsyncClient, token: Token, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=token("volunteer"))).status_code == 403


async def test_an_unknown_issue_and_a_bad_cursor_are_refused(client: AsyncClient, token: Token) -> None:
    assert (await client.get(f"/v1/issues/{uuid4()}", headers=token("staff"))).status_code == 404
    assert (await client.get("/v1/issues/7", headers=token("staff"))).status_code == 422
    assert (await client.get("/v1/issues?after=zzz", headers=token("staff"))).status_code in {400, 422}


async def test_an_issue_outside_of_the_area_or_confidential_is_refused(client: AsyncClient, token: Token) -> None:
    issue, _ = await reported(client)
    categories = (await client.get("/v1/categories")).json()
    secret, _ = await reported(client, category=next(one["code"] for one in categories if one["confidential"]))
    elsewhere = token("staff", areas=("sanchajie/other",))
    assert (await client.get(f"/v1/issues/{issue}", headers=elsewhere)).status_code == 403
    assert (await client.get(f"/v1/issues/{secret}", headers=token("staff"))).status_code == 403
    assert (await client.get(f"/v1/issues/{secret}", headers=token("supervisor"))).status_code == 200
    listed = (await client.get("/v1/issues", headers=token("staff"))).json()["items"]
    assert [one["id"] for one in listed] == [str(issue)]


async def test_for_the_return_visit_staff_of_the_area_see_whom_to_call_back(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue, code = await reported(client, reporter={"name": "例某人", "contact": "13805910001"})
    await tell(builders.routed(issue), 1)
    await tell(builders.resolved(issue), 2)
    await tracked(client, code, 3)
    path = f"/v1/issues/{issue}/contact"
    assert (await client.get(path, headers=token("staff"))).json()["contact"] == "13805910001"
    assert (await client.get(path, headers=token("staff", areas=("sanchajie/other",)))).status_code == 403


async def test_until_it_is_resolved_only_the_handler_of_the_case_sees_whom_to_call_back(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue, code = await reported(client, reporter={"name": "例某人", "contact": "13805910001"})
    await tell(builders.routed(issue), 1)
    await tracked(client, code, 2)
    path = f"/v1/issues/{issue}/contact"
    assert (await client.get(path, headers=token("platform", "supervisor"))).status_code == 403
    answer = await client.get(path, headers=token("handler", subject="li-jinpu"))
    assert answer.json() == {"name": "例某人", "contact": "13805910001"}
    detail = (await client.get(f"/v1/issues/{issue}", headers=token("staff"))).json()
    assert detail["has_contact"] is True
    assert "13805910001" not in str(detail)


async def test_categories_and_areas_speak_the_readers_language(client: AsyncClient) -> None:
    for language, name in (("zh-CN", "屋顶漏水"), ("zh-TW", "屋頂漏水"), ("en-GB", "Roof leak")):
        listed = (await client.get("/v1/categories", headers={"Accept-Language": language})).json()
        assert next(one["name"] for one in listed if one["code"] == "facility.roof-leak") == name
    areas = (await client.get("/v1/areas", headers={"Accept-Language": "en"})).json()
    assert next(one for one in areas if one["path"] == "sanchajie/jinpu")["name"] == "Jinpu Community"


async def test_unit_that_is_renamed_is_shown_renamed_in_what_was_told_before(client: AsyncClient, tell: Tell) -> None:
    issue, code = await reported(client)
    await tell(builders.routed(issue), 1)
    assert "锦浦社区" in (await tracked(client, code, 2))["steps"][1]["text"]
    await tell(builders.unit_changed("sanchajie/jinpu", "锦浦新社区"), 2)
    await tell(builders.accepted(issue), 2)
    shown = await tracked(client, code, 3)
    async with asyncio.timeout(15):
        while "锦浦新社区" not in shown["steps"][1]["text"]:
            shown = await tracked(client, code, 3)
    areas = (await client.get("/v1/areas")).json()
    assert {one["path"]: one["name"] for one in areas}["sanchajie/jinpu"] == "锦浦新社区"


async def test_place_that_was_closed_keeps_its_name_and_leads_new_reports_to_its_successor(
    client: AsyncClient, tell: Tell
) -> None:
    _, code = await reported(client)
    successor = "sanchajie/jinpu/lianbang/b2"
    await tell(builders.unit_changed(builders.AREA, "旧三号楼", closed=True, successor=successor), 2)
    async with asyncio.timeout(15):
        while (await tracked(client, code, 1))["area_name"] != "旧三号楼":
            await asyncio.sleep(0.05)
    _, later = await reported(client)
    assert (await tracked(client, later, 1))["area"] == successor
    assert builders.AREA not in {one["path"] for one in (await client.get("/v1/areas")).json()}


async def test_issue_follows_the_place_of_its_case(client: AsyncClient, tell: Tell) -> None:
    issue, code = await reported(client)
    there = "sanchajie/heyuan/luyuan/b1"
    await tell(builders.routed(issue).model_copy(update={"area": there}), 1)
    assert (await tracked(client, code, 2))["area"] == there
