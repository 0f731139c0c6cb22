"""Micro-wishes: from the one who wishes to the one who is thanked, and who gets them."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import create_async_engine

from volunteer.settings import VolunteerSettings

from .conftest import Clock, Mint, eventually, lapsing
from .test_people_api import COMMUNITY, HOME, kind, registered

LAMP = {
    "title": "换一盏灯",
    "details": "三楼的灯坏了",
    "kind": "repair",
    "area": HOME,
    "claim_hours": 72,
    "contact": {"name": "例奶奶", "phone_or_mail": "0591-83000000"},
}


def clerk_of(token: Mint, area: str = COMMUNITY) -> dict[str, str]:
    return token("clerk", "staff", areas=(area,))


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def submitted(client: AsyncClient, token: Mint, **told: Any) -> dict[str, Any]:
    sent = {**LAMP, "until": in_days(30), **told}
    answer = await client.post("/v1/wishes", headers=token("grandmother"), json=sent)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def published(client: AsyncClient, token: Mint, **told: Any) -> dict[str, Any]:
    wish = await submitted(client, token, **told)
    for step in ("verify", "publish"):
        answer = await client.post(f"/v1/wishes/{wish['id']}/{step}", headers=clerk_of(token))
        assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def claimed(client: AsyncClient, token: Mint, wish: dict[str, Any], subject: str, **told: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/wishes/{wish['id']}/claims", headers=token(subject, "volunteer"), json=told)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_wish_goes_from_the_one_who_wishes_to_the_one_who_is_thanked(client: AsyncClient, token: Mint) -> None:
    await registered(client, token)
    anna, clerk, own = token("anna", "volunteer"), clerk_of(token), token("grandmother")
    wish = await submitted(client, token)
    path = f"/v1/wishes/{wish['id']}"
    assert kind(await client.get(path)) == (404, "unknown-wish")
    assert (await client.get(path, headers=own)).json() == wish

    assert (await client.post(f"{path}/verify", headers=clerk | {"If-Match": '"1"'})).json()["state"] == "verified"
    assert kind(await client.post(f"{path}/publish", headers=clerk | {"If-Match": '"1"'})) == (412, "stale")
    assert (await client.post(f"{path}/publish", headers=clerk)).json()["state"] == "published"
    assert (await client.get(path)).json()["title"] == LAMP["title"]
    assert (await client.get(f"{path}/claimable", headers=anna)).json() == []
    claim = await claimed(client, token, wish, "anna")
    step = f"/v1/wish-claims/{claim['id']}"
    assert (await client.get(path)).json()["state"] == "claimed"
    assert kind(await client.get(f"{step}/contact", headers=anna)) == (403, "forbidden")
    assert kind(await client.post(f"{step}/fulfil", headers=anna)) == (409, "claim-claimed")
    assert (await client.post(f"{step}/confirm", headers=clerk)).json()["state"] == "confirmed"
    assert (await client.get(f"{step}/contact", headers=anna)).json() == LAMP["contact"]
    assert kind(await client.get(f"{step}/contact", headers=token("other", "volunteer")))[0] == 403
    assert (await client.post(f"{step}/fulfil", headers=anna)).json()["state"] == "fulfilled"
    assert kind(await client.get(f"{step}/contact", headers=anna)) == (403, "forbidden")
    thanked = (await client.post(f"{path}/thank", headers=own, json={"thanks": "谢谢！"})).json()
    assert (thanked["state"], thanked["thanks"], thanked["fulfilled"]) == ("thanked", "谢谢！", 1)
    assert (await client.get("/v1/wish-claims/mine", headers=anna)).json()["items"][0]["id"] == claim["id"]
    held = (await client.get(f"{path}/claims", headers=clerk)).json()["items"]
    assert [one["name"] for one in held] == ["例安娜"]
    for shown in (await client.get("/v1/wishes")).text, (await client.get(path)).text:
        assert not any(secret in shown for secret in ("0591", "例奶奶", "例安娜", "grandmother"))


async def test_one_of_a_hundred_gets_the_wish(client: AsyncClient, token: Mint) -> None:
    for number in range(100):
        await registered(client, token, f"neighbour-{number}")
    wish = await published(client, token)
    path = f"/v1/wishes/{wish['id']}/claims"

    answers = await asyncio.gather(
        *(client.post(path, headers=token(f"neighbour-{number}", "volunteer"), json={}) for number in range(100))
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 99}
    assert {kind(answer)[1] for answer in answers if answer.status_code == 409} == {"not-published"}
    assert len((await client.get(path, headers=clerk_of(token))).json()["items"]) == 1


async def test_nobody_holds_more_than_the_cap_however_many_are_claimed_at_once(
    client: AsyncClient, token: Mint
) -> None:
    await registered(client, token)
    wishes = [await published(client, token) for _ in range(6)]
    anna = token("anna", "volunteer")

    answers = await asyncio.gather(
        *(client.post(f"/v1/wishes/{wish['id']}/claims", headers=anna, json={}) for wish in wishes)
    )

    # Two, and not three: whoever has two of late waits, so that others get one.
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 4}
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert kind(refused) == (409, "fair-access")
    [bar] = refused.json()["bars"]
    assert datetime.fromisoformat(bar["opens_at"]) > datetime.now(UTC) + timedelta(hours=11)


async def test_head_start_of_others_passes_and_the_cap_stays(client: AsyncClient, token: Mint, clock: Clock) -> None:
    await registered(client, token)
    wishes = [await published(client, token) for _ in range(4)]
    for wish in wishes[:2]:
        await claimed(client, token, wish, "anna")
    anna, last = token("anna", "volunteer"), wishes[3]["id"]

    clock.ahead = timedelta(hours=13)
    await claimed(client, token, wishes[2], "anna")

    assert kind(await client.post(f"/v1/wishes/{last}/claims", headers=anna, json={})) == (409, "claim-cap")
    told = {
        language: (
            await client.get(f"/v1/wishes/{last}/claimable", headers=anna | {"Accept-Language": language})
        ).json()
        for language in ("zh-Hans", "zh-Hant", "en")
    }
    assert [one[0]["sentence"] for one in told.values()] == [
        "同时最多认领 3 个微心愿。",
        "同時最多認領 3 個微心願。",
        "Nobody holds more than 3 claims at a time.",
    ]


async def test_claim_given_back_late_makes_its_holder_pause_and_one_given_back_early_does_not(
    client: AsyncClient, token: Mint, clock: Clock
) -> None:
    for name in ("early", "late", "next"):
        await registered(client, token, name)
    one, other = await published(client, token), await published(client, token)
    first, second = await claimed(client, token, one, "early"), await claimed(client, token, other, "late")

    given = await client.post(f"/v1/wish-claims/{first['id']}/release", headers=token("early", "volunteer"))
    clock.ahead = timedelta(hours=49)
    dropped = await client.post(f"/v1/wish-claims/{second['id']}/release", headers=token("late", "volunteer"))

    assert (given.json()["late"], dropped.json()["late"]) == (False, True)
    path = f"/v1/wishes/{other['id']}"
    assert (await client.get(path)).json()["state"] == "published"
    assert kind(await client.post(f"{path}/claims", headers=token("late", "volunteer"), json={})) == (
        409,
        "late-release",
    )
    await claimed(client, token, one, "early")
    clock.ahead = timedelta(hours=49, days=7, minutes=1)
    await claimed(client, token, other, "late")


async def test_claim_that_is_taken_away_is_not_held_against_its_holder(
    client: AsyncClient, token: Mint, clock: Clock
) -> None:
    await registered(client, token)
    wish = await published(client, token)
    claim = await claimed(client, token, wish, "anna")
    clock.ahead = timedelta(hours=71)

    released = await client.post(f"/v1/wish-claims/{claim['id']}/release", headers=clerk_of(token))

    assert (released.json()["state"], released.json()["late"]) == ("released", False)
    assert kind(await client.post(f"/v1/wish-claims/{claim['id']}/release", headers=clerk_of(token))) == (
        409,
        "claim-released",
    )


async def test_claim_that_is_not_kept_lapses_and_the_wish_is_on_the_list_again(
    client: AsyncClient, token: Mint, clock: Clock, settings: VolunteerSettings
) -> None:
    await registered(client, token)
    wish, brief = await published(client, token), await published(client, token, until=in_days(2))
    claim, alone = await claimed(client, token, wish, "anna"), await published(client, token, until=in_days(1))
    await claimed(client, token, brief, "anna")
    clock.ahead = timedelta(hours=73)
    engine = create_async_engine(settings.database_url.get_secret_value())
    worker = lapsing(engine, clock)

    async def states() -> list[str]:
        return [
            (await client.get(f"/v1/wishes/{one['id']}", headers=clerk_of(token))).json()["state"]
            for one in (wish, brief, alone)
        ]

    async def passed() -> bool:
        return await states() == ["published", "expired", "expired"]

    await worker.start()
    await eventually(passed)
    await worker.stop()
    await engine.dispose()

    own = (await client.get("/v1/wish-claims/mine", headers=token("anna", "volunteer"))).json()["items"]
    assert [(one["state"], one["late"]) for one in own] == [("lapsed", True), ("lapsed", True)]
    assert own[0]["id"] == claim["id"]


async def test_team_takes_several_places_through_its_leader(client: AsyncClient, token: Mint) -> None:
    leader = await registered(client, token, "leader")
    await registered(client, token)
    sent = {"name": "互助队", "area": COMMUNITY, "join": "open", "leader": leader["id"]}
    team = (await client.post("/v1/teams", headers=clerk_of(token), json=sent)).json()
    wish = await published(client, token, wanted=3)
    path, leads = f"/v1/wishes/{wish['id']}/claims", token("leader", "volunteer")
    group = {"people": 2, "team_id": team["id"]}

    assert kind(await client.post(path, headers=leads, json=group)) == (409, "team-too-small")
    await client.post(f"/v1/teams/{team['id']}/join", headers=token("anna", "volunteer"))
    assert kind(await client.post(path, headers=token("anna", "volunteer"), json=group))[0] == 403
    assert kind(await client.post(path, headers=leads, json={"people": 2}))[0] == 422
    await claimed(client, token, wish, "leader", **group)
    assert (await client.get(f"/v1/wishes/{wish['id']}")).json()["taken"] == 2
    assert kind(await client.post(path, headers=leads, json=group)) == (409, "held-already")
    await claimed(client, token, wish, "anna")
    assert (await client.get(f"/v1/wishes/{wish['id']}")).json()["state"] == "claimed"


@pytest.mark.parametrize(
    ("volunteer", "wish", "bar"),
    [
        ({"born": "2012-01-01"}, {}, "no-guardian"),
        ({"born": "2012-01-01"}, {"minimum_age": 18}, "under-age"),
        ({}, {"qualifications": ["electrician"]}, "qualification"),
    ],
)
async def test_rules_about_people_hold_for_claims(
    volunteer: dict[str, Any], wish: dict[str, Any], bar: str, client: AsyncClient, token: Mint
) -> None:
    await registered(client, token, **volunteer)
    path = f"/v1/wishes/{(await published(client, token, **wish))['id']}/claims"

    assert kind(await client.post(path, headers=token("anna", "volunteer"), json={})) == (409, bar)


@pytest.mark.parametrize(("days", "status"), [(-1, 409), (1, 201)])
async def test_qualification_counts_until_its_last_day(
    days: int, status: int, client: AsyncClient, token: Mint
) -> None:
    anna = await registered(client, token)
    wish = await published(client, token, qualifications=["electrician"])
    paper = {"expires_on": (datetime.now(UTC) + timedelta(days=days)).date().isoformat()}
    await client.put(f"/v1/volunteers/{anna['id']}/qualifications/electrician", headers=clerk_of(token), json=paper)

    answer = await client.post(f"/v1/wishes/{wish['id']}/claims", headers=token("anna", "volunteer"), json={})

    assert answer.status_code == status


async def test_nobody_claims_verifies_or_confirms_their_own(client: AsyncClient, token: Mint) -> None:
    await registered(client, token, "grandmother")
    wish = await submitted(client, token)
    path = f"/v1/wishes/{wish['id']}"
    both = token("grandmother", "volunteer", "staff", areas=(COMMUNITY,))

    assert kind(await client.post(f"{path}/verify", headers=both)) == (409, "own-wish")
    for step in ("verify", "publish"):
        await client.post(f"{path}/{step}", headers=clerk_of(token))
    assert kind(await client.post(f"{path}/claims", headers=both, json={})) == (409, "own-wish")


async def test_wish_closed_while_it_is_claimed_is_closed_for_good(client: AsyncClient, token: Mint) -> None:
    await registered(client, token)
    wish = await published(client, token)
    claim = await claimed(client, token, wish, "anna")
    path = f"/v1/wishes/{wish['id']}"

    withdrawn = await client.post(f"{path}/withdraw", headers=token("grandmother"), json={"reason": "不需要了"})

    assert (withdrawn.json()["state"], withdrawn.json()["taken"]) == ("withdrawn", 0)
    step = f"/v1/wish-claims/{claim['id']}"
    assert kind(await client.post(f"{step}/confirm", headers=clerk_of(token))) == (409, "claim-released")
    assert kind(await client.get(f"{step}/contact", headers=token("anna", "volunteer")))[0] == 403
    assert kind(await client.post(f"{path}/claims", headers=token("anna", "volunteer"), json={}))[0] == 409
    own = (await client.get("/v1/wish-claims/mine", headers=token("anna", "volunteer"))).json()["items"]
    assert own[0]["late"] is False


async def test_wish_that_is_declined_says_why_and_is_not_published(client: AsyncClient, token: Mint) -> None:
    path = f"/v1/wishes/{(await submitted(client, token))['id']}"

    declined = await client.post(f"{path}/decline", headers=clerk_of(token), json={"reason": "属商业推广"})

    assert (declined.json()["state"], declined.json()["reason"]) == ("declined", "属商业推广")
    assert kind(await client.post(f"{path}/publish", headers=clerk_of(token))) == (409, "wish-declined")
    assert kind(await client.get(path))[0] == 404


async def test_staff_write_down_what_somebody_else_wishes_for(client: AsyncClient, token: Mint) -> None:
    sent = {**LAMP, "until": in_days(3), "on_behalf": True}

    assert (await client.post("/v1/wishes", headers=clerk_of(token), json=sent)).status_code == 201
    assert kind(await client.post("/v1/wishes", headers=token("neighbour"), json=sent)) == (403, "forbidden")
    assert kind(await client.post("/v1/wishes", json=sent))[0] == 401


async def test_list_shows_published_wishes_and_more_to_who_organises(client: AsyncClient, token: Mint) -> None:
    new, shown = (await submitted(client, token))["id"], (await published(client, token))["id"]

    async def found(headers: dict[str, str] | None = None, **query: str) -> list[str]:
        page = (await client.get("/v1/wishes", headers=headers, params=query)).json()
        return [one["id"] for one in page["items"]]

    assert await found() == await found(token("other", "volunteer")) == [shown]
    assert await found(clerk_of(token)) == await found(token("grandmother")) == [shown, new]
    assert await found(clerk_of(token, "sanchajie/chating")) == [shown]
    assert await found(clerk_of(token), state="submitted") == [new]
    assert await found(area="sanchajie/chating") == await found(kind="errand") == []


@pytest.mark.parametrize(
    "told",
    [{"until": "2020-01-01T00:00:00Z"}, {"wanted": 0}, {"area": "sanchajie/none"}, {"claim_hours": 0}, {"title": " "}],
)
async def test_wish_that_cannot_be_is_refused(told: dict[str, Any], client: AsyncClient, token: Mint) -> None:
    answer = await client.post("/v1/wishes", headers=token("grandmother"), json={**LAMP, "until": in_days(3), **told})

    assert kind(answer) == (422, "invalid-request")


async def test_repeated_key_creates_once(client: AsyncClient, token: Mint) -> None:
    await registered(client, token)
    sent, keyed = {**LAMP, "until": in_days(3)}, {"Idempotency-Key": "one"}

    wishes = [await client.post("/v1/wishes", headers=token("grandmother") | keyed, json=sent) for _ in range(2)]
    assert wishes[0].json() == wishes[1].json()
    path = f"/v1/wishes/{(await published(client, token))['id']}/claims"
    claims = [await client.post(path, headers=token("anna", "volunteer") | keyed, json={}) for _ in range(2)]
    assert (claims[0].status_code, claims[0].json()) == (201, claims[1].json())


async def test_unknown_things_are_not_found(client: AsyncClient, token: Mint) -> None:
    caller = token("anna", "volunteer", "platform")

    assert kind(await client.post(f"/v1/wishes/{uuid4()}/claims", headers=caller, json={})) == (404, "unknown-wish")
    assert kind(await client.post(f"/v1/wish-claims/{uuid4()}/confirm", headers=caller)) == (404, "unknown-claim")
    wish = await published(client, token)
    stranger = await client.post(f"/v1/wishes/{wish['id']}/claims", headers=token("x", "volunteer"), json={})
    assert kind(stranger) == (404, "unknown-volunteer")
    assert (await client.get("/v1/wishes/policy")).json()["most"] == 3
