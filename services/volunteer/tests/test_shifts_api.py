"""Shifts: announced, joined, waited for, planned, given up, and decided by hand."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import create_async_engine

from volunteer.settings import VolunteerSettings

from .conftest import Clock, Mint, eventually, lapsing
from .test_people_api import COMMUNITY, kind, registered

PLACE = f"{COMMUNITY}/lianbang"
ALWAYS = {"weekly": [{"weekday": day, "begins": "00:00", "ends": "00:00"} for day in range(7)]}


def clerk_of(token: Mint, area: str = COMMUNITY) -> dict[str, str]:
    return token("clerk", "staff", areas=(area,))


def in_days(days: float) -> str:
    """A moment on the clock of China."""
    return (datetime.now(UTC) + timedelta(days=days, hours=8)).replace(tzinfo=None, microsecond=0).isoformat()


async def announced(client: AsyncClient, token: Mint, **told: Any) -> list[dict[str, Any]]:
    """Announce an activity and return its shifts."""
    sent = {
        "title": "平安巡逻",
        "area": PLACE,
        "starts": in_days(5),
        "minutes": 120,
        "roles": [{"code": "patrol", "headcount": 2}],
    }
    answer = await client.post("/v1/activities", headers=clerk_of(token), json={**sent, **told})
    assert answer.status_code == 201, answer.text
    query = {"activity": answer.json()["id"], "begins": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    shifts: list[dict[str, Any]] = (await client.get("/v1/shifts", params=query)).json()["items"]
    return shifts


async def free(client: AsyncClient, token: Mint, *names: str, **told: Any) -> dict[str, str]:
    """Register people who always have time; return their ids."""
    return {name: (await registered(client, token, name, **{"availability": ALWAYS, **told}))["id"] for name in names}


async def joined(client: AsyncClient, token: Mint, shift: dict[str, Any], name: str, **told: Any) -> Any:
    body = {"role": "patrol", **told}
    return await client.post(f"/v1/shifts/{shift['id']}/join", headers=token(name, "volunteer"), json=body)


async def plan(client: AsyncClient, token: Mint, **told: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    span = {"area": COMMUNITY, "begins": now.isoformat(), "ends": (now + timedelta(days=28)).isoformat()}
    answer = await client.post(
        "/v1/shift-plans", headers=clerk_of(token) | {"Accept-Language": "en"}, json={**span, **told}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def mine(client: AsyncClient, token: Mint, name: str) -> list[dict[str, Any]]:
    headers = token(name, "volunteer") | {"Accept-Language": "en"}
    items: list[dict[str, Any]] = (await client.get("/v1/assignments/mine", headers=headers)).json()["items"]
    return items


async def test_patrol_comes_every_week_and_shows_who_is_missing(client: AsyncClient, token: Mint) -> None:
    shifts = await announced(client, token, rule="FREQ=WEEKLY;COUNT=3", starts=in_days(2))

    assert [one["at_risk"] for one in shifts] == [True, False, False]
    first, second = (datetime.fromisoformat(one["begins_at"]) for one in shifts[:2])
    assert second - first == timedelta(days=7)
    assert shifts[0]["roles"][0]["placed"] == 0


async def test_of_many_who_join_at_once_so_many_have_places_and_the_others_wait(
    client: AsyncClient, token: Mint
) -> None:
    [shift] = await announced(client, token)
    names = [f"n{number}" for number in range(5)]
    await free(client, token, *names)

    answers = await asyncio.gather(*(joined(client, token, shift, name) for name in names))

    assert Counter(answer.json()["state"] for answer in answers) == {"accepted": 2, "waiting": 3}
    assert kind(await joined(client, token, shift, "n0"))[0] == 409


async def test_who_waited_is_offered_the_place_and_confirms(client: AsyncClient, token: Mint, clock: Clock) -> None:
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1}])
    await free(client, token, "first", "second", "third")
    made = [(await joined(client, token, shift, name)).json() for name in ("first", "second", "third")]

    gone = await client.post(f"/v1/assignments/{made[0]['id']}/give-up", headers=token("first", "volunteer"))
    assert (gone.json()["state"], gone.json()["late"]) == ("cancelled", False)
    [offered] = await mine(client, token, "second")
    assert offered["state"] == "offered"
    path = f"/v1/assignments/{offered['id']}/accept"
    assert kind(await client.post(path, headers=token("third", "volunteer"), json={})) == (403, "forbidden")
    assert (await client.post(path, headers=token("second", "volunteer"), json={})).json()["state"] == "accepted"
    clock.ahead = timedelta(days=4, hours=12)
    late = await client.post(f"/v1/assignments/{offered['id']}/give-up", headers=token("second", "volunteer"))
    assert late.json()["late"] is True
    assert [one["state"] for one in await mine(client, token, "third")] == ["offered"]


async def test_offer_that_nobody_confirms_goes_to_the_next(
    client: AsyncClient, token: Mint, clock: Clock, settings: VolunteerSettings
) -> None:
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1}])
    await free(client, token, "first", "second", "third")
    made = [(await joined(client, token, shift, name)).json() for name in ("first", "second", "third")]
    await client.post(f"/v1/assignments/{made[0]['id']}/give-up", headers=token("first", "volunteer"))
    clock.ahead = timedelta(hours=13)
    engine = create_async_engine(settings.database_url.get_secret_value())
    worker = lapsing(engine, clock)

    async def passed() -> bool:
        return [(await mine(client, token, name))[0]["state"] for name in ("second", "third")] == ["lapsed", "offered"]

    await worker.start()
    await eventually(passed)
    await worker.stop()
    await engine.dispose()


async def test_plan_proposes_the_best_says_why_and_keeps_what_was_accepted(client: AsyncClient, token: Mint) -> None:
    first, second = await announced(client, token, rule="FREQ=WEEKLY;COUNT=2")
    await free(client, token, "anna", "berta")
    await free(client, token, "busy", availability={})
    await free(client, token, "silent", consents=False)
    await joined(client, token, first, "anna")

    told = await plan(client, token)

    assert (told["proposed"], told["values"], told["bounds"]) == (3, told["bounds"], told["values"])
    assert {(one["shift_id"], one["open"], one["planned"]) for one in told["roles"]} == {
        (first["id"], 1, 1),
        (second["id"], 2, 2),
    }
    states = {(one["shift_id"], one["state"], one["how"]) for one in await mine(client, token, "anna")}
    assert states == {(first["id"], "accepted", "self"), (second["id"], "proposed", "plan")}
    assert any("m away" in reason for reason in (await mine(client, token, "berta"))[0]["reasons"])
    assert await mine(client, token, "busy") == await mine(client, token, "silent") == []
    assert (await plan(client, token))["proposed"] == 0


async def test_proposal_is_accepted_or_declined_and_not_made_again(client: AsyncClient, token: Mint) -> None:
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1}])
    await free(client, token, "anna")
    await plan(client, token)
    [asked] = await mine(client, token, "anna")

    declined = await client.post(f"/v1/assignments/{asked['id']}/give-up", headers=token("anna", "volunteer"))

    assert declined.json()["state"] == "declined"
    [role] = (await plan(client, token))["roles"]
    assert (role["planned"], role["reasons"][0]) == (0, "there is nobody who could do it")
    await free(client, token, "berta")
    await plan(client, token)
    [other] = await mine(client, token, "berta")
    accepted = await client.post(f"/v1/assignments/{other['id']}/accept", headers=token("berta", "volunteer"), json={})
    assert accepted.json()["state"] == "accepted"
    listed = (await client.get(f"/v1/shifts/{shift['id']}/assignments", headers=clerk_of(token))).json()["items"]
    assert [(one["name"], one["state"]) for one in listed] == [("例安娜", "declined"), ("例安娜", "accepted")]


async def test_proposal_that_came_too_late_is_refused(client: AsyncClient, token: Mint) -> None:
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1}])
    await free(client, token, "anna")
    await plan(client, token)
    await free(client, token, "berta")
    await joined(client, token, shift, "berta")
    [asked] = await mine(client, token, "anna")

    answer = await client.post(f"/v1/assignments/{asked['id']}/accept", headers=token("anna", "volunteer"), json={})

    assert kind(answer) == (409, "shift-full")


async def test_person_decides_otherwise_and_what_that_breaks_is_recorded(client: AsyncClient, token: Mint) -> None:
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1, "skills": ["first-aid"]}])
    people = await free(client, token, "anna", "berta")
    silent = await free(client, token, "silent", consents=False)
    path = f"/v1/shifts/{shift['id']}/assignments"
    sent = {"volunteer_id": people["anna"], "role": "patrol", "reason": "熟悉小区，医生同行"}
    english = clerk_of(token) | {"Accept-Language": "en"}

    assert (
        kind(await client.post(path, headers=clerk_of(token), json=sent | {"volunteer_id": silent["silent"]}))[0] == 403
    )
    made = (await client.post(path, headers=english, json=sent)).json()

    assert (made["state"], made["how"], made["reason"]) == ("accepted", "override", sent["reason"])
    assert made["reasons"] == ["lacks a skill that is needed"]
    again = await client.post(path, headers=english, json=sent | {"volunteer_id": people["berta"]})
    assert kind(again) == (409, "shift-full")
    [role] = (await plan(client, token))["roles"]
    assert (role["open"], role["planned"]) == (0, 0)


async def test_place_that_is_taken_twice_under_one_key_is_taken_once_and_not_again_when_given_up(
    client: AsyncClient, token: Mint
) -> None:
    [shift] = await announced(client, token)
    await free(client, token, "anna", "berta")
    path = f"/v1/shifts/{shift['id']}/join"
    anna, berta = (token(name, "volunteer") | {"Idempotency-Key": "k1"} for name in ("anna", "berta"))
    first, again = [await client.post(path, headers=anna, json={"role": "patrol"}) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert len(await mine(client, token, "anna")) == 1
    reused = await client.post(path, headers=anna, json={"role": "patrol", "risk_noted": True})
    assert kind(reused) == (422, "idempotency-key-reused")
    assert (await client.post(path, headers=berta, json={"role": "patrol"})).json()["id"] != first.json()["id"]
    await client.post(f"/v1/assignments/{first.json()['id']}/give-up", headers=token("anna", "volunteer"))
    late = (await client.post(path, headers=anna, json={"role": "patrol"})).json()
    assert (late["id"], late["state"]) == (first.json()["id"], "cancelled")


async def test_place_that_is_given_twice_under_one_key_is_given_once_and_shown_to_who_organises_there(
    client: AsyncClient, token: Mint
) -> None:
    [shift] = await announced(client, token)
    people = await free(client, token, "anna", "berta")
    path = f"/v1/shifts/{shift['id']}/assignments"
    sent, keyed = {"volunteer_id": people["anna"], "role": "patrol", "reason": "同楼"}, {"Idempotency-Key": "k1"}
    first, again = [await client.post(path, headers=clerk_of(token) | keyed, json=sent) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert len((await client.get(path, headers=clerk_of(token))).json()["items"]) == 1
    reused = await client.post(path, headers=clerk_of(token) | keyed, json=sent | {"volunteer_id": people["berta"]})
    assert kind(reused) == (422, "idempotency-key-reused")
    moved = clerk_of(token, "sanchajie/chating") | keyed
    assert kind(await client.post(path, headers=moved, json=sent))[0] == 403
    gone = await client.delete(f"/v1/volunteers/{people['anna']}", headers=token("anna", "volunteer"))
    assert gone.status_code == 204
    assert kind(await client.post(path, headers=clerk_of(token) | keyed, json=sent)) == (404, "unknown-assignment")


@pytest.mark.parametrize(
    ("person", "role", "slug"),
    [
        ({"born": "2012-05-01"}, {}, "no-guardian"),
        ({}, {"skills": ["flying"]}, "skill-missing"),
        ({}, {"qualifications": ["driver"]}, "qualification-missing"),
        ({"availability": {}}, {}, "not-free"),
        ({"minutes_a_month": 60}, {}, "hours-cap"),
    ],
)
async def test_rules_hold_for_who_joins(
    person: dict[str, Any], role: dict[str, Any], slug: str, client: AsyncClient, token: Mint
) -> None:
    [shift] = await announced(client, token, roles=[{"code": "patrol", "headcount": 1, **role}])
    await free(client, token, "anna", **person)

    assert kind(await joined(client, token, shift, "anna")) == (409, slug)


async def test_nobody_has_two_shifts_at_once(client: AsyncClient, token: Mint) -> None:
    [one] = await announced(client, token)
    [other] = await announced(client, token, title="清洁日", starts=in_days(5))
    await free(client, token, "anna")
    await joined(client, token, one, "anna")

    assert kind(await joined(client, token, other, "anna")) == (409, "overlaps-accepted")


async def test_risky_work_is_insured_and_told_of(client: AsyncClient, token: Mint) -> None:
    sent = {"title": "高处作业", "area": PLACE, "starts": in_days(5), "minutes": 60}
    sent |= {"roles": [{"code": "patrol", "headcount": 1}], "risk": "梯子上作业"}
    uninsured = await client.post("/v1/activities", headers=clerk_of(token), json=sent)
    assert [one["field"] for one in uninsured.json()["errors"]] == ["insured"]
    [shift] = await announced(client, token, risk="梯子上作业", insured=True, training="ladder")
    people = await free(client, token, "anna")

    assert kind(await joined(client, token, shift, "anna")) == (409, "risk-not-noted")
    assert kind(await joined(client, token, shift, "anna", risk_noted=True)) == (409, "qualification-missing")
    path = f"/v1/volunteers/{people['anna']}/qualifications/ladder"
    assert (await client.put(path, headers=clerk_of(token), json={})).status_code == 204
    assert (await joined(client, token, shift, "anna", risk_noted=True)).json()["state"] == "accepted"


async def test_shift_that_is_called_off_frees_everybody(client: AsyncClient, token: Mint) -> None:
    [shift] = await announced(client, token)
    await free(client, token, "anna")
    await joined(client, token, shift, "anna")

    assert (await client.post(f"/v1/shifts/{shift['id']}/cancel", headers=clerk_of(token))).status_code == 204

    assert [(one["state"], one["late"]) for one in await mine(client, token, "anna")] == [("cancelled", False)]
    assert kind(await joined(client, token, shift, "anna")) == (409, "shift-cancelled")
    assert (await plan(client, token))["roles"] == []


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"rule": "FREQ=SECONDLY"}, "rule"),
        ({"minutes": 0}, "minutes"),
        ({"roles": []}, "roles"),
        ({"roles": [{"code": "a", "headcount": 0}]}, "roles.0.headcount"),
        ({"roles": [{"code": "a", "headcount": 1}] * 2}, "roles"),
        ({"zone": "Mars"}, "zone"),
    ],
)
async def test_activity_that_cannot_be_is_refused(
    told: dict[str, Any], field: str, client: AsyncClient, token: Mint
) -> None:
    sent = {"title": "x", "area": PLACE, "starts": in_days(5), "minutes": 60, "roles": [{"code": "a", "headcount": 1}]}

    answer = await client.post("/v1/activities", headers=clerk_of(token), json={**sent, **told})

    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_only_who_organises_there_announces_plans_and_looks(client: AsyncClient, token: Mint) -> None:
    [shift] = await announced(client, token)
    far = clerk_of(token, "sanchajie/chating")
    span = {"area": COMMUNITY, "begins": "2030-01-01T00:00:00Z", "ends": "2030-01-02T00:00:00Z"}

    assert kind(await client.post("/v1/shift-plans", headers=far, json=span))[0] == 403
    assert kind(await client.get(f"/v1/shifts/{shift['id']}/assignments", headers=far))[0] == 403
    assert kind(await client.post(f"/v1/shifts/{shift['id']}/cancel", headers=far))[0] == 403
    assert kind(await client.post("/v1/shift-plans", headers=token("anna", "volunteer"), json=span))[0] == 403
    past = {"area": COMMUNITY, "begins": "2020-01-01T00:00:00Z", "ends": "2020-01-02T00:00:00Z"}
    assert kind(await client.post("/v1/shift-plans", headers=clerk_of(token), json=past))[0] == 422


async def test_shift_called_off_while_it_is_planned_keeps_nobody(client: AsyncClient, token: Mint) -> None:
    shifts = await announced(client, token, rule="FREQ=DAILY;COUNT=4")
    await free(client, token, "anna", "berta")
    cancels = (client.post(f"/v1/shifts/{one['id']}/cancel", headers=clerk_of(token)) for one in shifts[:2])

    _, *answers = await asyncio.gather(plan(client, token), *cancels)

    assert [answer.status_code for answer in answers] == [204, 204]
    for name in ("anna", "berta"):
        active = {one["shift_id"] for one in await mine(client, token, name) if one["state"] == "proposed"}
        assert active == {one["id"] for one in shifts[2:]}


async def test_many_plans_at_once_propose_once(client: AsyncClient, token: Mint) -> None:
    await announced(client, token)
    await free(client, token, "anna", "berta")

    told = await asyncio.gather(*(plan(client, token) for _ in range(4)))

    assert sorted(one["proposed"] for one in told) == [0, 0, 0, 2]
    assert [len(await mine(client, token, name)) for name in ("anna", "berta")] == [1, 1]


async def test_of_two_proposals_at_one_time_one_is_accepted(client: AsyncClient, token: Mint) -> None:
    await free(client, token, "anna", radius_m=50_000)
    now = datetime.now(UTC)
    span = {"begins": now.isoformat(), "ends": (now + timedelta(days=28)).isoformat()}
    sent = {"title": "巡逻", "starts": in_days(5), "minutes": 120, "roles": [{"code": "patrol", "headcount": 1}]}
    for area in (COMMUNITY, "sanchajie/heyuan"):
        made = await client.post("/v1/activities", headers=clerk_of(token, area), json={**sent, "area": area})
        assert made.status_code == 201, made.text
        planned = await client.post("/v1/shift-plans", headers=clerk_of(token, area), json={**span, "area": area})
        assert planned.json()["proposed"] == 1
    asked = await mine(client, token, "anna")

    answers = await asyncio.gather(
        *(
            client.post(f"/v1/assignments/{one['id']}/accept", headers=token("anna", "volunteer"), json={})
            for one in asked
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [kind(answer)[1] for answer in answers if answer.status_code == 409] == ["overlaps-accepted"]
