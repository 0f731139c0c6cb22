"""A department gets a new account in place of the old one, which ends when the overlap is over."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from linli.messaging.connect import open_transport
from linli.messaging.message import Message, TransportError
from linli.messaging.provisioning import Accounts
from notify import expiry
from notify.main import create_app
from notify.settings import NotifySettings
from notify.usecases import Admission, end_due

from .conftest import HOUSING, INBOX, UNFINISHED, Clock, Headers, UrlOf, Users, ended, left, lets_in, listed, made

DAY = timedelta(days=1)


async def test_both_accounts_let_in_during_the_overlap_and_then_the_new_one_alone(
    client: AsyncClient,
    platform: Headers,
    housing: Headers,
    now: Clock,
    url_of: UrlOf,
) -> None:
    old = await made(client.post(HOUSING, headers=platform))
    new = await made(client.post(f"{HOUSING}/rotate", headers=housing))
    assert await lets_in(url_of(old))
    assert await lets_in(url_of(new))
    shown = {one["id"]: one for one in await listed(client, housing)}
    assert shown[new["id"]]["expires_at"] is None
    left = datetime.fromisoformat(shown[old["id"]]["expires_at"]) - now()
    assert timedelta(days=6, hours=23) < left <= 7 * DAY

    now.ahead = 7 * DAY + timedelta(minutes=1)
    await ended(client, housing, old["id"])
    assert not await lets_in(url_of(old))
    assert await lets_in(url_of(new))


async def test_the_new_account_goes_on_where_the_old_one_is_ended(
    client: AsyncClient, platform: Headers, housing: Headers, now: Clock, url_of: UrlOf, amqp_url: str
) -> None:
    old = await made(client.post(HOUSING, headers=platform))
    new = await made(client.post(f"{HOUSING}/rotate", headers=housing))
    admin, before, after = map(open_transport, (amqp_url, url_of(old), url_of(new)))
    async with (
        asyncio.timeout(20),
        before.consume(INBOX, prefetch=1) as first,
        after.consume(INBOX, prefetch=1) as second,
    ):
        await admin.send(INBOX, [Message(str(uuid4()), "a.b", body) for body in (b"1", b"2")])
        await first.ack(await first.next_batch(1))
        [held] = await first.next_batch(1)
        now.ahead = 8 * DAY
        [again] = await second.next_batch(1)
        await second.ack([again])
    assert again.message.body == held.message.body == b"2"
    for one in (admin, before, after):
        await one.close()


async def test_a_rotation_without_overlap_cuts_the_old_one_off_at_once(
    client: AsyncClient, platform: Headers, housing: Headers, url_of: UrlOf
) -> None:
    old = await made(client.post(HOUSING, headers=platform))
    department = open_transport(url_of(old))
    async with asyncio.timeout(15), department.consume(INBOX, prefetch=1) as subscription:
        new = await made(client.post(f"{HOUSING}/rotate", headers=housing, json={"overlap_days": 0}))
        with pytest.raises(TransportError):
            await subscription.next_batch(1)
    await department.close()
    assert not await lets_in(url_of(old))
    assert await lets_in(url_of(new))


async def test_a_later_rotation_never_lets_an_old_account_in_for_longer(
    client: AsyncClient, platform: Headers, now: Clock
) -> None:
    old = await made(client.post(HOUSING, headers=platform))
    await made(client.post(f"{HOUSING}/rotate", headers=platform, json={"overlap_days": 1}))
    await made(client.post(f"{HOUSING}/rotate", headers=platform, json={"overlap_days": 30}))
    shown = {one["id"]: one["expires_at"] for one in await listed(client, platform)}
    assert datetime.fromisoformat(shown[old["id"]]) < now() + DAY


async def test_of_two_rotations_at_once_one_account_is_left(
    client: AsyncClient, platform: Headers, housing: Headers, url_of: UrlOf
) -> None:
    await made(client.post(HOUSING, headers=platform))
    answers = await asyncio.gather(
        *(client.post(f"{HOUSING}/rotate", headers=one, json={"overlap_days": 0}) for one in (housing, platform))
    )
    assert [one.status_code for one in answers] == [201, 201]
    [stays] = [one["id"] for one in await listed(client, platform) if one["expires_at"] is None]
    for one in answers:
        assert await lets_in(url_of(one.json())) == (one.json()["id"] == stays)


async def test_a_department_that_is_put_out_while_it_rotates_stays_out(
    client: AsyncClient,
    platform: Headers,
    housing: Headers,
    now: Clock,
    users: Users,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = await made(client.post(HOUSING, headers=platform))
    make, both_made = Accounts.make, asyncio.Barrier(2)

    async def make_while_revoked(accounts: Accounts, account: Any) -> None:
        await make(accounts, account)
        await both_made.wait()
        assert (await client.delete(f"{HOUSING}/{given['id']}", headers=platform)).status_code == 204

    monkeypatch.setattr(Accounts, "make", make_while_revoked)
    for answer in await asyncio.gather(*(client.post(f"{HOUSING}/rotate", headers=housing) for _ in range(2))):
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "nothing-to-rotate")
    now.ahead = UNFINISHED
    await left(users)


async def test_what_expired_while_no_process_ran_is_ended_at_the_next_start_of_several(
    settings: NotifySettings, bus_url: str, client: AsyncClient, platform: Headers, users: Users, url_of: UrlOf
) -> None:
    old = await made(client.post(HOUSING, headers=platform))
    new = await made(client.post(f"{HOUSING}/rotate", headers=platform))
    later = [create_app(settings, open_transport(bus_url), now=Clock(8 * DAY)) for _ in range(2)]
    async with AsyncExitStack() as started:
        for one in later:
            await started.enter_async_context(one.router.lifespan_context(one))
        await left(users, new["username"])
        await ended(client, platform, old["id"])
    assert await lets_in(url_of(new))


async def test_several_that_end_the_same_one_at_once_do_no_harm(
    client: AsyncClient, platform: Headers, now: Clock, admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await made(client.post(HOUSING, headers=platform))
    await made(client.post(f"{HOUSING}/rotate", headers=platform))
    monkeypatch.setattr(expiry, "LOOK_S", 3600)
    now.ahead = 8 * DAY
    assert await asyncio.gather(*(end_due(admission) for _ in range(5))) == [0] * 5
    await ended(client, platform, old["id"])


async def test_an_overlap_out_of_bounds_is_refused_and_nothing_changes(client: AsyncClient, platform: Headers) -> None:
    given = await made(client.post(HOUSING, headers=platform))
    for body in (*({"overlap_days": days} for days in (-1, 31, 1.5, "x", None)), {"days": 1}, []):
        answer = await client.post(f"{HOUSING}/rotate", headers=platform, json=body)
        assert answer.status_code == 422, body
    [shown] = await listed(client, platform)
    assert (shown["id"], shown["expires_at"]) == (given["id"], None)
