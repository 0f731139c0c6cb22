"""Meetings about cases: called, moved, held, cancelled, and in the calendars of those invited."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.issuer import LocalIssuer
from linli.contracts import MeetingCalled, MeetingCancelled, MeetingHeld, decode_event
from linli.contracts.meetings import MeetingEvent
from linli.messaging.embedded import EmbeddedTransport
from linli.messaging.tables import outbox
from linli.testing.postgres import create_database, drop_database
from routing.meeting_tables import meetings
from routing.settings import RoutingSettings

from .service import B3, B3_HEAD, DISPUTE, FACADE, LIGHT, Headers, Service, department, running

JINPU = "sanchajie/jinpu"
NOW = datetime.now(UTC).replace(microsecond=0)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
async def town(postgres_url: str, migrated_url: str, issuer: LocalIssuer, jwks: Path) -> AsyncIterator[Service]:
    """One service for all tests here; each works with cases and meetings of its own."""
    url = create_database(postgres_url, template=migrated_url)
    settings = RoutingSettings(database_url=url, oidc_issuer=issuer.issuer, oidc_jwks_url=jwks.as_uri(), role="api")
    async with running(settings, EmbeddedTransport(create_async_engine(url)), issuer) as one:
        yield one
    drop_database(postgres_url, url)


def wanted(*cases: UUID, **changes: object) -> dict[str, Any]:
    return {
        "kind": "on-site",
        "title": "楼道灯现场办公会",
        "place": "联邦新城3号楼",
        "starts_at": TOMORROW.isoformat(),
        "ends_at": (TOMORROW + timedelta(hours=2)).isoformat(),
        "agenda": ["查看现场", "商定方案"],
        "cases": [str(case) for case in cases],
        "units": [JINPU, B3],
        "departments": ["housing"],
        **changes,
    }


async def call(
    service: Service, body: Mapping[str, Any], by: Headers | None = None, key: str | None = None
) -> Response:
    headers = {**(by or service.platform), **({} if key is None else {"Idempotency-Key": key})}
    return await service.client.post("/v1/meetings", headers=headers, json=body)


async def called(service: Service, *cases: UUID, **changes: object) -> dict[str, Any]:
    response = await call(service, wanted(*(cases or (await service.open(LIGHT),)), **changes))
    assert response.status_code == 201
    meeting: dict[str, Any] = response.json()
    return meeting


async def patch(
    service: Service, meeting: str, by: Headers | None = None, /, *, seen: str | None = None, **body: object
) -> Response:
    headers = {**(by or service.platform), **({} if seen is None else {"If-Match": seen})}
    return await service.client.patch(f"/v1/meetings/{meeting}", headers=headers, json=body)


async def post(service: Service, meeting: str, action: str, by: Headers | None = None, **body: object) -> Response:
    return await service.client.post(f"/v1/meetings/{meeting}/{action}", headers=by or service.platform, json=body)


async def told(service: Service, meeting: str) -> list[tuple[int, MeetingEvent]]:
    """The events of a meeting, in their order."""
    async with service.engine.connect() as connection:
        rows = await connection.scalars(
            select(outbox.c.payload).where(outbox.c.aggregate_id == meeting).order_by(outbox.c.id)
        )
        events = [decode_event(payload) for payload in rows]
    found = [(int(event.sequence), event.data) for event in events]
    return [(sequence, data) for sequence, data in found if isinstance(data, MeetingEvent)]


def problem(response: Response) -> tuple[int, str, list[str]]:
    body = response.json()
    return response.status_code, body["type"].rpartition("/")[2], [one["field"] for one in body.get("errors", ())]


async def begun(service: Service, meeting: str) -> None:
    """Let a meeting have begun: it takes place in the past."""
    async with service.engine.begin() as connection:
        await connection.execute(
            meetings.update().where(meetings.c.id == UUID(meeting)).values(starts_at=NOW - timedelta(hours=1))
        )


async def test_meeting_is_called_and_those_invited_are_told(town: Service) -> None:
    case_id, other = await town.open(LIGHT), await town.open(FACADE)
    response = await call(town, wanted(case_id, other))
    meeting = response.json()
    assert (response.status_code, response.headers["ETag"]) == (201, '"1"')
    assert (meeting["state"], meeting["cases"]) == ("called", [str(case_id), str(other)])
    ((sequence, event),) = await told(town, meeting["id"])
    assert isinstance(event, MeetingCalled)
    assert (sequence, event.category, event.area) == (1, LIGHT, B3)
    assert (event.cases, event.units, event.departments) == ((case_id, other), (JINPU, B3), ("housing",))
    assert (event.starts_at, event.agenda) == (TOMORROW, ("查看现场", "商定方案"))
    assert (await town.get(f"/meetings/{meeting['id']}")).json() == meeting


async def test_same_request_calls_one_meeting(town: Service) -> None:
    body, key = wanted(await town.open(LIGHT)), str(uuid4())
    first, again = (await asyncio.gather(call(town, body, key=key), call(town, body, key=key)))[:2]
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 201, again.json()["id"])
    assert len(await told(town, first.json()["id"])) == 1
    other = await call(town, {**body, "title": "另一个会"}, key=key)
    assert problem(other)[:2] == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cases": [str(UUID(int=7))]}, "cases"),
        ({"cases": []}, "cases"),
        ({"units": ["sanchajie/nowhere"]}, "units"),
        ({"units": ["Not A Path"]}, "units.0"),
        ({"departments": ["magic"]}, "departments"),
        ({"units": [], "departments": []}, "units"),
        ({"starts_at": (NOW - timedelta(minutes=1)).isoformat()}, "starts_at"),
        ({"starts_at": "2026-03-01T10:00:00"}, "starts_at"),
        ({"ends_at": TOMORROW.isoformat()}, "ends_at"),
        ({"ends_at": (TOMORROW - timedelta(hours=1)).isoformat()}, "ends_at"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"place": ""}, "place"),
        ({"agenda": [""]}, "agenda.0"),
        ({"kind": "banquet"}, "kind"),
        ({"chair": "me"}, "chair"),
    ],
    # The moments among them are other ones in each process.
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_meeting_that_cannot_be_is_refused_by_its_field(
    town: Service, changes: dict[str, object], field: str
) -> None:
    response = await call(town, wanted(await town.open(LIGHT), **changes))
    assert problem(response) == (422, "invalid-request", [field])


async def test_closed_case_needs_no_meeting(town: Service) -> None:
    case_id = await town.resolved(LIGHT)
    await town.answer(case_id)
    assert problem(await call(town, wanted(case_id))) == (422, "invalid-request", ["cases"])


@pytest.mark.parametrize(
    ("subject", "roles", "areas", "status"),
    [
        (B3_HEAD, ["handler"], [], 201),
        ("li-lianyi", ["handler"], [], 403),
        ("boss", ["supervisor"], [JINPU], 201),
        ("boss", ["supervisor"], ["elsewhere"], 403),
        ("clerk", ["staff"], [JINPU], 403),
    ],
)
async def test_meeting_is_called_by_the_handler_or_whoever_oversees_the_case(
    town: Service, subject: str, roles: list[str], areas: list[str], status: int
) -> None:
    response = await call(town, wanted(await town.open(LIGHT)), town.by(subject, *roles, areas=areas))
    assert response.status_code == status


async def test_all_cases_of_a_meeting_have_to_be_the_callers(town: Service) -> None:
    body = wanted(await town.open(LIGHT), await town.open(FACADE))
    assert (await call(town, body, town.b3_head)).status_code == 403


async def test_moved_meeting_is_told_again(town: Service) -> None:
    meeting = await called(town)
    later = TOMORROW + timedelta(days=2)
    response = await patch(
        town,
        meeting["id"],
        seen='"1"',
        starts_at=later.isoformat(),
        ends_at=(later + timedelta(hours=1)).isoformat(),
        departments=["housing", "water", "water"],
    )
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    (_, (sequence, event)) = await told(town, meeting["id"])
    assert isinstance(event, MeetingCalled)
    assert (sequence, event.starts_at, event.departments) == (2, later, ("housing", "water"))
    assert event.title == meeting["title"]


async def test_change_that_changes_nothing_tells_nobody(town: Service) -> None:
    meeting = await called(town)
    response = await patch(town, meeting["id"], title=meeting["title"])
    assert (response.status_code, response.json()) == (200, meeting)
    assert len(await told(town, meeting["id"])) == 1


async def test_of_two_editors_who_saw_the_same_one_is_refused(town: Service) -> None:
    meeting = (await called(town))["id"]
    answers = await asyncio.gather(*(patch(town, meeting, seen='"1"', place=f"room {one}") for one in (1, 2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (refused,) = [answer for answer in answers if answer.status_code == 412]
    assert (problem(refused)[1], refused.headers["ETag"]) == ("stale-meeting", '"2"')


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_at": (NOW - timedelta(days=1)).isoformat()}, "starts_at"),
        ({"ends_at": (NOW - timedelta(days=1)).isoformat()}, "ends_at"),
        ({"units": ["sanchajie/nowhere"]}, "units"),
        ({"title": ""}, "title"),
        ({"cases": []}, "cases"),
    ],
)
async def test_change_that_cannot_be_is_refused_by_its_field(
    town: Service, changes: dict[str, object], field: str
) -> None:
    meeting = await called(town)
    assert problem(await patch(town, meeting["id"], None, seen=None, **changes)) == (422, "invalid-request", [field])
    assert (await town.get(f"/meetings/{meeting['id']}")).json() == meeting


async def test_held_meeting_keeps_minutes_and_decisions(town: Service) -> None:
    case_id = await town.open(LIGHT)
    meeting = (await called(town, case_id))["id"]
    decision = {"case_id": str(case_id), "unit": JINPU, "work": "换线", "deadline": TOMORROW.isoformat()}
    early = await post(town, meeting, "hold", minutes="商定换线", decisions=[decision])
    assert problem(early)[:2] == (409, "illegal-meeting-change")
    await begun(town, meeting)
    held = await post(town, meeting, "hold", minutes=" 商定换线 ", decisions=[decision])
    assert held.status_code == 200
    body = held.json()
    assert (body["state"], body["minutes"], body["version"]) == ("held", "商定换线", 2)
    assert body["decisions"] == [{**decision, "deadline": TOMORROW.isoformat().replace("+00:00", "Z")}]
    assert (await town.get(f"/meetings/{meeting}")).json() == body
    (_, (_, event)) = await told(town, meeting)
    assert isinstance(event, MeetingHeld)
    assert (event.minutes, event.decisions) == ("商定换线", 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"case_id": str(UUID(int=7))}, "decisions.0.case_id"),
        ({"unit": "sanchajie/nowhere"}, "decisions.0.unit"),
        ({"deadline": (NOW - timedelta(days=1)).isoformat()}, "decisions.0.deadline"),
        ({"work": ""}, "decisions.0.work"),
    ],
)
async def test_decision_that_cannot_be_is_refused_by_its_field(
    town: Service, changes: dict[str, object], field: str
) -> None:
    case_id = await town.open(LIGHT)
    meeting = (await called(town, case_id))["id"]
    await begun(town, meeting)
    decision = {"case_id": str(case_id), "unit": JINPU, "work": "换线", "deadline": TOMORROW.isoformat(), **changes}
    response = await post(town, meeting, "hold", minutes="商定", decisions=[decision])
    assert problem(response) == (422, "invalid-request", [field])
    assert (await town.get(f"/meetings/{meeting}")).json()["state"] == "called"


async def test_cancelled_meeting_says_why_and_stays_cancelled(town: Service) -> None:
    meeting = (await called(town))["id"]
    assert problem(await post(town, meeting, "cancel", reason=" ")) == (422, "invalid-request", ["reason"])
    cancelled = await post(town, meeting, "cancel", reason="台风")
    assert (cancelled.json()["state"], cancelled.json()["reason"]) == ("cancelled", "台风")
    (_, (_, event)) = await told(town, meeting)
    assert isinstance(event, MeetingCancelled)
    assert event.reason == "台风"
    for response in (
        await post(town, meeting, "cancel", reason="again"),
        await post(town, meeting, "hold", minutes="none"),
        await patch(town, meeting, place="elsewhere"),
    ):
        assert problem(response)[:2] == (409, "illegal-meeting-change")


async def test_only_who_called_it_or_oversees_its_cases_changes_a_meeting(town: Service) -> None:
    response = await call(town, wanted(await town.open(LIGHT)), town.b3_head)
    meeting = response.json()["id"]
    stranger = town.by("li-lianyi", "handler")
    assert (await patch(town, meeting, stranger, place="elsewhere")).status_code == 403
    assert (await post(town, meeting, "cancel", stranger, reason="no")).status_code == 403
    assert (await patch(town, meeting, town.b3_head, place="here")).status_code == 200
    assert (await patch(town, meeting, town.by("boss", "supervisor", areas=[JINPU]), place="there")).status_code == 200


@pytest.mark.parametrize("path", ["", ".ics"])
async def test_departments_and_handlers_that_are_invited_have_a_meeting_in_their_calendars(
    town: Service, path: str
) -> None:
    housing, fire = (department(town, slug) for slug in ("housing", "fire"))
    jinpu, heyuan = town.by("li-jinpu", "handler"), town.by("li-lianyi", "handler")
    for category in (FACADE, DISPUTE):
        meeting = await called(town, await town.open(category))
        for reader, status in ((housing, 200), (jinpu, 200), (fire, 403), (heyuan, 403)):
            assert (await town.get(f"/meetings/{meeting['id']}{path}", reader)).status_code == status
            listed = (await town.get("/meetings", reader, case=meeting["cases"][0])).json()["items"]
            assert len(listed) == (status == 200)


@pytest.mark.parametrize("path", ["", ".ics"])
@pytest.mark.parametrize(
    ("subject", "roles", "areas", "plain", "confidential"),
    [
        (B3_HEAD, ["handler"], [], 200, 200),
        ("li-lianyi", ["handler"], [], 403, 403),
        ("clerk", ["staff"], [JINPU], 200, 403),
        ("clerk", ["staff"], ["sanchajie/other"], 403, 403),
        ("boss", ["supervisor"], [JINPU], 200, 200),
    ],
)
async def test_meeting_is_seen_by_those_it_concerns(
    town: Service, path: str, subject: str, roles: list[str], areas: list[str], plain: int, confidential: int
) -> None:
    reader = town.by(subject, *roles, areas=areas)
    for category, status in ((LIGHT, plain), (DISPUTE, confidential)):
        meeting = await called(town, await town.open(category))
        assert (await town.get(f"/meetings/{meeting['id']}{path}", reader)).status_code == status
        listed = (await town.get("/meetings", reader, case=meeting["cases"][0])).json()["items"]
        assert len(listed) == (status == 200)


async def test_a_meeting_about_a_dispute_is_not_seen_by_way_of_another_of_its_cases(town: Service) -> None:
    meeting = await called(town, await town.open(LIGHT), await town.open(DISPUTE), units=["sanchajie"])
    clerk, boss = town.by("clerk", "staff", areas=[JINPU]), town.by("boss", "supervisor", areas=[JINPU])
    for path in ("", ".ics"):
        assert (await town.get(f"/meetings/{meeting['id']}{path}", clerk)).status_code == 403
        assert (await town.get(f"/meetings/{meeting['id']}{path}", boss)).status_code == 200
    assert (await town.get("/meetings", clerk, case=meeting["cases"][0])).json()["items"] == []


async def test_what_a_confidential_meeting_is_about_is_in_no_event(town: Service) -> None:
    case_id = await town.open(DISPUTE)
    meeting = (await called(town, case_id, title="例家与邻居的纠纷", agenda=["纠纷经过"]))["id"]
    await begun(town, meeting)
    await post(town, meeting, "hold", minutes="双方和解")
    (_, called_event), (_, held) = await told(town, meeting)
    assert isinstance(called_event, MeetingCalled)
    assert isinstance(held, MeetingHeld)
    assert (called_event.title, called_event.agenda, held.title, held.minutes) == ("现场办公会", (), "现场办公会", "")


async def test_unknown_meeting_is_not_found(town: Service) -> None:
    nowhere = str(UUID(int=9))
    for response in (
        await town.get(f"/meetings/{nowhere}"),
        await town.get(f"/meetings/{nowhere}.ics"),
        await patch(town, nowhere, place="x"),
        await post(town, nowhere, "cancel", reason="x"),
    ):
        assert problem(response)[:2] == (404, "unknown-meeting")


async def test_meetings_are_listed_by_case_unit_and_what_is_to_come(service: Service) -> None:
    case_id, other = await service.open(LIGHT), await service.open(FACADE)
    hours = [timedelta(hours=each) for each in (1, 2, 3)]
    ids = [
        (await called(service, case_id, starts_at=(NOW + each).isoformat(), units=[B3], departments=[]))["id"]
        for each in hours
    ]
    away = (await called(service, other, units=["sanchajie"], departments=[]))["id"]
    await post(service, ids[1], "cancel", reason="台风")

    async def listed(**params: str | int) -> list[str]:
        return [one["id"] for one in (await service.get("/meetings", None, **params)).json()["items"]]

    assert await listed(case=str(case_id)) == ids[::-1]
    assert await listed(unit=JINPU) == ids[::-1]
    assert await listed(unit="sanchajie") == [away, *ids[::-1]]
    assert await listed(upcoming="true") == [ids[0], ids[2], away]
    for params in ({}, {"upcoming": "true"}):
        pages: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = (await service.get("/meetings", None, limit=1, **params, **after)).json()
            pages += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert pages == await listed(**params)


async def test_calendar_takes_a_meeting_in_moves_and_strikes_it(town: Service) -> None:
    title = "楼道灯, 护栏; 与“水管”" + "很长的标题" * 12
    meeting = (await called(town, title=title, agenda=["第一项\\,;", "第二项"]))["id"]
    first = await town.get(f"/meetings/{meeting}.ics", {**town.platform, "Accept-Language": "en"})
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8; method=REQUEST"
    assert max(len(line) for line in first.content.split(b"\r\n")) <= 75
    calendar, event = opened(first)
    assert (calendar["method"], event["uid"], event["sequence"]) == ("REQUEST", f"{meeting}@linli", 0)
    assert (event["summary"], event["description"]) == (title, "第一项\\,;\n第二项")
    assert (event.start, event.end) == (TOMORROW, TOMORROW + timedelta(hours=2))
    invited = {str(one): one.params["CN"] for one in event["attendee"]}
    assert invited == {
        f"urn:linli:post:{JINPU}": "Jinpu Community",
        f"urn:linli:post:{B3}": "Lianbang New Town, Building 3",
        "urn:linli:department:housing": "Housing",
    }
    assert b"mailto" not in first.content.lower()
    await patch(town, meeting, place="新地点")
    _, event = opened(await town.get(f"/meetings/{meeting}.ics"))
    assert (event["sequence"], event["location"]) == (1, "新地点")
    await post(town, meeting, "cancel", reason="台风")
    struck = await town.get(f"/meetings/{meeting}.ics")
    calendar, event = opened(struck)
    assert (calendar["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 2)
    assert struck.headers["Content-Type"].endswith("method=CANCEL")


def opened(response: Response) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(response.content)
    return calendar, calendar.walk("VEVENT")[0]
