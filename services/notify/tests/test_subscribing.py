"""The platform lets departments in: subscriptions that begin now or in the past, change, are tried, and end."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient, Response

from linli.contracts import CategoryChanged, decode_event
from linli.district import load_district
from linli.messaging.transport import Transport

from . import builders

Tell = Callable[..., Awaitable[None]]
Token = Callable[..., dict[str, str]]
BOTH = pytest.mark.parametrize("bus_kind", ["embedded", "amqp"], indirect=True)
QUEUE = "dept.housing.works"
ROOFS = {"events": ["case.*"], "categories": ["facility.*"], "areas": ["sanchajie"], "addressed": False}
ORDERS = {**ROOFS, "department": "housing", "name": "works"}


async def subscribe(client: AsyncClient, token: Token, key: str | None = None, **more: Any) -> Response:
    headers = token("platform") | ({"Idempotency-Key": key} if key else {})
    return await client.post("/v1/subscriptions", json={**ORDERS, **more}, headers=headers)


async def eventually(met: Callable[[], Awaitable[Any]], within_s: float = 20) -> Any:
    async with asyncio.timeout(within_s):
        while not (found := await met()):
            await asyncio.sleep(0.05)
    return found


async def read(client: AsyncClient, token: Token, subscription: str, part: str = "") -> Any:
    return (await client.get(f"/v1/subscriptions/{subscription}{part}", headers=token("platform"))).json()


async def bound(client: AsyncClient, token: Token, subscription: str, wanted: str) -> None:
    async def met() -> bool:
        shown = await read(client, token, subscription)
        return shown["bound"] and wanted in shown["patterns"]

    await eventually(met)


async def taken(bus: Transport, queue: str, count: int) -> Sequence[UUID]:
    """The issues of the next events of a queue."""
    found: list[UUID] = []
    async with asyncio.timeout(20), bus.consume(queue, prefetch=count) as subscription:
        while len(found) < count:
            batch = await subscription.next_batch(count - len(found))
            await subscription.ack(batch)
            found += [decode_event(one.message.body).data.case_id for one in batch]  # type: ignore[attr-defined]
    return found


async def published(client: AsyncClient, token: Token, tell: Tell, count: int) -> Sequence[UUID]:
    """Tell of some cases, and wait until the ledger has them."""
    cases = [uuid4() for _ in range(count)]
    for case in cases:
        await tell(builders.routed(case))

    async def noted() -> bool:
        answer = await client.post("/v1/subscriptions/preview", json=PREVIEW, headers=token("platform"))
        return bool(answer.json()["count"] >= count)

    await eventually(noted)
    return cases


PREVIEW = {**ROOFS, "department": "housing"}


@BOTH
async def test_a_subscription_that_begins_now_hears_what_is_told_from_now_on(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    await published(client, token, tell, 1)
    made = (await subscribe(client, token)).json()
    await bound(client, token, made["id"], "case.*.facility.*.sanchajie.#")
    later = uuid4()
    await tell(builders.routed(later))
    assert await taken(bus, QUEUE, 1) == [later]


@BOTH
async def test_one_that_begins_in_the_past_hears_all_since_then_in_order_and_goes_on_live(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    started = datetime.now(UTC)
    before = await published(client, token, tell, 3)
    # Told in the archive of what began before: the first of all lies at the beginning.
    first = (await read_first(client, token)) or started
    made = await subscribe(client, token, start=first.isoformat())
    assert (made.status_code, made.json()["live"]) == (201, False)
    identity = made.json()["id"]

    async def live() -> bool:
        return bool((await read(client, token, identity))["live"])

    await eventually(live)
    await bound(client, token, identity, "case.*.facility.*.sanchajie.#")
    [replay] = await read(client, token, identity, "/replays")
    after = uuid4()
    await tell(builders.routed(after))
    assert list(dict.fromkeys(await taken(bus, QUEUE, 4))) == [*before, after]
    assert (replay["goes_live"], replay["sent"]) == (True, 3)


@BOTH
async def test_nothing_is_lost_on_the_way_from_the_past_to_live(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    told = list(await published(client, token, tell, 5))
    first = await read_first(client, token)
    assert first is not None
    made = (await subscribe(client, token, start=first.isoformat())).json()
    going_live = asyncio.create_task(bound(client, token, made["id"], "case.*.facility.*.sanchajie.#"))
    while not going_live.done():
        told.append(uuid4())
        await tell(builders.routed(told[-1]))
        await asyncio.sleep(0.01)  # the pace of those who report
    await going_live
    told.append(uuid4())
    await tell(builders.routed(told[-1]))

    async def arrived() -> bool:
        [replay] = await read(client, token, made["id"], "/replays")
        return replay["state"] == "done" and await bus.depth(QUEUE) >= len(told)

    await eventually(arrived)
    heard = await taken(bus, QUEUE, await bus.depth(QUEUE))
    assert set(heard) == set(told)


async def test_a_category_that_becomes_confidential_is_heard_no_more(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    made = (await subscribe(client, token, department="civil-affairs")).json()
    await bound(client, token, made["id"], "case.*.facility.*.sanchajie.#")
    category = load_district().categories["facility.roof-leak"]
    content = category.model_copy(update={"confidential": True}).model_dump(mode="json", exclude_defaults=True)
    await tell(CategoryChanged(category=category.code, area="sanchajie", version=2, content=content))

    async def apart() -> bool:
        shown = await read(client, token, made["id"])
        return "case.*.facility.*.sanchajie.#" not in shown["patterns"] and shown["bound"]

    await eventually(apart)
    patterns = (await read(client, token, made["id"]))["patterns"]
    assert "case.*.facility.stair-light.sanchajie.#" in patterns
    assert not [one for one in patterns if "roof-leak" in one]
    before = await bus.depth("dept.civil-affairs.works")
    await tell(builders.routed(uuid4()))
    assert await bus.depth("dept.civil-affairs.works") == before


async def read_first(client: AsyncClient, token: Token) -> datetime | None:
    """The moment that the refusal of too early a start names."""
    refused = await subscribe(client, token, name="early", start="2020-01-01T00:00:00Z")
    assert refused.status_code == 422
    words: str = refused.json()["errors"][0]["message"]
    return datetime.fromisoformat(words.removeprefix("the archive begins at "))


async def test_a_start_before_the_archive_or_in_the_future_is_refused_and_says_from_when(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    refused = await subscribe(client, token, start="2020-01-01T00:00:00Z")
    assert refused.json()["errors"] == [{"field": "start", "message": "the archive is empty yet"}]
    await published(client, token, tell, 1)
    begins = await read_first(client, token)
    assert begins is not None
    assert begins > datetime.now(UTC) - timedelta(minutes=5)
    ahead = await subscribe(client, token, start="2100-01-01T00:00:00Z")
    assert ahead.json()["errors"] == [{"field": "start", "message": "it lies in the future"}]
    assert (await subscribe(client, token, start=str(uuid4()))).status_code == 404


async def test_one_may_begin_with_an_event(client: AsyncClient, token: Token, tell: Tell, bus: Transport) -> None:
    cases: list[UUID] = []
    for _ in range(3):
        cases += await published(client, token, tell, 1)
        await asyncio.sleep(0.005)  # each in a millisecond of its own, which its id begins with
    made = (await subscribe(client, token)).json()
    await bound(client, token, made["id"], "case.*.facility.*.sanchajie.#")
    housing = next(
        one
        for one in (await client.get("/v1/subscriptions", headers=token("platform"))).json()
        if one["queue"] == "dept.housing.inbox"
    )

    async def ledger() -> Any:
        found = (await read(client, token, housing["id"], "/deliveries"))["items"]
        return found if len(found) >= 3 else None

    second = (await eventually(ledger))[1]["event_id"]
    again = await subscribe(client, token, name="again", start=second)
    assert again.status_code == 201
    await bound(client, token, again.json()["id"], "case.*.facility.*.sanchajie.#")
    assert await taken(bus, "dept.housing.again", 2) == cases[1:]


@BOTH
async def test_a_changed_filter_loses_and_repeats_nothing_of_what_both_ask_for(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    made = await subscribe(client, token)
    identity = made.json()["id"]
    await bound(client, token, identity, "case.*.facility.*.sanchajie.#")
    told: list[UUID] = []
    changing = asyncio.create_task(_change(client, token, identity))
    while not changing.done() or len(told) < 20:
        told.append(uuid4())
        await tell(builders.routed(told[-1]))
    assert (await changing).status_code == 200
    assert await taken(bus, QUEUE, len(told)) == told
    assert await bus.depth(QUEUE) == 0


async def _change(client: AsyncClient, token: Token, identity: str) -> Response:
    changes = {"categories": ["facility.roof-leak"], "events": ["case.routed"]}
    headers = token("platform") | {"If-Match": '"1"'}
    changed = await client.patch(f"/v1/subscriptions/{identity}", json=changes, headers=headers)
    await bound(client, token, identity, "case.routed.facility.roof-leak.sanchajie.#")
    return changed


async def test_a_closed_subscription_hears_nothing_more_and_keeps_what_it_has(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    made = (await subscribe(client, token)).json()
    await bound(client, token, made["id"], "case.*.facility.*.sanchajie.#")
    await published(client, token, tell, 1)
    ended = await client.delete(f"/v1/subscriptions/{made['id']}", headers=token("platform"))
    assert ended.status_code == 204

    async def unbound() -> bool:
        return not (await read(client, token, made["id"]))["patterns"]

    await eventually(unbound)
    await tell(builders.routed(uuid4()))
    assert await bus.depth(QUEUE) == 1
    again = await client.patch(f"/v1/subscriptions/{made['id']}", json={"addressed": True}, headers=token("platform"))
    assert (again.status_code, again.json()["detail"]) == (409, "the subscription is closed.")


async def test_a_preview_counts_what_would_have_come(client: AsyncClient, token: Token, tell: Tell) -> None:
    await published(client, token, tell, 2)
    wider = {**PREVIEW, "events": ["case.*", "issue.*"]}
    answer = await client.post("/v1/subscriptions/preview", json=wider, headers=token("platform"))
    assert answer.json() == {"count": 2, "types": {"linli.case.routed.v1": 2}}
    other = {**PREVIEW, "areas": ["sanchajie/heyuan"]}
    assert (await client.post("/v1/subscriptions/preview", json=other, headers=token("platform"))).json()["count"] == 0


async def test_the_same_wish_twice_is_one_subscription(client: AsyncClient, token: Token) -> None:
    first, second = [await subscribe(client, token, key="wish-1") for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert (await subscribe(client, token, key="wish-1", addressed=True)).status_code == 422
    taken_name = await subscribe(client, token)
    assert taken_name.status_code == 409
    assert "has a subscription works already" in taken_name.json()["detail"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["case"]}, "events.0"),
        ({"categories": ["facilty.*"]}, "categories"),
        ({"areas": ["nowhere"]}, "areas"),
        ({"department": "navy"}, "department"),
        ({"name": "inbox"}, "name"),
        ({"name": "In Box"}, "name"),
        ({"grants": ["facility.roof-leak"]}, "grants"),
        ({"per_s": 0}, "per_s"),
        ({"per_s": 100_000}, "per_s"),
        ({"color": "red"}, "color"),
    ],
)
async def test_what_cannot_be_is_refused_and_named(
    client: AsyncClient, token: Token, wrong: Mapping[str, Any], field: str
) -> None:
    refused = await subscribe(client, token, **wrong)
    assert refused.status_code == 422
    assert field in {one["field"] for one in refused.json()["errors"]}


async def test_only_the_platform_lets_in_and_a_department_sees_its_own_alone(client: AsyncClient, token: Token) -> None:
    made = (await subscribe(client, token)).json()
    for role in ("staff", "handler", "department"):
        refused = await client.post("/v1/subscriptions", json={**ORDERS, "name": role}, headers=token(role))
        assert refused.status_code == 403
    own, other = (token("department", department=one) for one in ("housing", "civil-affairs"))
    assert (await client.get(f"/v1/subscriptions/{made['id']}", headers=own)).status_code == 200
    for path in ("", "/deliveries", "/replays"):
        assert (await client.get(f"/v1/subscriptions/{made['id']}{path}", headers=other)).status_code == 404
    listed = (await client.get("/v1/subscriptions", headers=other)).json()
    assert {one["department"] for one in listed} == {"civil-affairs"}
    since = {"since": datetime.now(UTC).isoformat()}
    foreign = await client.post(f"/v1/subscriptions/{made['id']}/replays", json=since, headers=other)
    assert foreign.status_code == 404
    for_staff = await client.post(f"/v1/subscriptions/{made['id']}/replays", json=since, headers=token("staff"))
    assert for_staff.status_code == 404


async def test_what_somebody_else_changed_meanwhile_and_what_the_files_decide_stays(
    client: AsyncClient, token: Token
) -> None:
    made = (await subscribe(client, token)).json()
    stale = await client.patch(
        f"/v1/subscriptions/{made['id']}", json={"addressed": True}, headers=token("platform") | {"If-Match": '"7"'}
    )
    assert (stale.status_code, stale.json()["version"]) == (412, 1)
    listed = (await client.get("/v1/subscriptions", headers=token("platform"))).json()
    seeded = next(one for one in listed if one["seeded"])
    fixed = await client.patch(
        f"/v1/subscriptions/{seeded['id']}", json={"addressed": False}, headers=token("platform")
    )
    assert fixed.status_code == 409
    assert (await client.delete(f"/v1/subscriptions/{seeded['id']}", headers=token("platform"))).status_code == 409
    wrong = await client.patch(
        f"/v1/subscriptions/{made['id']}", json={"events": ["nonsense"]}, headers=token("platform")
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "events")
