"""What a year does not show by itself: departments called, reports merged, explanations, time running out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from standalone.demo.suite import DemoError, Json, Suite, told

FACADE = {"category": "facility.facade", "area": "sanchajie/jinpu/lianbang", "source": "visit", "language": "zh-Hans"}
LIGHT = {"category": "facility.stair-light", "area": "sanchajie/jinpu/lianbang/b3", "source": "app", "language": "en"}
CO_HANDLERS = ("urban-management", "fire")
DAYS_AHEAD = 12
"""Past the longest holiday, in which no working hour runs down."""


@dataclass(frozen=True, slots=True)
class Left:
    """A case that nobody accepts, and where it is now."""

    path: str
    unit: str


async def departments_called(suite: Suite) -> list[str]:
    """Have a department lead and two others co-handle a façade; each answers with its own token."""
    path, _ = await _reported(suite, FACADE, "外墙瓷砖松动，已有两块掉下来。")
    case = await _move(suite, path, "accept")
    for slug in CO_HANDLERS:
        if slug not in case["co_departments"]:
            case = await _move(suite, path, "dispatches", {"department": slug, "task": "现场查看并提出意见"})
    for part in case["dispatches"]:
        token = suite.department(part["department"])
        await _post(suite, f"{path}/dispatch/accept", token, {"text": ""})
        case = await _post(suite, f"{path}/dispatch/done", token, {"text": "已到场，意见已提交"})
    return [
        f"{part['department']}: {part['role']}, {part['state']}, due {part['deadline'][:10]}"
        for part in case["dispatches"]
    ]


async def meeting_held(suite: Suite) -> list[str]:
    """Meet on the site about a façade; what is decided becomes a task of the case."""
    path, case = await _reported(suite, FACADE, "东侧外墙整片空鼓，居民要求整体翻修。")
    case_id, community = path.rpartition("/")[2], "sanchajie/jinpu"
    begins = datetime.now(UTC) + timedelta(seconds=1)
    plan = {
        "kind": "on-site",
        "title": "外墙翻修现场办公会",
        "place": "联邦新城东门",
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=1)).isoformat(),
        "cases": [case_id],
        "units": [community],
        "departments": ["housing"],
        "agenda": ["查看外墙", "商定资金"],
    }
    handler = suite.handler(case["handler"]["id"], case["handler"]["name"])
    meeting = await _post(suite, "/routing/v1/meetings", handler, plan)
    call = await suite.call("GET", f"/routing/v1/meetings/{meeting['id']}.ics", token=handler)
    decision = {
        "case_id": case_id,
        "unit": community,
        "work": "征求全体业主意见",
        "deadline": (begins + timedelta(days=14)).isoformat(),
    }
    held = {"minutes": "三方出资，先做东侧。", "decisions": [decision]}
    await suite.until_done(f"/routing/v1/meetings/{meeting['id']}/hold", handler, held, "the meeting to begin")
    [task] = (await suite.get(path, token=suite.observer()))["tasks"]
    return [
        f"{plan['title']}, {plan['place']}; invited: {', '.join((*plan['units'], *plan['departments']))}",
        f"for calendars: {len(call.text.splitlines())} lines of iCalendar",
        f"decided: {task['work']}, by {task['unit']}, due {task['deadline'][:10]}",
    ]


async def reports_merged(suite: Suite) -> list[str]:
    """Merge two reports of one dark staircase: one case goes on, and both reporters hear how it ends."""
    first, _ = await _reported(suite, LIGHT, "The light on the stairs is out.")
    second, other = await _reported(suite, LIGHT, "三楼楼道灯坏了。")
    into, page_path = first.rpartition("/")[2], f"/intake/v1/track/{other['tracking_code']}"
    await _post(suite, f"/intake/v1/issues/{second.rpartition('/')[2]}/merge", suite.observer(), {"into": into})
    page, _ = await suite.until(
        page_path, lambda page: bool(page["state"] == "merged"), "the second report to be merged"
    )
    case = await _handled(suite, first, "两只灯头已更换。")
    page, _ = await suite.until(
        page_path,
        lambda page: bool(page["together"]["state"] == "resolved"),
        "the second reporter to hear of it",
    )
    return [
        f"the second report is {page['state']}; its reporter reads: {page['steps'][-1]['text']}",
        f"the case it went into is {case['state']}: {page['together']['outcome']}",
    ]


async def explained(suite: Suite) -> list[str]:
    """Return why a case went where it went, in Chinese and in English."""
    path, _ = await _reported(suite, FACADE, "外墙抹灰起鼓。")
    lines: list[str] = []
    for language in ("zh-Hans", "en"):
        told_why = await suite.get(f"{path}/explanation", token=suite.observer(), language=language)
        lines += [rule["text"] for rule in told_why["rules"] if rule["applied"]]
    return lines


async def left_alone(suite: Suite) -> Left:
    """Report something that nobody will accept."""
    path, case = await _reported(suite, LIGHT, "四楼的灯一直闪。")
    return Left(path, case["unit"])


async def time_ran_out(suite: Suite, left: Left) -> list[str]:
    """Return what became of a case that nobody accepted."""
    case, _ = await suite.until(
        left.path, lambda case: bool(case["unit"] != left.unit), "the case to go up", token=suite.observer()
    )
    history = (await suite.get(f"{left.path}/history", token=suite.observer()))["items"]
    up = next(move for move in history if move["action"] == "escalate")
    return [
        f"{DAYS_AHEAD} days later: {up['reason']}: from {up['from_unit']} to {up['to_unit']}, by {up['actor']}",
        f"asked now: {case['handler']['name']}; still answering for it: {case['responsible']['name']}",
    ]


async def figures(suite: Suite) -> list[str]:
    """Return the indicators of the whole district."""
    answer = await suite.get("/routing/v1/indicators", token=suite.observer())
    return [
        f"{name.replace('_', ' ')}: {_value(figure)} ({figure['numerator']:g} of {figure['denominator']:g})"
        for name, figure in answer["total"]["indicators"].items()
        if figure["denominator"]
    ]


def _value(figure: dict[str, Any]) -> str:
    return f"{figure['mean']:.2f} a case" if figure["percent"] is None else f"{figure['percent']:.2f} %"


async def _reported(suite: Suite, where: dict[str, str], text: str) -> tuple[str, Json]:
    answer = await suite.call(
        "POST",
        "/intake/v1/issues",
        json={**where, "description": text},
        headers={"Idempotency-Key": f"demo-scene-{uuid4()}"},
    )
    if not answer.is_success:
        raise DemoError(told(answer))
    receipt = answer.json()
    path = f"/routing/v1/cases/{receipt['id']}"
    case, _ = await suite.until(path, lambda _: True, "routing to open the case", token=suite.observer())
    return path, {**case, "tracking_code": receipt["tracking_code"]}


async def _handled(suite: Suite, path: str, outcome: str) -> Json:
    await _move(suite, path, "accept")
    return await _move(suite, path, "resolve", {"outcome": outcome})


async def _move(suite: Suite, path: str, action: str, body: Json = None) -> Json:
    case = await suite.get(path, token=suite.observer())
    handler = suite.handler(case["handler"]["id"], case["handler"]["name"])
    return await _post(suite, f"{path}/{action}", handler, body)


async def _post(suite: Suite, path: str, token: str, body: Json) -> Json:
    answer = await suite.call("POST", path, token=token, json=body)
    if not answer.is_success:
        raise DemoError(told(answer))
    return answer.json()
