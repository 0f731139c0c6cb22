"""People give addresses, prove that they read them, and end what comes there with one click."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from linli.messaging.connect import open_transport
from linli.testing.waiting import eventually
from notify.channels.port import SendError, Traits
from notify.domain.rules import CODE
from notify.main import create_app
from notify.settings import NotifySettings
from notify.tables import idempotency_keys
from notify.webhook_secrets import signed

from . import builders
from .conftest import speaking_to
from .outside import REPORTER, FakeChannel, Ground, ground_on, rows_of

Token = Callable[..., dict[str, str]]
TRACK = f"/v1/inbox/track/{builders.CODE}"
MAIL = {"channel": "email", "address": "Neighbour@Example.org"}
ENGLISH = {"Accept-Language": "en"}
SECRET = b"provider's own"


@pytest.fixture
async def ground(settings: NotifySettings) -> AsyncIterator[Ground]:
    async with ground_on(settings) as made:
        made.channel = FakeChannel(traits=Traits(100, 2000, callback_secret=SECRET))
        await made.received()
        yield made


@pytest.fixture
async def client(settings: NotifySettings, bus_url: str, ground: Ground) -> AsyncIterator[AsyncClient]:
    """The API alone: what is sent, a test sends."""
    answering = settings.model_copy(update={"role": "api"})
    app = create_app(answering, open_transport(bus_url), now=lambda: ground.now, channels={"email": ground.channel})
    async with app.router.lifespan_context(app), speaking_to(app) as made:
        yield made


async def added(client: AsyncClient, ground: Ground) -> tuple[str, str]:
    """Add a reporter's address; return the path of the contact and the code that came there."""
    answer = await client.post(f"{TRACK}/contacts", json=MAIL, headers=ENGLISH)
    assert answer.status_code == 201, answer.text
    code = await ground.code()
    assert ground.channel.sent[-1].template == CODE
    return f"{TRACK}/contacts/{answer.json()['id']}", code


async def proven(client: AsyncClient, ground: Ground) -> str:
    path, code = await added(client, ground)
    answer = await client.post(f"{path}/verify", json={"code": code})
    assert answer.status_code == 200, answer.text
    return path


async def mailed(client: AsyncClient, issue: UUID) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await client.get(f"{TRACK}/told")).json()
    return [row for row in rows if row["issue_id"] == str(issue) and row["channel"] == "email"]


async def test_a_reporter_has_news_sent_and_is_told_what_became_of_it(client: AsyncClient, ground: Ground) -> None:
    await proven(client, ground)
    [contact] = (await client.get(f"{TRACK}/contacts")).json()
    assert (contact["address"], contact["inbox"], contact["verified_at"]) == ("n…", "reporter", "2026-03-02T04:00:00Z")
    issue = await ground.received()
    [waiting] = await mailed(client, issue)
    assert (waiting["state"], waiting["expected_at"]) == ("waiting", "2026-03-02T04:00:00Z")
    [letter] = await ground.send()
    assert (letter.title, letter.address) == ("We have your report", "neighbour@example.org")
    [sent] = await mailed(client, issue)
    assert (sent["state"], sent["recipient"], sent["expected_at"]) == ("sent", "reporter", None)


async def test_a_code_proves_nothing_when_it_is_wrong_old_or_guessed_too_often(
    client: AsyncClient, ground: Ground
) -> None:
    path, code = await added(client, ground)
    wrong = f"{(int(code) + 1) % 10**6:06}"

    async def slug(shown: str) -> str:
        answer = await client.post(f"{path}/verify", json={"code": shown})
        assert answer.status_code == 422
        return str(answer.json()["type"].rpartition("/")[2])

    ground.later(minutes=16)
    assert await slug(code) == "code-expired"
    ground.later(minutes=-16)
    assert [await slug(wrong) for _ in range(5)] == ["code-wrong"] * 5
    assert await slug(code) == "code-used-up"
    assert (await client.post(f"{path}/code")).status_code == 202
    fresh = await ground.code()
    assert (await client.post(f"{path}/verify", json={"code": fresh})).status_code == 200
    assert await slug(fresh) == "code-expired"


async def test_an_address_is_sent_few_codes_whoever_asks(client: AsyncClient, token: Token, ground: Ground) -> None:
    answers = [
        await client.post("/v1/inbox/contacts", json=MAIL, headers=token("staff", subject=f"li-{number}"))
        for number in range(4)
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1].headers["retry-after"] == "1200"
    ground.later(minutes=20)
    again = await client.post("/v1/inbox/contacts", json=MAIL, headers=token("staff", subject="li-3"))
    assert again.status_code == 201


@pytest.mark.parametrize("path", [f"{TRACK}/contacts", "/v1/inbox/contacts"])
async def test_an_address_that_is_given_twice_under_one_key_is_added_once_and_sent_one_code(
    client: AsyncClient, token: Token, ground: Ground, path: str
) -> None:
    keyed = {**token("staff"), **ENGLISH, "Idempotency-Key": "k1"}
    first, again = [await client.post(path, json=MAIL, headers=keyed) for _ in range(2)]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert len((await client.get(path, headers=keyed)).json()) == 1
    assert [row.template for row in await ground.log()] == [CODE]
    other = {**MAIL, "address": "somebody@example.org"}
    reused = await client.post(path, json=other, headers=keyed)
    assert (reused.status_code, reused.json()["type"].rpartition("/")[2]) == (422, "idempotency-key-reused")
    # The address was there before the second key, which therefore belongs to no row of its own; one code more is sent.
    second = {**keyed, "Idempotency-Key": "k2"}
    answers = [await client.post(path, json=MAIL, headers=second) for _ in range(2)]
    assert [answer.json() for answer in answers] == [first.json()] * 2
    assert len(await ground.log()) == 2
    # What was removed does not come back because a request was late.
    assert (await client.delete(f"{path}/{first.json()['id']}", headers=keyed)).status_code == 204
    assert (await client.post(path, json=MAIL, headers=keyed)).status_code == 404
    assert (await client.get(path, headers=keyed)).json() == []


async def test_a_key_keeps_no_hash_by_which_an_address_could_be_guessed(client: AsyncClient, ground: Ground) -> None:
    body = json.dumps(MAIL).encode()
    told = {"Idempotency-Key": "k1", "Content-Type": "application/json"}
    assert (await client.post(f"{TRACK}/contacts", content=body, headers=told)).status_code == 201
    async with ground.engine.connect() as connection:
        [row] = await rows_of(connection, idempotency_keys)
    assert row.scope == f"contact:{REPORTER}"
    assert row.body_sha256 != sha256(body).digest()


async def test_a_key_is_its_owners_alone(client: AsyncClient, token: Token) -> None:
    key = {"Idempotency-Key": "k1"}
    callers = [token("staff", subject=f"li-{number}") | key for number in range(2)]
    mine, theirs = [await client.post("/v1/inbox/contacts", json=MAIL, headers=one) for one in callers]
    tracked = await client.post(f"{TRACK}/contacts", json=MAIL, headers=key)
    assert [answer.status_code for answer in (mine, theirs, tracked)] == [201] * 3
    assert len({answer.json()["id"] for answer in (mine, theirs, tracked)}) == 3


async def test_nobody_sends_codes_to_many(client: AsyncClient, token: Token) -> None:
    headers = token("staff")
    for number in range(21):
        mine = {**MAIL, "address": f"somebody{number}@example.org"}
        answer = await client.post("/v1/inbox/contacts", json=mine, headers=headers)
        if number < 20:
            await client.delete(f"/v1/inbox/contacts/{answer.json()['id']}", headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "4320")


async def test_addresses_that_cannot_be_are_refused(client: AsyncClient, token: Token) -> None:
    headers = token("staff")
    refused: tuple[tuple[dict[str, Any], int], ...] = (
        ({**MAIL, "address": "nobody"}, 422),
        ({**MAIL, "channel": "pigeon"}, 422),
        ({**MAIL, "address": "x@" + "y" * 2000}, 422),
        ({**MAIL, "inbox": "post:sanchajie/elsewhere"}, 404),
        ({"channel": "email"}, 422),
    )
    for body, status in refused:
        assert (await client.post("/v1/inbox/contacts", json=body, headers=headers)).status_code == status, body
    assert (await client.post("/v1/inbox/contacts", json=MAIL)).status_code == 401
    for number in range(10):
        mine = {**MAIL, "address": f"me{number}@example.org"}
        assert (await client.post("/v1/inbox/contacts", json=mine, headers=headers)).status_code == 201
    assert (await client.post("/v1/inbox/contacts", json=MAIL, headers=headers)).status_code == 409
    [first, *_] = (await client.get("/v1/inbox/contacts", headers=headers)).json()
    stranger = token("staff", subject="li-stranger")
    hers = f"/v1/inbox/contacts/{first['id']}"
    for method, path in (("POST", f"{hers}/code"), ("DELETE", hers)):
        assert (await client.request(method, path, headers=stranger)).status_code == 404
    assert (await client.delete(f"/v1/inbox/contacts/{first['id']}", headers=headers)).status_code == 204


async def test_one_click_unsubscribes_and_looking_at_the_link_does_not(client: AsyncClient, ground: Ground) -> None:
    path = await proven(client, ground)
    await ground.received()
    [letter] = await ground.send()
    link = (letter.unsubscribe_url or "").removeprefix("https://notify.example")
    for _ in range(2):
        assert (await client.get(link)).status_code == 200
    assert (await client.get(f"{TRACK}/contacts")).json()[0]["unsubscribed_at"] is None
    waiting = await ground.received()
    for _ in range(2):
        click = await client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert click.status_code == 200
    forged = link[:-2] + ("A" if link[-2] != "A" else "E") + link[-1]
    for method in ("GET", "POST"):
        assert (await client.request(method, forged)).status_code == 404
    issue = await ground.received()
    assert await ground.send() == []
    for each in (waiting, issue):
        assert [(row["state"], row["reason"]) for row in await mailed(client, each)] == [("untold", "unsubscribed")]
    assert (await client.post(f"{path}/code")).status_code == 202
    proof = {"code": await ground.code()}
    assert (await client.post(f"{path}/verify", json=proof)).json()["unsubscribed_at"] is None


async def test_a_provider_tells_later_what_became_of_a_message(client: AsyncClient, ground: Ground) -> None:
    await proven(client, ground)
    issue = await ground.received()
    [letter] = await ground.send()

    async def call(key: bytes = SECRET, at: datetime | None = None, **fate: Any) -> Response:
        body = json.dumps({"messages": [fate]}).encode()
        headers = signed("call-1", body, [key], at or ground.now)
        return await client.post("/v1/channels/email/callback", content=body, headers=headers)

    assert (await call(key=b"another", id=str(letter.id), state="delivered")).status_code == 401
    late = ground.now - timedelta(minutes=6)
    assert (await call(at=late, id=str(letter.id), state="delivered")).status_code == 401
    assert (await call(id=str(letter.id), state="eaten")).status_code == 422
    assert (await call(provider_id="unknown", state="delivered")).json() == {"noted": 0}
    for state in ("delivered", "delivered", "failed"):
        assert (await call(id=str(letter.id), state=state)).json() == {"noted": 1}
    assert [row["state"] for row in await mailed(client, issue)] == ["delivered"]
    await ground.received()
    [bounced] = await ground.send()
    bounce = await call(id=str(bounced.id), state="bad-address", detail="mailbox gone")
    assert bounce.json() == {"noted": 1}
    assert (await client.get(f"{TRACK}/contacts")).json()[0]["suspended_reason"] == "mailbox gone"
    assert (await client.post("/v1/channels/pigeon/callback", content=b"{}")).status_code == 404


async def test_who_wants_to_be_forgotten_is(client: AsyncClient, ground: Ground) -> None:
    await proven(client, ground)
    hours = {"begins": "23:00:00", "ends": "06:00:00", "zone": "Asia/Shanghai"}
    assert (await client.put(f"{TRACK}/quiet-hours", json=hours)).json() == hours
    assert (await client.put(f"{TRACK}/quiet-hours", json={**hours, "zone": "Mars/Olympus"})).status_code == 422
    said = await client.put(f"{TRACK}/preferences", json={"preferences": [{"muted": True, "channel": "email"}]})
    assert said.status_code == 200
    await ground.received()
    assert (await client.post(f"{TRACK}/forget")).status_code == 204
    assert (await client.get(f"{TRACK}/contacts")).json() == []
    assert (await client.get(f"{TRACK}/preferences")).json()["preferences"] == []
    assert {row["channel"] for row in (await client.get(f"{TRACK}/told")).json()} == {"inbox"}
    assert await ground.log() == []


async def test_preferences_that_no_channel_keeps_are_refused(client: AsyncClient) -> None:
    for wishes in (
        [{"muted": False, "frequency": "daily"}],
        [{"muted": True, "channel": "email", "frequency": "daily"}],
        [{"muted": False, "channel": "email", "frequency": at} for at in ("daily", "weekly")],
        [{"muted": True, "channel": "pigeon"}],
        [{"muted": False, "channel": "email", "frequency": "sometimes"}],
    ):
        answer = await client.put(f"{TRACK}/preferences", json={"preferences": wishes})
        assert answer.status_code == 422, wishes
        assert answer.json()["errors"]


async def test_the_worker_sends_what_is_due_and_tries_again_what_failed(
    settings: NotifySettings, bus_url: str, ground: Ground
) -> None:
    await ground.contact()
    await ground.received(3)
    ground.channel.answers = [SendError("its server answered 451")]
    app = create_app(settings, open_transport(bus_url), now=lambda: ground.now, channels={"email": ground.channel})

    async def has(*states: str) -> bool:
        return sorted(state for state, _ in await ground.states()) == list(states)

    async with app.router.lifespan_context(app):
        await eventually(lambda: has("sent", "sent", "waiting"), "one that failed", seconds=10)
        ground.later(minutes=1)
        await eventually(lambda: has("sent", "sent", "sent"), "all to be sent", seconds=10)
    assert len(ground.channel.sent) == 4
