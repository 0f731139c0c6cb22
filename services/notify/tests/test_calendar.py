"""A department's deadlines and meetings in a calendar, also of a program that has nothing but a link."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from linli.contracts import DispatchDone, MeetingCancelled
from notify.addressed import KEPT, purge_meetings
from notify.settings import NotifySettings
from notify.tables import calendar_feeds

from . import builders

Tell = Callable[..., Awaitable[None]]
Token = Callable[..., dict[str, str]]
BOTH = pytest.mark.parametrize("bus_kind", ["embedded", "amqp"], indirect=True)
CALENDAR = "/v1/departments/housing/calendar.ics"
FEEDS = "/v1/departments/housing/calendar-feeds"
CASE, MEETING = UUID(int=5), UUID(int=6)


@pytest.fixture
def now() -> Callable[[], datetime]:
    return lambda: datetime(2026, 3, 9, 10, 0, tzinfo=UTC)


@pytest.fixture
def housing(token: Token) -> dict[str, str]:
    return token("department", department="housing", language="en")


async def shown(
    client: AsyncClient, headers: dict[str, str], met: Callable[[dict[str, Any]], bool], path: str = CALENDAR
) -> dict[str, Any]:
    """Return a calendar's events by their ids as soon as they are as expected."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.get(path, headers=headers)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
            events = {str(one["uid"]): one for one in Calendar.from_ical(answer.content).walk("VEVENT")}
            if met(events):
                return events
            await asyncio.sleep(0.05)


def count(wanted: int) -> Callable[[dict[str, Any]], bool]:
    return lambda events: len(events) == wanted


@BOTH
async def test_a_calendar_shows_open_deadlines_and_meetings(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    await tell(builders.requested(CASE))
    await tell(builders.meeting_called(MEETING, "water", "housing"), 3)
    await tell(builders.meeting_called(uuid4(), "water"))
    events = await shown(client, housing, count(2))
    deadline, meeting = events[f"{CASE}.housing@linli"], events[f"{MEETING}@linli"]
    assert deadline["dtstart"].dt == builders.DUE
    assert str(deadline["summary"]).startswith("Due: Roof leak (")
    assert (meeting["dtstart"].dt, meeting["dtend"].dt) == (builders.DUE, builders.DUE + timedelta(hours=1))
    assert (str(meeting["summary"]), str(meeting["location"])) == ("现场办公会", "三号楼")
    assert (meeting["sequence"], str(meeting["status"])) == (2, "CONFIRMED")


async def test_what_is_done_vanishes(client: AsyncClient, tell: Tell, housing: dict[str, str]) -> None:
    await tell(builders.reported(CASE))
    await tell(builders.requested(CASE), 1)
    await shown(client, housing, count(1))
    await tell(DispatchDone(**builders.WHERE, case_id=CASE, department="housing", answer="已修"), 2)
    await shown(client, housing, count(0))


async def test_a_meeting_moves_and_a_cancelled_one_shows_as_cancelled(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    later = builders.DUE + timedelta(days=1)
    moved = {"starts_at": later, "ends_at": later + timedelta(hours=1)}
    cancelled = MeetingCancelled(
        **builders.WHERE, meeting_id=MEETING, cases=(CASE,), departments=("housing",), title="现场办公会", reason="台风"
    )
    await tell(builders.meeting_called(MEETING, "housing"), 1)
    await tell(builders.meeting_called(MEETING, "housing", **moved), 2)
    await tell(cancelled, 3)
    events = await shown(client, housing, lambda events: "CANCELLED" in [str(one["status"]) for one in events.values()])
    (meeting,) = events.values()
    assert (meeting["dtstart"].dt, meeting["sequence"]) == (later, 2)


async def test_whoever_is_not_invited_any_more_does_not_find_the_meeting(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    await tell(builders.meeting_called(MEETING, "housing"), 1)
    await shown(client, housing, count(1))
    await tell(builders.meeting_called(MEETING, "water"), 2)
    await shown(client, housing, count(0))


async def test_a_calendar_repeats_nothing_that_was_written_and_of_confidential_matters_says_only_when(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    await tell(builders.requested(CASE, "civil-affairs", task="找例居民谈", category="dispute.family"))
    await tell(builders.requested(uuid4(), "civil-affairs", task="找例居民谈"))
    secret = {"category": "dispute.family", "title": "例居民家事", "agenda": ("例居民",)}
    await tell(builders.meeting_called(MEETING, "civil-affairs", **secret))
    path = "/v1/departments/civil-affairs/calendar.ics"
    reader = token("department", department="civil-affairs", language="en")
    events = await shown(client, reader, count(3), path)
    assert str(events[f"{CASE}.civil-affairs@linli"]["summary"]) == "Due: a confidential matter"
    assert str(events[f"{MEETING}@linli"]["summary"]) == "Meeting on a confidential matter"
    assert "location" not in events[f"{MEETING}@linli"]
    text = (await client.get(path, headers=reader)).text
    assert "例居民" not in text
    assert "family" not in text.lower()


async def test_a_meeting_is_kept_for_a_while_after_its_end(
    client: AsyncClient, tell: Tell, housing: dict[str, str], settings: NotifySettings
) -> None:
    await tell(builders.meeting_called(MEETING, "housing"))
    await shown(client, housing, count(1))
    engine = create_async_engine(settings.database_url.get_secret_value())
    ended = builders.DUE + timedelta(hours=1)
    for after, left in ((KEPT, 1), (KEPT + timedelta(seconds=1), 0)):
        async with engine.begin() as connection:
            await purge_meetings(connection, ended + after)
        await shown(client, housing, count(left))
    await engine.dispose()


async def opened(client: AsyncClient, headers: dict[str, str], key: str | None = None) -> Any:
    answer = await client.post(FEEDS, headers=headers | ({"Idempotency-Key": key} if key else {}))
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    return answer.json()


async def test_a_link_opens_the_calendar_without_a_bearer_in_the_language_that_it_was_made_in(
    client: AsyncClient, tell: Tell, housing: dict[str, str]
) -> None:
    await tell(builders.requested(CASE))
    await shown(client, housing, count(1))
    link = await opened(client, housing)
    (event,) = (await shown(client, {}, count(1), link["path"])).values()
    assert str(event["summary"]).startswith("Due: Roof leak (")


async def test_a_link_that_is_revoked_opens_nothing(client: AsyncClient, housing: dict[str, str]) -> None:
    kept, gone = await opened(client, housing), await opened(client, housing)
    revoke = f"{FEEDS}/{gone['id']}"
    assert (await client.delete(revoke, headers=housing)).status_code == 204
    assert (await client.delete(revoke, headers=housing)).status_code == 404
    assert (await client.get(gone["path"])).status_code == 404
    assert (await client.get(kept["path"])).status_code == 200


async def test_a_token_is_shown_once_and_kept_nowhere(
    client: AsyncClient, housing: dict[str, str], settings: NotifySettings
) -> None:
    link = await opened(client, housing)
    token = link["path"].partition("feed=")[2]
    (shown_again,) = (await client.get(FEEDS, headers=housing)).json()
    assert (shown_again["id"], token in str(shown_again), "path" in shown_again) == (link["id"], False, False)
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.connect() as connection:
        (row,) = (await connection.execute(select(calendar_feeds))).all()
    await engine.dispose()
    assert row.token_sha256 == sha256(token.encode()).digest()
    assert token not in str(row)


async def test_a_request_that_is_sent_again_makes_one_link_whose_last_token_counts(
    client: AsyncClient, housing: dict[str, str]
) -> None:
    lost, link = await opened(client, housing, "k1"), await opened(client, housing, "k1")
    assert (link["id"], len((await client.get(FEEDS, headers=housing)).json())) == (lost["id"], 1)
    assert (await client.get(lost["path"])).status_code == 404
    assert (await client.get(link["path"])).status_code == 200


async def test_a_link_opens_the_calendar_of_no_other_department(client: AsyncClient, housing: dict[str, str]) -> None:
    link = await opened(client, housing)
    for wrong in (link["path"].replace("housing", "water"), link["path"].replace("housing", "navy")):
        assert (await client.get(wrong)).status_code == 404


@pytest.mark.parametrize("guessed", ["", "x", "%00", "%ff"])
async def test_a_guessed_token_opens_nothing(client: AsyncClient, housing: dict[str, str], guessed: str) -> None:
    await opened(client, housing)
    answer = await client.get(f"{CALENDAR}?feed={guessed}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_department_and_the_platform_alone_keep_its_links(
    client: AsyncClient, housing: dict[str, str], token: Token
) -> None:
    link = await opened(client, housing)
    assert (await client.get(FEEDS, headers=token("platform"))).json()[0]["id"] == link["id"]
    refused = [(token("staff"), 403), (token("department", department="water"), 404), ({}, 401)]
    for headers, status in refused:
        answers = [
            await client.post(FEEDS, headers=headers),
            await client.get(FEEDS, headers=headers),
            await client.delete(f"{FEEDS}/{link['id']}", headers=headers),
        ]
        assert [one.status_code for one in answers] == [status] * 3
    other = await client.delete(
        f"/v1/departments/water/calendar-feeds/{link['id']}", headers=token("department", department="water")
    )
    assert other.status_code == 404
    assert (await client.get(link["path"])).status_code == 200


async def test_the_calendar_itself_is_shown_to_whom_the_worklist_is(
    client: AsyncClient, housing: dict[str, str], token: Token
) -> None:
    readers = [
        (housing, 200),
        (token("staff"), 200),
        (token("department", department="water"), 404),
        (token("handler"), 403),
        ({}, 401),
    ]
    for headers, status in readers:
        assert (await client.get(CALENDAR, headers=headers)).status_code == status
    assert (await client.get("/v1/departments/navy/calendar.ics", headers=token("staff"))).status_code == 404
