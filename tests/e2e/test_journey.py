"""One issue travels the whole suite, on both transports, and each service may be away for a while."""

import asyncio
from typing import Any

from linli.messaging.transport import Transport

from .suite import Suite, received

ROOF = {"description": "三号楼楼顶漏雨", "area": "sanchajie/jinpu/lianbang/b3", "category": "facility.roof-leak"}
SOLVED = {"contacted": True, "solved": True, "satisfaction": "satisfied"}


async def report(suite: Suite, **change: Any) -> tuple[str, str]:
    answer = await suite.post("intake", "/v1/issues", {**ROOF, **change})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["tracking_code"]


async def tracked(suite: Suite, code: str, state: str) -> dict[str, Any]:
    shown: dict[str, Any] = await suite.until(
        lambda: suite.get("intake", f"/v1/track/{code}"), lambda issue: issue["state"] == state
    )
    return shown


async def test_a_report_is_settled_by_a_named_person_and_closed_by_its_reporter(suite: Suite, bus: Transport) -> None:
    async with suite.running():
        issue, code = await report(suite, language="zh-Hant")
        case = await suite.case(issue, "routed")
        assert (case["level"], case["unit"], case["handler"]["name"]) == ("community", "sanchajie/jinpu", "例锦心")
        assert case["deadline"] > case["opened_at"]
        explained = await suite.get(
            "routing", f"/v1/cases/{issue}/explanation", suite.token("li-desk", "platform", language="en")
        )
        assert "community" in str(explained)

        await suite.act(issue, "accept")
        await suite.act(issue, "start")
        await suite.act(issue, "resolve", {"outcome": "已重做防水"})
        shown = await tracked(suite, code, "resolved")
        assert (shown["can_answer"], shown["outcome"], shown["handler"]["name"]) == (True, "已重做防水", "例锦心")
        answer = await suite.post("intake", f"/v1/track/{code}/feedback", SOLVED)
        assert answer.status_code == 200
        shown = await tracked(suite, code, "closed")
        assert [step["kind"] for step in shown["steps"]] == [
            "received",
            "routed",
            "accepted",
            "started",
            "resolved",
            "verified",
            "closed",
        ]

        housing = await received(bus, "dept.housing.inbox", 7)
        assert [event["type"].split(".", 1)[1] for event in housing if event["type"].startswith("linli.case")] == [
            "case.routed.v1",
            "case.accepted.v1",
            "case.started.v1",
            "case.resolved.v1",
            "case.verified.v1",
            "case.closed.v1",
        ]
        assert {event["partitionkey"] for event in housing} == {issue}
        assert len({event["traceparent"] for event in housing[:2]}) == 1

        inbox = await suite.until(
            lambda: suite.get("notify", "/v1/inbox", suite.token("li-jinpu", "handler")),
            lambda page: len(page["items"]) >= 2,
        )
        assert "楼顶漏雨" not in str(inbox)
        told = await suite.until(
            lambda: suite.get("notify", f"/v1/inbox/track/{code}"), lambda page: len(page["items"]) >= 4
        )
        assert "訴求" in str(told)


async def test_what_is_not_solved_goes_back_to_the_same_handler(suite: Suite) -> None:
    async with suite.running():
        issue, code = await report(suite)
        first = await suite.case(issue, "routed")
        await suite.act(issue, "accept")
        await suite.act(issue, "resolve", {"outcome": "已修"})
        await tracked(suite, code, "resolved")
        await suite.post("intake", f"/v1/track/{code}/feedback", {**SOLVED, "solved": False})
        again = await suite.case(issue, "reopened")
        assert again["handler"] == first["handler"]
        await suite.act(issue, "resolve", {"outcome": "已重修"})
        shown = await suite.until(lambda: suite.get("intake", f"/v1/track/{code}"), lambda seen: seen["can_answer"])
        assert shown["outcome"] == "已重修"
        await suite.post("intake", f"/v1/track/{code}/feedback", SOLVED)
        assert (await suite.case(issue, "closed"))["state"] == "closed"
        await tracked(suite, code, "closed")
        after_all = await suite.post("intake", f"/v1/track/{code}/feedback", {**SOLVED, "solved": False})
        assert after_all.status_code == 200
        assert (await suite.case(issue, "reopened"))["handler"] == first["handler"]
        assert (await tracked(suite, code, "in_progress"))["answer"] is None


async def test_volunteers_are_looked_for_where_the_category_asks_and_found(suite: Suite) -> None:
    async with suite.running():
        categories = await suite.get("routing", "/v1/categories", suite.token("li-desk", "staff"))
        helped = next(
            one["code"] for one in categories["items"] if one["volunteers_wanted"] and not one["confidential"]
        )
        issue, code = await report(suite, category=helped)
        needs = await suite.until(lambda: suite.get("volunteer", "/v1/needs"), lambda page: page["items"])
        need = needs["items"][0]
        claim = await suite.post(
            "volunteer", f"/v1/needs/{need['id']}/claims", {}, suite.token("li-neighbour", "volunteer")
        )
        assert claim.status_code == 201, claim.text
        shown = await suite.until(
            lambda: suite.get("intake", f"/v1/track/{code}"), lambda seen: (seen["helpers"] or {}).get("found") == 1
        )
        assert shown["helpers"]["wanted"] == need["wanted"]
        assert (await suite.case(issue, "routed"))["category"] == helped


async def test_a_case_goes_up_with_a_reason_and_a_new_named_person(suite: Suite) -> None:
    async with suite.running():
        issue, code = await report(suite)
        before = await suite.case(issue, "routed")
        await suite.act(issue, "accept")
        after = await suite.act(issue, "escalate", {"reason": "需要大修资金"})
        assert (after["unit"], after["state"]) == ("sanchajie", "routed")
        assert after["handler"]["id"] != before["handler"]["id"]
        shown = await suite.until(
            lambda: suite.get("intake", f"/v1/track/{code}"), lambda seen: seen["level"] == "subdistrict"
        )
        assert "escalated" in [step["kind"] for step in shown["steps"]]


async def test_any_service_may_be_away_and_catches_up(suite: Suite, bus: Transport) -> None:
    async with suite.running():
        pass  # each has declared its queue once: from here on it misses nothing
    async with suite.running("intake"):
        issues = [await report(suite) for _ in range(5)]
        await suite.until(lambda: bus.depth("routing.inbox"), lambda waiting: waiting == 5)
    async with suite.running("routing"):
        for issue, _ in issues:
            await suite.case(issue, "routed")
            await suite.act(issue, "accept")
        # What has not left yet when routing stops, leaves when it runs again.
        await suite.until(lambda: bus.depth("dept.housing.inbox"), lambda waiting: waiting == 15)
    async with suite.running("intake", "notify"):
        for _, code in issues:
            await tracked(suite, code, "in_progress")
            await suite.until(
                lambda code=code: suite.get("notify", f"/v1/inbox/track/{code}"),  # type: ignore[misc]
                lambda page: len(page["items"]) >= 3,
            )
    housing = await received(bus, "dept.housing.inbox", 15)
    assert {event["partitionkey"] for event in housing} == {issue for issue, _ in issues}


async def test_many_reports_at_once_are_all_routed_once(suite: Suite, bus: Transport) -> None:
    async with suite.running():
        reported = await asyncio.gather(*(report(suite) for _ in range(40)))
        for issue, _ in reported:
            await suite.case(issue, "routed")
        housing = await received(bus, "dept.housing.inbox", 80)
    routed = [event["partitionkey"] for event in housing if event["type"] == "linli.case.routed.v1"]
    assert sorted(routed) == sorted(issue for issue, _ in reported)
    assert await bus.depth("linli.unrouted") == 0
