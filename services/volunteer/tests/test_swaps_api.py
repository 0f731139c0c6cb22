"""Shifts before and after: places handed on, people missing, calendars, and how many came."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import AsyncClient
from icalendar import Calendar
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.sealing import Sealer
from linli.contracts import AssignmentSwapOffered, ShiftAtRisk, ShiftHeld
from volunteer.settings import VolunteerSettings

from .conftest import CONTACT_KEY, Clock, Mint, World, lapsing
from .test_people_api import COMMUNITY, kind
from .test_shifts_api import announced, clerk_of, free, in_days, joined, mine

SEALER = Sealer(SecretStr(CONTACT_KEY))
ONE = [{"code": "patrol", "headcount": 1}]
FIELDS: dict[str, Any] = {"roles": ONE}


async def swaps(client: AsyncClient, token: Mint, name: str) -> list[str]:
    items = (await client.get("/v1/swaps", headers=token(name, "volunteer"))).json()["items"]
    return [one["assignment_id"] for one in items]


async def test_place_that_is_handed_on_goes_to_one_of_many_and_is_held_against_nobody(
    client: AsyncClient, token: Mint, clock: Clock
) -> None:
    names = ("first", "second", "third")
    await free(client, token, "anna", *names)
    [shift] = await announced(client, token, **FIELDS)
    made = (await joined(client, token, shift, "anna")).json()
    path, anna = f"/v1/assignments/{made['id']}", token("anna", "volunteer")
    assert (await client.put(f"{path}/swap", headers=anna, json={})).status_code == 204
    assert (await swaps(client, token, "anna"), await swaps(client, token, "first")) == ([], [made["id"]])
    assert kind(await client.post(f"{path}/take", headers=anna, json={}))[0] == 403
    clock.ahead = timedelta(days=4, hours=12)

    answers = await asyncio.gather(
        *(client.post(f"{path}/take", headers=token(name, "volunteer"), json={}) for name in names)
    )

    assert sorted(answer.status_code for answer in answers) in ([201, 404, 404], [201, 404, 409], [201, 409, 409])
    [won] = [name for name, answer in zip(names, answers, strict=True) if answer.status_code == 201]
    [taken] = await mine(client, token, won)
    [given] = await mine(client, token, "anna")
    assert (taken["state"], taken["how"], taken["shift_id"]) == ("accepted", "swap", shift["id"])
    assert (given["state"], given["late"]) == ("cancelled", False)
    assert await swaps(client, token, "first") == []


async def test_place_that_is_taken_over_twice_under_one_key_is_taken_once(client: AsyncClient, token: Mint) -> None:
    await free(client, token, "anna", "berta")
    [shift] = await announced(client, token, **FIELDS)
    path = f"/v1/assignments/{(await joined(client, token, shift, 'anna')).json()['id']}"
    assert (await client.put(f"{path}/swap", headers=token("anna", "volunteer"), json={})).status_code == 204
    berta = token("berta", "volunteer") | {"Idempotency-Key": "k1"}
    first, again = [await client.post(f"{path}/take", headers=berta, json={}) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert len(await mine(client, token, "berta")) == 1
    reused = await client.post(f"{path}/take", headers=berta, json={"risk_noted": True})
    assert kind(reused) == (422, "idempotency-key-reused")


async def test_place_is_handed_to_one_person_but_not_past_those_who_wait(
    client: AsyncClient, token: Mint, world: World
) -> None:
    await free(client, token, "anna", "berta", "clara")
    [shift] = await announced(client, token, **FIELDS)
    path = f"/v1/assignments/{(await joined(client, token, shift, 'anna')).json()['id']}"
    anna, number = token("anna", "volunteer"), {}
    for name in ("anna", "berta"):
        own = await client.get("/v1/volunteers/me", headers=token(name, "volunteer"))
        number[name] = {"to": own.json()["number"]}
    for nobody in (number["anna"], {"to": "V000000000000"}):
        assert kind(await client.put(f"{path}/swap", headers=anna, json=nobody)) == (422, "invalid-request")
    assert kind(await client.put(f"{path}/swap", headers=token("berta", "volunteer"), json={}))[0] == 403
    assert kind(await client.delete(f"{path}/swap", headers=anna)) == (404, "unknown-swap")
    assert (await client.put(f"{path}/swap", headers=anna, json=number["berta"])).status_code == 204
    told = (await world.told("assignment", until=AssignmentSwapOffered))[-1].data
    assert isinstance(told, AssignmentSwapOffered)
    assert SEALER.open(told.shift_id, told.volunteer or "") == "berta"
    assert kind(await client.post(f"{path}/take", headers=token("clara", "volunteer"), json={}))[0] == 403
    assert (await swaps(client, token, "clara"), len(await swaps(client, token, "berta"))) == ([], 1)
    assert (await joined(client, token, shift, "clara")).json()["state"] == "waiting"
    for refused in (
        await client.post(f"{path}/take", headers=token("berta", "volunteer"), json={}),
        await client.put(f"{path}/swap", headers=anna, json={}),
    ):
        assert kind(refused) == (409, "waited-for")
    assert (await client.delete(f"{path}/swap", headers=anna)).status_code == 204


async def test_shift_that_lacks_people_is_listed_and_told_of_the_day_before(
    client: AsyncClient, token: Mint, world: World, clock: Clock, settings: VolunteerSettings
) -> None:
    await free(client, token, "anna")
    [shift] = await announced(client, token, starts=in_days(2))
    await announced(client, token, starts=in_days(12))
    await joined(client, token, shift, "anna")
    [told] = (await client.get("/v1/shifts/at-risk", params={"area": COMMUNITY})).json()
    assert (told["id"], told["missing"], told["at_risk"]) == (shift["id"], {"patrol": 1}, True)
    assert len((await client.get("/v1/shifts/at-risk", params={"days": 31})).json()) == 2
    clock.ahead = timedelta(days=1, hours=2)
    engine = create_async_engine(settings.database_url.get_secret_value())
    worker = lapsing(engine, clock)
    await worker.start()
    events = await world.told("shift", until=ShiftAtRisk)
    await worker.stop()
    await engine.dispose()
    assert [event.data.missing for event in events if isinstance(event.data, ShiftAtRisk)] == [1]


async def test_story_meeting_counts_who_attended_and_the_year_shows_it(
    client: AsyncClient, token: Mint, world: World, clock: Clock
) -> None:
    await free(client, token, "anna")
    host = [{"code": "host", "headcount": 1}]
    [shift] = await announced(client, token, title="邻里故事会", kind="story-meeting", roles=host)
    await joined(client, token, shift, "anna", role="host")
    path = f"/v1/shifts/{shift['id']}/attendance"
    counted = {"attended": 40, "note": "讲了三个故事"}
    assert kind(await client.put(path, headers=clerk_of(token), json=counted)) == (409, "shift-not-begun")
    clock.ahead = timedelta(days=6)
    assert kind(await client.put(path, headers=token("anna", "volunteer"), json=counted))[0] == 403
    for attended in (40, 42):
        sent = counted | {"attended": attended}
        assert (await client.put(path, headers=clerk_of(token), json=sent)).status_code == 204
    [held] = (await client.get("/v1/activities-held", params={"area": "sanchajie"})).json()
    assert held == {"kind": "story-meeting", "held": 1, "came": 1, "attended": 42}
    assert (await client.get("/v1/activities-held", params={"area": "sanchajie/heyuan"})).json() == []
    events = [event.data for event in await world.told("shift", until=ShiftHeld, times=2)]
    assert [(one.attended, one.came, one.category) for one in events if isinstance(one, ShiftHeld)] == [
        (40, 1, "service.story-meeting"),
        (42, 1, "service.story-meeting"),
    ]


async def test_calendar_program_reads_ones_own_shifts_by_a_link_and_anyone_those_of_an_area(
    client: AsyncClient, token: Mint
) -> None:
    await free(client, token, "anna")
    [shift], [other] = await announced(client, token), await announced(client, token, starts=in_days(9))
    await joined(client, token, shift, "anna")
    anna = token("anna", "volunteer")
    opened = await client.post("/v1/calendar-feeds", headers=anna)
    assert opened.status_code == 201, opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    link = opened.json()["path"]
    await client.post(f"/v1/shifts/{shift['id']}/cancel", headers=clerk_of(token))

    read = await client.get(link)
    assert read.headers["Content-Type"].startswith("text/calendar")
    assert "例安娜" not in read.text
    [event] = Calendar.from_ical(read.text).walk("VEVENT")
    assert (str(event["summary"]), str(event["status"]), str(event["location"])) == (
        "平安巡逻",
        "CANCELLED",
        "联邦新城",
    )
    assert event.decoded("dtstart") == datetime.fromisoformat(shift["begins_at"]).astimezone(UTC)
    everything = await client.get("/v1/shifts.ics", params={"area": COMMUNITY})
    ids = {str(event["uid"]) for event in Calendar.from_ical(everything.text).walk("VEVENT")}
    assert ids == {f"{one['id']}@linli" for one in (shift, other)}
    [feed] = (await client.get("/v1/calendar-feeds", headers=anna)).json()
    assert kind(await client.delete(f"/v1/calendar-feeds/{feed['id']}", headers=token("b", "volunteer")))[0] == 404
    assert (await client.delete(f"/v1/calendar-feeds/{feed['id']}", headers=anna)).status_code == 204
    assert kind(await client.get(link)) == (404, "unknown-calendar")
    for number in range(10):
        keyed = anna | {"Idempotency-Key": f"k{number}"}
        assert (await client.post("/v1/calendar-feeds", headers=keyed)).status_code == 201
    assert kind(await client.post("/v1/calendar-feeds", headers=anna)) == (409, "too-many-feeds")
    assert (await client.post("/v1/calendar-feeds", headers=keyed)).status_code == 201


async def test_link_that_is_asked_for_twice_under_one_key_is_one_whose_last_token_counts(
    client: AsyncClient, token: Mint
) -> None:
    await free(client, token, "anna", "berta")
    anna, berta = (token(name, "volunteer") | {"Idempotency-Key": "k1"} for name in ("anna", "berta"))
    lost, link = [(await client.post("/v1/calendar-feeds", headers=anna)).json() for _ in range(2)]
    assert (link["id"], link["created_at"]) == (lost["id"], lost["created_at"])
    assert len((await client.get("/v1/calendar-feeds", headers=anna)).json()) == 1
    assert kind(await client.get(lost["path"])) == (404, "unknown-calendar")
    assert (await client.get(link["path"])).status_code == 200
    reused = await client.post("/v1/calendar-feeds", headers=anna, json={})
    assert kind(reused) == (422, "idempotency-key-reused")
    assert (await client.post("/v1/calendar-feeds", headers=berta)).json()["id"] != link["id"]
