"""Who got what: the ledger notes each event for each subscription, and what became of it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from prometheus_client import CollectorRegistry
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from linli.contracts import EventData, decode_event, new_event
from linli.messaging.dead_letters import Choice, redrive
from linli.messaging.message import DEAD_QUEUE_HEADER, DEAD_REASON_HEADER, Message, message_from
from linli.messaging.topology import CORE, LEDGER_DEAD, Queue, Topology, dead_queue
from linli.messaging.transport import Transport
from linli.messaging.upkeep import INBOX_RETENTION
from notify import settling
from notify.ledger import purge_ledger
from notify.replaying import Replayer
from notify.settings import NotifySettings
from notify.settling import Settling
from notify.tables import deliveries, events

from . import builders
from .builders import AT
from .conftest import running
from .test_subscribing import BOTH, QUEUE, Tell, Token, bound, eventually, published, read, subscribe, taken

LONG_AGO = datetime.now(UTC) - INBOX_RETENTION - timedelta(days=1)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "LOOK_S", 0.1)
    monkeypatch.setattr(settling, "SETTLED_S", 0.0)


async def items(client: AsyncClient, token: Token, subscription: str, count: int, state: str) -> list[Any]:
    async def met() -> list[Any] | None:
        found: list[Any] = (await read(client, token, subscription, f"/deliveries?state={state}"))["items"]
        return found if len(found) == count else None

    settled: list[Any] = await eventually(met)
    return settled


async def works(client: AsyncClient, token: Token) -> str:
    made = (await subscribe(client, token)).json()
    await bound(client, token, made["id"], "case.*.facility.*.sanchajie.#")
    identity: str = made["id"]
    return identity


@BOTH
async def test_an_event_is_queued_until_its_department_has_taken_it(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    subscription = await works(client, token)
    cases = await published(client, token, tell, 3)
    queued = await items(client, token, subscription, 3, "queued")
    assert {one["type"] for one in queued} == {"linli.case.routed.v1"}
    assert (queued[0]["category"], queued[0]["area"]) == (builders.WHERE["category"], builders.WHERE["area"])
    assert await taken(bus, QUEUE, 2) == cases[:2]
    delivered = await items(client, token, subscription, 2, "delivered")
    assert all(one["settled_at"] for one in delivered)
    waiting = await read(client, token, subscription, "/deliveries?state=queued")
    assert (waiting["unread"], len(waiting["items"])) == (1, 1)
    assert datetime.fromisoformat(waiting["oldest_unread_at"]) > datetime.now(UTC) - timedelta(minutes=1)


@BOTH
async def test_what_was_taken_is_counted_once_however_many_processes_count(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport, app: FastAPI
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 4)
    await items(client, token, subscription, 4, "queued")
    engine = app.state.runtime.engine
    others = [Settling(engine=engine, transport=bus, registry=CollectorRegistry()) for _ in range(4)]
    await taken(bus, QUEUE, 2)
    await asyncio.gather(*(each.settle(UUID(subscription), QUEUE) for each in others))
    await items(client, token, subscription, 2, "delivered")
    await items(client, token, subscription, 2, "queued")


async def test_the_metrics_tell_how_far_behind_a_department_is(client: AsyncClient, token: Token, tell: Tell) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 1)
    await items(client, token, subscription, 1, "queued")

    async def told() -> bool:
        shown = (await client.get("/metrics")).text
        return f'linli_subscription_unread{{queue="{QUEUE}"}} 1.0' in shown

    await eventually(told)
    shown = (await client.get("/metrics")).text
    [age] = [
        line
        for line in shown.splitlines()
        if line.startswith(f'linli_subscription_oldest_unread_seconds{{queue="{QUEUE}"')
    ]
    assert 0 < float(age.split()[-1]) < 60


@BOTH
async def test_who_got_an_event_is_answered_and_of_an_unknown_one_nothing(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 1)
    [queued] = await items(client, token, subscription, 1, "queued")
    path = f"/v1/events/{queued['event_id']}/receivers"
    answer = (await client.get(path, headers=token("staff"))).json()
    assert ("housing", "works", "queued") in {
        (one["department"], one["name"], one["state"]) for one in answer["receivers"]
    }
    assert "civil-affairs" not in {one["department"] for one in answer["receivers"]}
    assert (await client.get(path, headers=token("department", department="housing"))).status_code == 403
    assert (await client.get(f"/v1/events/{uuid4()}/receivers", headers=token("staff"))).status_code == 404


async def test_pages_of_the_ledger_follow_each_other(client: AsyncClient, token: Token, tell: Tell) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 5)
    await items(client, token, subscription, 5, "queued")
    first = await read(client, token, subscription, "/deliveries?limit=3")
    second = await read(client, token, subscription, f"/deliveries?limit=3&after={first['next']}")
    ids = [one["event_id"] for page in (first, second) for one in page["items"]]
    assert (len(set(ids)), second["next"]) == (5, None)


@BOTH
async def test_an_event_is_sent_again_to_that_subscription_alone(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    subscription = await works(client, token)
    cases = await published(client, token, tell, 3)
    await taken(bus, QUEUE, 3)
    inbox = await bus.depth("dept.housing.inbox")
    delivered = await items(client, token, subscription, 3, "delivered")
    wanted = next(one for one in delivered if one["event_id"] == delivered[1]["event_id"])
    path = f"/v1/subscriptions/{subscription}/deliveries/{wanted['event_id']}/redeliver"
    own = token("department", department="housing")
    assert (await client.post(path, headers=own)).status_code == 202
    assert await taken(bus, QUEUE, 1) == [cases[1]]
    assert (await bus.depth("dept.housing.inbox"), await bus.depth(QUEUE)) == (inbox, 0)
    unknown = f"/v1/subscriptions/{subscription}/deliveries/{uuid4()}/redeliver"
    assert (await client.post(unknown, headers=own)).status_code == 404


@BOTH
async def test_a_replay_sends_a_period_again_and_can_be_paused(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    subscription = await works(client, token)
    cases = await published(client, token, tell, 6)
    await taken(bus, QUEUE, 6)
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    early = await client.post(
        f"/v1/subscriptions/{subscription}/replays", json={"since": since}, headers=token("platform")
    )
    assert early.json()["errors"][0]["message"].startswith("the archive begins at ")
    begins = early.json()["errors"][0]["message"].removeprefix("the archive begins at ")
    started = await client.post(
        f"/v1/subscriptions/{subscription}/replays", json={"since": begins, "per_s": 1000}, headers=token("platform")
    )
    assert started.status_code == 201
    assert await taken(bus, QUEUE, 6) == list(cases)
    await done(client, token, subscription)
    path = f"/v1/subscriptions/{subscription}/replays/{started.json()['id']}"
    ended = await client.patch(path, json={"state": "paused"}, headers=token("platform"))
    assert (ended.status_code, ended.json()["detail"]) == (409, "the replay is done.")
    backwards = {"since": begins, "until": "2026-01-01T00:00:00Z"}
    refused = await client.post(f"/v1/subscriptions/{subscription}/replays", json=backwards, headers=token("platform"))
    assert refused.json()["errors"] == [{"field": "until", "message": "it lies before since"}]


async def test_a_paused_replay_sends_nothing_and_goes_on_where_it_was(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    subscription = await works(client, token)
    cases = await published(client, token, tell, 4)
    await taken(bus, QUEUE, 4)
    begins = await _begins(client, token, subscription)
    body = {"since": begins, "per_s": 1}
    started = await client.post(f"/v1/subscriptions/{subscription}/replays", json=body, headers=token("platform"))
    path = f"/v1/subscriptions/{subscription}/replays/{started.json()['id']}"
    assert await taken(bus, QUEUE, 1) == [cases[0]]
    paused = await client.patch(path, json={"state": "paused"}, headers=token("platform"))
    assert paused.json()["state"] == "paused"
    sent = paused.json()["sent"]
    await client.patch(path, json={"state": "running", "per_s": 1000}, headers=token("platform"))
    rest = await taken(bus, QUEUE, 4 - sent)
    assert set(rest) >= set(cases[max(sent, 1) :])


async def test_a_replay_is_no_faster_than_asked_for(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 3)
    await taken(bus, QUEUE, 3)
    pauses: list[float] = []

    async def pause(_: object, seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(Replayer, "_pause", pause)
    await replay(client, token, subscription, per_s=1)
    await taken(bus, QUEUE, 3)
    await done(client, token, subscription)
    assert len(pauses) == 3
    assert all(0 < seconds <= 1 for seconds in pauses)


async def test_a_long_replay_holds_up_no_other(client: AsyncClient, token: Token, tell: Tell, bus: Transport) -> None:
    slow, quick = await works(client, token), (await subscribe(client, token, name="quick")).json()["id"]
    await bound(client, token, quick, "case.*.facility.*.sanchajie.#")
    cases = await published(client, token, tell, 4)
    for queue in (QUEUE, "dept.housing.quick"):
        await taken(bus, queue, 4)
    await replay(client, token, slow, per_s=1)
    await taken(bus, QUEUE, 1)
    await replay(client, token, quick, per_s=1000)
    assert await taken(bus, "dept.housing.quick", 4) == list(cases)
    await done(client, token, quick)
    assert (await read(client, token, slow, "/replays"))[0]["state"] == "running"


@BOTH
async def test_a_replay_goes_on_where_it_was_when_notify_starts_again(
    settings: NotifySettings, bus_url: str, bus: Transport, token: Token, tell: Tell
) -> None:
    async with running(settings, bus_url) as client:
        subscription = await works(client, token)
        cases = await published(client, token, tell, 30)  # at one a second it is not done before notify stops
        await taken(bus, QUEUE, 30)
        await replay(client, token, subscription, per_s=1)
        found = list(await taken(bus, QUEUE, 1))
    async with running(settings, bus_url) as client:
        shown = (await read(client, token, subscription, "/replays"))[0]
        assert shown["state"] == "running"
        path = f"/v1/subscriptions/{subscription}/replays/{shown['id']}"
        await client.patch(path, json={"per_s": 1000}, headers=token("platform"))
        await done(client, token, subscription)
        found += await taken(bus, QUEUE, await bus.depth(QUEUE))
    assert set(found) == set(cases)


async def test_a_replay_that_is_asked_for_twice_with_one_key_is_one(
    client: AsyncClient, token: Token, tell: Tell
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 1)
    keyed = token("platform") | {"Idempotency-Key": "again-1"}
    body = {"since": await _begins(client, token, subscription)}
    path = f"/v1/subscriptions/{subscription}/replays"
    first, second = [await client.post(path, json=body, headers=keyed) for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]
    assert len(await read(client, token, subscription, "/replays")) == 1
    assert (await client.post(path, json={**body, "per_s": 7}, headers=keyed)).status_code == 422


async def replay(client: AsyncClient, token: Token, subscription: str, per_s: int) -> None:
    body = {"since": await _begins(client, token, subscription), "per_s": per_s}
    made = await client.post(f"/v1/subscriptions/{subscription}/replays", json=body, headers=token("platform"))
    assert made.status_code == 201, made.text


async def done(client: AsyncClient, token: Token, subscription: str) -> None:
    async def met() -> bool:
        return bool((await read(client, token, subscription, "/replays"))[0]["state"] == "done")

    await eventually(met)


async def _begins(client: AsyncClient, token: Token, subscription: str) -> str:
    body = {"since": "2020-01-01T00:00:00Z"}
    refused = await client.post(f"/v1/subscriptions/{subscription}/replays", json=body, headers=token("platform"))
    words: str = refused.json()["errors"][0]["message"]
    return words.removeprefix("the archive begins at ")


@BOTH
async def test_what_a_department_gives_up_is_dead_until_it_is_driven_or_sent_again(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport, bus_url: str
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 1)
    await items(client, token, subscription, 1, "queued")
    event_id = await give_up(bus, QUEUE)
    [dead] = await items(client, token, subscription, 1, "dead")
    assert (dead["event_id"], dead["reason"], dead["attempts"]) == (event_id, "its reader gave it up", 1)
    shown = await read(client, token, subscription)
    assert (shown["waiting"], shown["dead"]) == (0, 1)
    path = f"/v1/events/{event_id}/receivers"
    receivers = (await client.get(path, headers=token("staff"))).json()["receivers"]
    assert ("works", "dead", "its reader gave it up") in {
        (one["name"], one["state"], one["reason"]) for one in receivers
    }

    await redrive(bus_url, dead_queue(QUEUE), Choice(), to=QUEUE, limit=10, done=lambda _: None)
    [again] = await items(client, token, subscription, 1, "queued")
    assert (again["event_id"], again["reason"], again["settled_at"]) == (event_id, None, None)

    await give_up(bus, QUEUE)
    [dead] = await items(client, token, subscription, 1, "dead")
    assert dead["attempts"] == 2
    path = f"/v1/subscriptions/{subscription}/deliveries/{event_id}/redeliver"
    assert (await client.post(path, headers=token("platform"))).status_code == 202
    await items(client, token, subscription, 1, "queued")
    await taken(bus, QUEUE, 1)
    [delivered] = await items(client, token, subscription, 1, "delivered")
    assert (delivered["reason"], await bus.depth(dead_queue(QUEUE))) == (None, 1)


async def test_a_dead_letter_that_is_told_of_before_its_event_or_twice_is_dead_once(
    client: AsyncClient, token: Token, bus: Transport
) -> None:
    subscription = await works(client, token)
    event_id = str(uuid7())
    told = Message(event_id, "a.b", b"{}", {DEAD_QUEUE_HEADER: QUEUE, DEAD_REASON_HEADER: "delivery_limit"})
    elsewhere = [replace(told, headers={DEAD_QUEUE_HEADER: "dept.gone.inbox"}), replace(told, id="no-id")]
    assert await bus.send(LEDGER_DEAD, [told, *elsewhere, told]) == [None] * 4

    async def dead() -> bool:
        return bool((await read(client, token, subscription))["dead"] == 1 and await bus.depth(LEDGER_DEAD) == 0)

    await eventually(dead)
    routed: EventData = builders.routed(uuid4())
    event = new_event(routed, id=UUID(event_id), sequence=1, time=AT)
    assert await bus.publish([message_from(event)]) == [None]
    [noted] = await items(client, token, subscription, 1, "dead")
    assert (noted["event_id"], noted["attempts"]) == (event_id, 1)
    assert noted["reason"] == "its reader gave it back too often"


@pytest.mark.parametrize("bus_kind", ["amqp"], indirect=True)
async def test_a_queue_of_an_earlier_release_is_bound_as_ever(
    settings: NotifySettings, bus_url: str, bus: Transport, token: Token, tell: Tell
) -> None:
    dead = dead_queue("dept.housing.inbox")
    await bus.declare(CORE)
    await bus.declare(Topology(queues=(Queue(dead), Queue("dept.housing.inbox", dead_letter_to=dead, ordered=True))))
    with capture_logs() as logs:
        async with running(settings, bus_url) as client:
            await published(client, token, tell, 1)
            assert await bus.depth("dept.housing.inbox") == 1
    assert {line["queue"] for line in logs if line["event"] == "queue is declared otherwise"} == {"dept.housing.inbox"}


async def give_up(bus: Transport, queue: str) -> str:
    """Reject the next event of a queue, and return its id once it lies among the dead letters."""
    before = await bus.depth(dead_queue(queue))
    async with asyncio.timeout(20), bus.consume(queue, prefetch=1) as reader:
        [delivery] = await reader.next_batch(1)
        await reader.reject([delivery])

    async def lies_there() -> bool:
        return await bus.depth(dead_queue(queue)) == before + 1

    await eventually(lies_there)
    return delivery.message.id


async def test_what_is_no_event_stops_no_ledger(client: AsyncClient, token: Token, tell: Tell, bus: Transport) -> None:
    subscription = await works(client, token)
    strange = [
        Message("not-an-id", "case.routed.facility.roof-leak.sanchajie", b"{}", {"type": "x"}),
        Message(str(uuid7()), "case.routed", b"{}", {"type": "x"}),
        Message(str(uuid7()), "case.routed.facility.roof-leak.sanchajie", b"\xff"),
    ]
    assert await bus.publish(strange) == [None] * 3
    await published(client, token, tell, 1)
    await items(client, token, subscription, 1, "queued")


async def test_an_event_that_is_noted_twice_is_noted_once(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 1)
    async with asyncio.timeout(20), bus.consume(QUEUE, prefetch=10) as held:
        [delivery] = await held.next_batch(1)
        assert await bus.publish([delivery.message]) == [None]
        await held.ack([delivery])
    assert UUID(delivery.message.id) == decode_event(delivery.message.body).id
    await published(client, token, tell, 2)
    await items(client, token, subscription, 3, "queued")
    await taken(bus, QUEUE, 3)
    await items(client, token, subscription, 3, "delivered")


async def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(
    client: AsyncClient, token: Token, tell: Tell, bus: Transport, app: FastAPI
) -> None:
    subscription = await works(client, token)
    await published(client, token, tell, 2)
    await items(client, token, subscription, 2, "queued")
    await taken(bus, QUEUE, 1)
    [settled] = await items(client, token, subscription, 1, "delivered")
    [waiting] = await items(client, token, subscription, 1, "queued")
    engine = app.state.runtime.engine
    async with engine.begin() as connection:
        await purge_ledger(connection)
        await connection.execute(update(deliveries).values(settled_at=LONG_AGO).where(deliveries.c.state != "queued"))
        await connection.execute(update(events).values(made_at=LONG_AGO))
        await connection.execute(delete(deliveries).where(deliveries.c.subscription_id != UUID(subscription)))
        await purge_ledger(connection)
        known = (await connection.scalars(select(events.c.id))).all()
    assert known == [UUID(waiting["event_id"])]
    assert UUID(settled["event_id"]) not in known
