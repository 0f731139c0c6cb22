"""Helpers for a case: asked in waves, by hand, and advised on one by one."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.sealing import Sealer
from linli.contracts import HelperAsked
from volunteer.settings import VolunteerSettings

from .builders import closed
from .conftest import CONTACT_KEY, Clock, Mint, World, eventually, lapsing
from .test_people_api import COMMUNITY, kind, registered
from .test_shifts_api import ALWAYS, announced, clerk_of

Need = dict[str, Any]


async def crowd(client: AsyncClient, token: Mint, *names: str, **told: Any) -> dict[str, str]:
    """Register people who can be asked; return their ids."""
    return {name: (await registered(client, token, name, **told))["id"] for name in names}


async def searched(client: AsyncClient, token: Mint, need: Need, **told: Any) -> dict[str, Any]:
    headers = clerk_of(token) | {"Accept-Language": "en"}
    answer = await client.post(f"/v1/needs/{need['id']}/search", headers=headers, json=told)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def states(client: AsyncClient, token: Mint, need: Need) -> dict[tuple[int, str], int]:
    """How many were asked in each wave, and what they said."""
    items = (await client.get(f"/v1/needs/{need['id']}/asks", headers=clerk_of(token))).json()["items"]
    return Counter((one["wave"], one["state"]) for one in items)


async def has_passed(
    client: AsyncClient, token: Mint, need: Need, settings: VolunteerSettings, clock: Clock, expected: object
) -> None:
    """Let the worker look, until what was asked is as expected."""

    async def passed() -> bool:
        shown = await client.get(f"/v1/needs/{need['id']}/search", headers=clerk_of(token))
        return (await states(client, token, need), shown.json()["due_at"] is None) == expected

    engine = create_async_engine(settings.database_url.get_secret_value())
    worker = lapsing(engine, clock)
    await worker.start()
    await eventually(passed)
    await worker.stop()
    await engine.dispose()


async def test_as_few_are_asked_as_are_likely_enough_and_more_when_these_keep_silent(
    world: World, client: AsyncClient, token: Mint, clock: Clock, settings: VolunteerSettings
) -> None:
    names = [f"n{number}" for number in range(6)]
    await crowd(client, token, *names)
    await crowd(client, token, "far", area="sanchajie/heyuan", radius_m=1)
    await crowd(client, token, "silent", consents=False)
    need = await world.open_need(1)
    wave = await searched(client, token, need, answer_hours=2)
    assert (wave["asked"], wave["chance"], wave["waves"]) == (4, 0.9375, 1)
    assert set(wave["left_out"]) == {"the place is out of reach: 1", "has not consented to being matched: 1"}
    again = await client.post(f"/v1/needs/{need['id']}/search", headers=clerk_of(token), json={})
    assert kind(again) == (409, "search-runs")
    told = await world.told("need", until=HelperAsked, times=4)
    sealer, asked = Sealer(SecretStr(CONTACT_KEY)), [one.data for one in told if isinstance(one.data, HelperAsked)]
    who = {sealer.open(UUID(str(need["id"])), one.volunteer or "") for one in asked}
    assert who < set(names)
    assert len(who) == 4

    clock.ahead = timedelta(hours=3)
    await has_passed(client, token, need, settings, clock, ({(1, "silent"): 4, (2, "asked"): 2}, False))
    late = await client.post(f"/v1/needs/{need['id']}/claims", headers=token(who.pop(), "volunteer"))
    assert late.status_code == 201
    clock.ahead = timedelta(hours=6)
    ended = {(1, "silent"): 3, (1, "coming"): 1, (2, "silent"): 2}
    await has_passed(client, token, need, settings, clock, (ended, True))


async def test_when_all_of_a_wave_decline_the_next_goes_out_at_once(
    world: World, client: AsyncClient, token: Mint, clock: Clock, settings: VolunteerSettings
) -> None:
    ids = await crowd(client, token, "first", "second", "third")
    need = await world.open_need(1)
    assert (await searched(client, token, need, target=0.5))["asked"] == 1
    [one] = (await client.get(f"/v1/needs/{need['id']}/asks", headers=clerk_of(token))).json()["items"]
    [name] = [name for name, who in ids.items() if who == one["volunteer_id"]]
    path = f"/v1/needs/{need['id']}/asks/decline"
    other = next(each for each in ids if each != name)
    assert kind(await client.post(path, headers=token(other, "volunteer"))) == (404, "unknown-ask")
    assert (await client.post(path, headers=token(name, "volunteer"))).status_code == 204
    await has_passed(client, token, need, settings, clock, ({(1, "declined"): 1, (2, "asked"): 1}, False))
    mine = (await client.get("/v1/asks/mine", headers=token(name, "volunteer"))).json()["items"]
    assert [(each["need_id"], each["state"]) for each in mine] == [(need["id"], "declined")]
    assert (await client.delete(f"/v1/needs/{need['id']}/search", headers=clerk_of(token))).status_code == 204


async def test_nobody_is_asked_twice_a_day_and_a_search_without_anybody_ends(
    world: World, client: AsyncClient, token: Mint
) -> None:
    await crowd(client, token, "anna")
    first, second = await world.open_need(1), await world.open_need(1)
    assert (await searched(client, token, first))["asked"] == 1
    wave = await searched(client, token, second)
    assert (wave["asked"], wave["due_at"], wave["waves"]) == (0, None, 0)
    assert (await searched(client, token, second))["asked"] == 0


async def test_need_that_closes_while_helpers_are_looked_for_asks_nobody_further(
    world: World, client: AsyncClient, token: Mint, clock: Clock, settings: VolunteerSettings
) -> None:
    await crowd(client, token, *(f"n{number}" for number in range(6)))
    case_id = uuid4()
    need = await world.open_need(1, case_id)
    await searched(client, token, need)
    await world.tell(closed(case_id), 2)

    async def has_closed() -> bool:
        return [one["state"] for one in await world.needs()] == ["closed"]

    await eventually(has_closed)
    clock.ahead = timedelta(hours=5)
    await has_passed(client, token, need, settings, clock, ({(1, "silent"): 4}, True))
    begun = await client.post(f"/v1/needs/{need['id']}/search", headers=clerk_of(token), json={})
    assert kind(begun) == (409, "need-closed")


async def test_person_who_is_asked_by_hand_is_recorded_with_why_and_against_which_rules(
    world: World, client: AsyncClient, token: Mint
) -> None:
    ids = await crowd(client, token, "anna", born="2012-05-01", skills=[])
    ids |= await crowd(client, token, "silent", consents=False)
    need = await world.open_need(1)
    path = f"/v1/needs/{need['id']}/asks"
    assert (await searched(client, token, need, skills=["electrical"], minimum_age=18))["asked"] == 0
    sent = {"volunteer_id": ids["anna"], "reason": "同楼，父亲是电工"}
    by_hand = await client.post(path, headers=clerk_of(token) | {"Accept-Language": "en"}, json=sent)
    assert by_hand.status_code == 201, by_hand.text
    told = by_hand.json()
    assert (told["wave"], told["asked_by"], told["reason"]) == (0, "clerk", "同楼，父亲是电工")
    assert told["reasons"] == [
        "is under the age that is needed",
        "is a minor without a guardian",
        "lacks a skill that is needed",
    ]
    assert kind(await client.post(path, headers=clerk_of(token), json=sent)) == (409, "already-asked")
    silent = sent | {"volunteer_id": ids["silent"]}
    assert kind(await client.post(path, headers=clerk_of(token), json=silent))[0] == 403
    far = token("far", "staff", areas=("sanchajie/chating",))
    assert kind(await client.post(path, headers=far, json=sent))[0] == 403
    query = {"volunteer_id": ids["anna"]}
    said = {}
    for language in ("zh-Hans", "zh-Hant", "en"):
        headers = clerk_of(token) | {"Accept-Language": language}
        said[language] = (await client.get(f"/v1/needs/{need['id']}/why-not", headers=headers, params=query)).json()[0]
    assert said == {"zh-Hans": "未达到最低年龄", "zh-Hant": "未達到最低年齡", "en": "is under the age that is needed"}


async def test_search_that_is_sent_twice_under_one_key_asks_once_also_when_it_has_ended(
    world: World, client: AsyncClient, token: Mint
) -> None:
    await crowd(client, token, *(f"n{number}" for number in range(6)))
    await crowd(client, token, "silent", consents=False)
    need, empty = await world.open_need(1), await world.open_need(1)
    keyed = clerk_of(token) | {"Idempotency-Key": "k1"}
    path = f"/v1/needs/{need['id']}/search"
    first, again = [await client.post(path, headers=keyed, json={}) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (first.json()["asked"], first.json()["chance"], len(first.json()["left_out"])) == (4, 0.9375, 1)
    assert await states(client, token, need) == {(1, "asked"): 4}
    assert kind(await client.post(path, headers=keyed, json={"minimum_age": 18})) == (422, "idempotency-key-reused")
    await client.delete(path, headers=clerk_of(token))
    assert (await client.post(path, headers=keyed, json={})).json() == first.json() | {"due_at": None}
    assert await states(client, token, need) == {(1, "asked"): 4}
    path = f"/v1/needs/{empty['id']}/search"
    nobody = [(await client.post(path, headers=keyed, json={"minimum_age": 99})).json() for _ in range(2)]
    assert nobody[0] == nobody[1]
    assert (nobody[0]["asked"], nobody[0]["chance"]) == (0, 0.0)


async def test_search_that_found_enough_is_still_told_of_under_its_key(
    world: World, client: AsyncClient, token: Mint
) -> None:
    await crowd(client, token, "anna")
    need = await world.open_need(1)
    keyed, path = clerk_of(token) | {"Idempotency-Key": "k1"}, f"/v1/needs/{need['id']}/search"
    assert (await client.post(path, headers=keyed, json={})).json()["chance"] == 0.5
    coming = await client.post(f"/v1/needs/{need['id']}/claims", headers=token("anna", "volunteer"))
    assert coming.status_code == 201
    again = await client.post(path, headers=keyed, json={})
    assert (again.status_code, again.json()["asked"], again.json()["chance"]) == (201, 1, 1.0)


async def test_somebody_who_is_asked_twice_by_hand_under_one_key_is_asked_once(
    world: World, client: AsyncClient, token: Mint
) -> None:
    ids = await crowd(client, token, "anna", "berta")
    need = await world.open_need(1)
    path, keyed = f"/v1/needs/{need['id']}/asks", clerk_of(token) | {"Idempotency-Key": "k1"}
    sent = {"volunteer_id": ids["anna"], "reason": "同楼"}
    first, again = [await client.post(path, headers=keyed, json=sent) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert await states(client, token, need) == {(0, "asked"): 1}
    reused = await client.post(path, headers=keyed, json=sent | {"volunteer_id": ids["berta"]})
    assert kind(reused) == (422, "idempotency-key-reused")
    far = token("clerk", "staff", areas=("sanchajie/chating",)) | {"Idempotency-Key": "k1"}
    assert kind(await client.post(path, headers=far, json=sent))[0] == 403
    gone = await client.delete(f"/v1/volunteers/{ids['anna']}", headers=token("anna", "volunteer"))
    assert gone.status_code == 204
    assert kind(await client.post(path, headers=keyed, json=sent)) == (404, "unknown-ask")


async def test_advice_says_whom_to_send_now_in_the_readers_language(
    world: World, client: AsyncClient, token: Mint, clock: Clock
) -> None:
    ids = await crowd(client, token, "near")
    await world.open_need(1)
    clock.ahead = timedelta(days=8)
    need = await world.open_need(1)
    path = f"/v1/needs/{need['id']}/advice"
    told = (await client.get(path, headers=clerk_of(token) | {"Accept-Language": "en"})).json()
    [one] = told["people"]
    assert (told["learned_from"], one["volunteer_id"]) == (1, ids["near"])
    assert one["worth"] - one["price"] == one["margin"]
    assert one["sentence"].startswith("send now" if one["margin"] >= 0 else "keep")
    assert kind(await client.get(path, headers=token("anna", "volunteer")))[0] == 403


async def test_what_one_more_electrician_would_change_and_why_somebody_is_none(
    client: AsyncClient, token: Mint
) -> None:
    ids = await crowd(client, token, "anna", availability=ALWAYS, skills=["first-aid"])
    [shift] = await announced(client, token, roles=[{"code": "repair", "headcount": 2, "skills": ["electrical"]}])
    plan = {"area": COMMUNITY, "begins": shift["begins_at"], "ends": shift["ends_at"]}
    electrician = {"area": COMMUNITY, "skills": ["electrical"], "radius_m": 20_000}
    asked_for = {"plan": plan, "further": [electrician]}
    answer = await client.post("/v1/shift-plans/what-if", headers=clerk_of(token), json=asked_for)
    assert answer.status_code == 200, answer.text
    assert answer.json()["gains"] == [{"shift_id": shift["id"], "role": "repair", "more": 1}]
    assert sum(answer.json()["before"]) == 0
    query = {"role": "repair", "volunteer_id": ids["anna"]}
    why = await client.get(f"/v1/shifts/{shift['id']}/why-not", headers=clerk_of(token), params=query)
    assert why.json() == ["缺少所需技能"]
    assert (await client.get("/v1/assignments/mine", headers=token("anna", "volunteer"))).json()["items"] == []
