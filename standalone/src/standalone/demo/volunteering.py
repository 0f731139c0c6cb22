"""A year of volunteering: wishes, patrols, a service day and the lists, each by those who would do it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from standalone.demo.suite import DemoError, Json, Suite, told

V = "/volunteer/v1"
COMPOUND, HOME = "sanchajie/jinpu/lianbang", "sanchajie/jinpu/lianbang/b3"
ALWAYS = {"weekly": [{"weekday": day, "begins": "00:00", "ends": "00:00"} for day in range(7)]}
VOLUNTEERS: tuple[tuple[str, list[str]], ...] = (
    ("例安娜", ["electrical"]),
    ("例柏", ["first-aid"]),
    ("例晨", []),
    ("例棣", ["electrical", "first-aid"]),
)
WISHES = ("换一只灯泡", "陪去一次医院", "修一下轮椅刹车", "教用手机挂号", "搬一张旧书桌", "读两封信")
SERVICE_ROLES = [
    {"code": "repair", "headcount": 1, "skills": ["electrical"], "urgent": True},
    {"code": "health", "headcount": 1, "liked": ["first-aid"]},
]
YEAR = (
    ("党员巡逻", "patrol", "FREQ=WEEKLY;COUNT=52", 20),
    ("平安巡逻", "patrol", "FREQ=WEEKLY;COUNT=52", 21),
    ("业委会志愿巡逻", "patrol", "FREQ=WEEKLY;COUNT=52", 9),
    ("便民服务日", "service-day", "FREQ=MONTHLY;INTERVAL=2;COUNT=6", 14),
    ("邻里故事会", "story-meeting", "FREQ=MONTHLY;INTERVAL=3;COUNT=4", 15),
)
"""What takes place: title, kind, how often, and at which hour."""


async def volunteers_help(suite: Suite) -> list[str]:
    """Let neighbours register, fulfil wishes, and be planned for patrols and a service day."""
    run = uuid4().hex[:8]
    people = [suite.volunteer(f"demo-{run}-{number}", name) for number, (name, _) in enumerate(VOLUNTEERS)]
    await asyncio.gather(*(_register(suite, *both) for both in zip(people, VOLUNTEERS, strict=True)))
    teams = (await suite.get(f"{V}/teams?area={COMPOUND}"))["items"]
    thanked = await asyncio.gather(*(_wish(suite, people[n % len(people)], text) for n, text in enumerate(WISHES)))
    activities = await asyncio.gather(*(_announce(suite, *one) for one in YEAR))
    planned = await _plan(suite, people)
    told_thanks = await _told(suite, people[0])
    return [
        f"three patrol teams: {', '.join(sorted(team['name'] for team in teams[:3]))}",
        f"micro-wishes: {len(thanked)} of {len(WISHES)} published, claimed, fulfilled and thanked",
        f"announced for a year: {', '.join(f'{title} × {count}' for title, count in activities)}",
        *planned,
        f"in a volunteer's inbox: {told_thanks}",
        await _lists(suite),
    ]


async def _register(suite: Suite, token: str, who: tuple[str, list[str]]) -> None:
    name, skills = who
    body = {"name": name, "area": HOME, "skills": skills, "availability": ALWAYS, "consents": True}
    await _post(suite, f"{V}/volunteers/me", token, body)


async def _wish(suite: Suite, volunteer: str, title: str) -> Json:
    """Take a wish from the one who wishes to the one who is thanked."""
    until = (datetime.now().astimezone() + timedelta(days=30)).isoformat()
    staff = suite.observer()
    sent = {"title": title, "area": HOME, "until": until, "on_behalf": True}
    wish = await _post(suite, f"{V}/wishes", staff, sent)
    path = f"{V}/wishes/{wish['id']}"
    for step in ("verify", "publish"):
        await _post(suite, f"{path}/{step}", staff)
    claim = await _post(suite, f"{path}/claims", volunteer, {})
    await _post(suite, f"{V}/wish-claims/{claim['id']}/confirm", staff)
    await _post(suite, f"{V}/wish-claims/{claim['id']}/fulfil", volunteer)
    return await _post(suite, f"{path}/thank", staff, {"thanks": "谢谢邻居"})


async def _announce(suite: Suite, title: str, kind: str, rule: str, hour: int) -> tuple[str, int]:
    roles: list[dict[str, Any]] = [{"code": "patrol", "headcount": 2}] if kind == "patrol" else SERVICE_ROLES
    first = (datetime.now() + timedelta(days=2)).replace(hour=hour, minute=0, second=0, microsecond=0)  # noqa: DTZ005 - by the clock of the zone
    starts = first.isoformat()
    body = {"title": title, "kind": kind, "area": COMPOUND, "starts": starts, "minutes": 120, "rule": rule}
    await _post(suite, f"{V}/activities", suite.observer(), {**body, "roles": roles})
    return title, int(rule.rpartition("=")[2])


async def _plan(suite: Suite, people: list[str]) -> list[str]:
    """Plan the next week, accept what was proposed, and return why somebody was asked, in Chinese and English."""
    now = datetime.now().astimezone()
    span = {"area": COMPOUND, "begins": now.isoformat(), "ends": (now + timedelta(days=7)).isoformat()}
    plan = await _post(suite, f"{V}/shift-plans", suite.observer(), span)
    lines, accepted = [], 0
    for token in people:
        mine = (await suite.get(f"{V}/assignments/mine", token=token))["items"]
        for one in mine:
            if one["state"] == "proposed":
                await _post(suite, f"{V}/assignments/{one['id']}/accept", token, {})
                accepted += 1
    lines.append(f"the matcher proposed {plan['proposed']} places, of {plan['bounds'][-2]} that anybody could fill")
    lines.append(f"accepted: {accepted}")
    for language in ("zh-Hans", "en"):
        mine = (await suite.get(f"{V}/assignments/mine", token=people[0], language=language))["items"]
        lines += [f"{one['title']}: {'; '.join(one['reasons'])}" for one in mine if one["reasons"]][:1]
    return lines


async def _told(suite: Suite, token: str) -> str:
    """Return what notify told a volunteer last, once it has come."""
    inbox, _ = await suite.until(
        "/notify/v1/inbox",
        lambda inbox: any("感谢" in one["title"] for one in inbox["items"]),
        "the thanks to be told",
        token=token,
    )
    thanks = next(one for one in inbox["items"] if "感谢" in one["title"])
    return f"{thanks['title']}：{thanks['body']}"


async def _lists(suite: Suite) -> str:
    """Bring a resource and a need together, and return how both lists stand."""
    common = {"kind": "handrail", "measure": "副", "area": COMPOUND, "party": "联邦新城业委会"}
    need = await _post(suite, f"{V}/lines", suite.observer(), {**common, "list": "need", "what": "扶手", "amount": 4})
    offer = {**common, "list": "resource", "what": "扶手", "amount": 3, "party": "街道民政办"}
    resource = await _post(suite, f"{V}/lines", suite.observer(), offer)
    sent = {"resource_id": resource["id"], "amount": 3}
    line = await _post(suite, f"{V}/lines/{need['id']}/matches", suite.observer(), sent)
    return f"the lists: {line['what']} {line['matched']}/{line['amount']} {line['measure']}, {line['state']}"


async def _post(suite: Suite, path: str, token: str, body: Json = None) -> Json:
    answer = await suite.call("POST", path, token=token, json=body)
    if not answer.is_success:
        raise DemoError(told(answer))
    return answer.json()
