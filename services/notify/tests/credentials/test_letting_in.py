"""The platform lets a department in to the bus, on a real broker."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from linli.messaging.connect import open_transport
from linli.messaging.provisioning import Accounts
from notify.tables import credentials
from notify.usecases import Admission

from .. import builders  # noqa: TID252 - tests are no package that could be named
from .conftest import HOUSING, INBOX, UNFINISHED, Clock, Headers, Token, UrlOf, Users, left, listed, made


@pytest.mark.parametrize("bus_kind", ["amqp"], indirect=True)
async def test_a_department_that_is_let_in_takes_what_waits_for_it(
    client: AsyncClient, platform: Headers, tell: Callable[..., Any], url_of: UrlOf
) -> None:
    answer = await client.post(HOUSING, headers=platform)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    given = answer.json()
    assert given["username"].startswith("dept.housing.")
    assert (given["department"], given["created_by"], given["expires_at"], given["revoked_at"]) == (
        "housing",
        "li-desk",
        None,
        None,
    )
    await tell(builders.routed(uuid4()))
    department = open_transport(url_of(given))
    async with asyncio.timeout(10), department.consume(INBOX, prefetch=1) as subscription:
        [delivery] = await subscription.next_batch(1)
        await subscription.ack([delivery])
    await department.close()
    assert delivery.message.routing_key.startswith("case.routed.facility")


async def test_the_password_is_shown_once_and_neither_listed_stored_nor_logged(
    client: AsyncClient, platform: Headers, housing: Headers, admission: Admission, capfd: pytest.CaptureFixture[str]
) -> None:
    given = await made(client.post(HOUSING, headers=platform))
    rotated = await made(client.post(f"{HOUSING}/rotate", headers=housing))
    shown = (await client.get(HOUSING, headers=housing)).text
    async with admission.engine.connect() as connection:
        stored = str((await connection.execute(select(credentials))).all())
    written = "".join(capfd.readouterr())
    assert given["username"] in shown
    assert given["username"] in stored
    assert given["username"] in written
    for password in (given["password"], rotated["password"]):
        assert password not in shown + stored + written


async def test_a_repeated_key_shows_the_same_account_without_its_password(
    client: AsyncClient, platform: Headers, users: Users
) -> None:
    keyed = {**platform, "Idempotency-Key": "first"}
    first = await made(client.post(HOUSING, headers=keyed))
    again = await made(client.post(HOUSING, headers=keyed))
    assert again == {**first, "password": None}
    assert users() == {first["username"]}
    other = await made(client.post(f"{HOUSING}/rotate", headers=keyed, json={"overlap_days": 1}))
    assert other["id"] != first["id"]
    reused = await client.post(f"{HOUSING}/rotate", headers=keyed, json={"overlap_days": 2})
    assert (reused.status_code, reused.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")


async def test_of_two_requests_at_once_with_one_key_one_makes_the_account(
    client: AsyncClient, platform: Headers, now: Clock, users: Users
) -> None:
    keyed = {**platform, "Idempotency-Key": "both"}
    both = await asyncio.gather(*(made(client.post(HOUSING, headers=keyed)) for _ in range(2)))
    assert len({one["id"] for one in both}) == 1
    assert [one["password"] is None for one in both].count(False) == 1
    now.ahead = UNFINISHED
    await left(users, both[0]["username"])


@pytest.mark.parametrize("half", ["make", "give"])
async def test_an_account_whose_making_was_cut_short_is_ended_by_itself(
    client: AsyncClient,
    platform: Headers,
    now: Clock,
    users: Users,
    monkeypatch: pytest.MonkeyPatch,
    half: str,
) -> None:
    make = Accounts.make

    async def die(*arguments: Any, **_: Any) -> None:
        if half == "make":
            await make(*arguments)
        raise ConnectionAbortedError

    with monkeypatch.context() as patched:
        patched.setattr(
            "linli.messaging.provisioning.Accounts.make" if half == "make" else "notify.usecases.credentials._give", die
        )
        keyed = {**platform, "Idempotency-Key": "cut"}
        assert (await client.post(HOUSING, headers=keyed)).status_code == 500
    assert len(users()) == 1
    again = await made(client.post(HOUSING, headers=keyed))
    assert again["password"]
    now.ahead = UNFINISHED
    await left(users, again["username"])


async def test_an_account_that_expired_while_it_was_being_made_is_not_given(
    client: AsyncClient, platform: Headers, now: Clock, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Accounts.make

    async def make_too_slowly(accounts: Accounts, account: Any) -> None:
        await make(accounts, account)
        now.ahead = UNFINISHED

    monkeypatch.setattr(Accounts, "make", make_too_slowly)
    answer = await client.post(HOUSING, headers=platform)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "ended-meanwhile")
    assert await listed(client, platform) == []
    await left(users)


async def test_the_platform_may_do_all_and_a_department_rotate_its_own(
    client: AsyncClient, platform: Headers, token: Token
) -> None:
    for roles, department, allowed in (
        (["department"], "housing", {"rotate", "list"}),
        (["department"], "civil-affairs", set()),
        (["department"], None, set()),
        (["staff", "supervisor", "handler"], "housing", set()),
        (["platform"], None, {"let in", "rotate", "list", "revoke"}),
    ):
        given = await made(client.post(HOUSING, headers=platform))
        headers = token(*roles, department=department)
        answers = {
            "let in": await client.post(HOUSING, headers=headers),
            "list": await client.get(HOUSING, headers=headers),
            "rotate": await client.post(f"{HOUSING}/rotate", headers=headers),
            "revoke": await client.delete(f"{HOUSING}/{given['id']}", headers=headers),
        }
        assert {name for name, answer in answers.items() if answer.is_success} == allowed, roles
        assert {answer.status_code for name, answer in answers.items() if name not in allowed} <= {403}


async def test_nothing_is_shown_without_a_token(client: AsyncClient) -> None:
    for answer in (await client.post(HOUSING), await client.get(HOUSING), await client.post(f"{HOUSING}/rotate")):
        assert answer.status_code == 401


async def test_an_unknown_department_or_credential_is_none(client: AsyncClient, platform: Headers) -> None:
    given = await made(client.post(HOUSING, headers=platform))
    unknown = "/v1/departments/no-such/credentials"
    for answer in (
        await client.post(unknown, headers=platform),
        await client.post(f"{unknown}/rotate", headers=platform),
        await client.get(unknown, headers=platform),
        await client.delete(f"{unknown}/{given['id']}", headers=platform),
        await client.delete(f"{HOUSING}/{uuid4()}", headers=platform),
        await client.delete(f"/v1/departments/civil-affairs/credentials/{given['id']}", headers=platform),
    ):
        assert answer.status_code == 404, answer.text
    [shown] = await listed(client, platform)
    assert shown["revoked_at"] is None


async def test_what_is_no_name_of_a_department_is_refused(client: AsyncClient, platform: Headers) -> None:
    for slug in ("Housing", "housing--x", "housing%20", "a.b", "*", "x" * 65):
        answer = await client.post(f"/v1/departments/{slug}/credentials", headers=platform)
        assert answer.status_code == 422, slug


async def test_the_list_goes_on_where_a_page_ends(client: AsyncClient, platform: Headers) -> None:
    ids = [(await made(client.post(HOUSING, headers=platform)))["id"] for _ in range(3)]
    first = (await client.get(HOUSING, headers=platform, params={"limit": 2})).json()
    rest = (await client.get(HOUSING, headers=platform, params={"after": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
