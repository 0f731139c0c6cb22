"""A department is put out: at once, for good, and without losing what it had in hand."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from linli.messaging.connect import open_transport
from linli.messaging.message import Message, TransportError
from linli.messaging.provisioning import Accounts
from linli.messaging.refusal import BusError

from .conftest import HOUSING, INBOX, Headers, UrlOf, Users, ended, left, lets_in, listed, made


async def test_who_is_connected_is_cut_off_when_revoked_and_what_they_had_in_hand_stays(
    client: AsyncClient, platform: Headers, url_of: UrlOf, amqp_url: str
) -> None:
    given = await made(client.post(HOUSING, headers=platform))
    admin, department = open_transport(amqp_url), open_transport(url_of(given))
    assert await admin.send(INBOX, [Message(str(uuid4()), "a.b", b"in hand")]) == [None]
    async with asyncio.timeout(15), department.consume(INBOX, prefetch=1) as subscription:
        await subscription.next_batch(1)
        for _ in range(2):
            answer = await client.delete(f"{HOUSING}/{given['id']}", headers=platform)
            assert answer.status_code == 204, answer.text
        with pytest.raises(TransportError):
            await subscription.next_batch(1)
    await department.close()
    assert not await lets_in(url_of(given))
    async with asyncio.timeout(10), admin.consume(INBOX, prefetch=1) as again:
        [delivery] = await again.next_batch(1)
        assert delivery.message.body == b"in hand"
    await admin.close()
    [shown] = await listed(client, platform)
    assert shown["revoked_at"] is not None


async def test_a_department_that_was_put_out_cannot_let_itself_in(
    client: AsyncClient, platform: Headers, housing: Headers, users: Users
) -> None:
    given = await made(client.post(HOUSING, headers=platform))
    assert (await client.delete(f"{HOUSING}/{given['id']}", headers=platform)).status_code == 204
    answer = await client.post(f"{HOUSING}/rotate", headers=housing)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "nothing-to-rotate")
    assert users() == set()


async def test_a_revocation_that_fails_half_way_is_finished_by_the_worker(
    client: AsyncClient, platform: Headers, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = await made(client.post(HOUSING, headers=platform))

    async def fail(*_: Any) -> None:
        raise BusError("the broker went away")

    with monkeypatch.context() as patched:
        patched.setattr(Accounts, "end", fail)
        answer = await client.delete(f"{HOUSING}/{given['id']}", headers=platform)
        assert (answer.status_code, answer.json()["detail"][:20]) == (503, "the broker went away")
        assert users() == {given["username"]}
    await left(users)
    await ended(client, platform, given["id"])
