"""A notice to many is seen before, approved by a second person, and can be stopped; staff find what became of all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import AsyncClient
from pydantic import SecretStr
from sqlalchemy import select

from linli.chassis.sealing import Sealer
from linli.contracts import Event, TeamChanged, TeamJoined, TeamLeft, new_event
from linli.messaging.connect import open_transport
from notify import broadcasting
from notify.broadcasting import Broadcasting
from notify.channels.port import SendError
from notify.main import create_app
from notify.reactions import REACTIONS
from notify.settings import NotifySettings
from notify.tables import messages

from .conftest import WEBHOOK_KEY, speaking_to
from .outside import AREA, KEY, NOON, POST, Ground, ground_on

Token = Callable[..., dict[str, str]]
NOTICE = {
    "zh-Hans": {"title": "停水通知", "body": "明日8时至12时停水。"},
    "en": {"title": "No water", "body": "None tomorrow from 8 to 12."},
}
BODY = {"area": "sanchajie/jinpu", "audience": "residents", "notice": NOTICE}


@pytest.fixture
async def ground(settings: NotifySettings) -> AsyncIterator[Ground]:
    async with ground_on(settings) as made:
        yield made


@pytest.fixture
async def client(settings: NotifySettings, bus_url: str, ground: Ground) -> AsyncIterator[AsyncClient]:
    answering = settings.model_copy(update={"role": "api"})
    app = create_app(answering, open_transport(bus_url), now=lambda: ground.now, channels={"email": ground.channel})
    async with app.router.lifespan_context(app), speaking_to(app) as made:
        yield made


async def go_on(ground: Ground) -> None:
    await Broadcasting(engine=ground.engine, context=ground.context).go_on()


async def residents(ground: Ground, count: int) -> None:
    for number in range(count):
        await ground.issue(key=f"{number:02}")
        await ground.contact(f"reporter:{number:02}")
    await ground.issue(key="00")
    await ground.issue(key="elsewhere", area="sanchajie/jinpuu")


async def left(ground: Ground) -> list[str]:
    async with ground.engine.connect() as connection:
        return sorted((await connection.execute(select(messages.c.recipient))).scalars())


async def test_a_second_person_lets_a_notice_go_to_everybody_once(
    client: AsyncClient, ground: Ground, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "AT_ONCE", 2)
    await residents(ground, 5)
    one, other = token("staff", subject="li-one"), token("staff", subject="li-other")
    key = {"Idempotency-Key": "notice-1"}
    drafts = [(await client.post("/v1/broadcasts", json=BODY, headers={**one, **key})).json() for _ in range(2)]
    assert drafts[0]["id"] == drafts[1]["id"]
    assert (drafts[0]["state"], drafts[0]["inboxes"], drafts[0]["addresses"]) == ("draft", 5, {"email": 5})
    path = f"/v1/broadcasts/{drafts[0]['id']}"
    await go_on(ground)
    assert await left(ground) == []
    assert (await client.post(f"{path}/approve", headers=one)).status_code == 409
    assert (await client.post(f"{path}/approve", headers=other)).json()["state"] == "sending"
    assert (await client.post(f"{path}/approve", headers=other)).status_code == 409
    for _ in range(2):
        await asyncio.gather(go_on(ground), go_on(ground))
    await go_on(ground)
    shown = (await client.get(path, headers=one)).json()
    assert (shown["state"], shown["reached"], shown["approved_by"]) == ("sent", 5, "li-other")
    assert await left(ground) == [f"reporter:{number:02}" for number in range(5)]
    assert [letter.title for letter in await ground.send()] == ["No water"] * 5
    assert (await client.post(f"{path}/cancel", headers=one)).status_code == 409


async def test_a_notice_that_is_stopped_goes_no_further(
    client: AsyncClient, ground: Ground, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "AT_ONCE", 2)
    await residents(ground, 5)
    made = (await client.post("/v1/broadcasts", json=BODY, headers=token("staff", subject="li-one"))).json()
    path = f"/v1/broadcasts/{made['id']}"
    headers = token("staff", subject="li-other")
    await client.post(f"{path}/approve", headers=headers)
    await go_on(ground)
    assert (await client.post(f"{path}/cancel", headers=headers)).json()["state"] == "cancelled"
    await go_on(ground)
    assert await ground.send() == []
    assert await ground.states() == [("cancelled", "cancelled")] * 2
    assert len(await left(ground)) == 2


async def test_posts_of_an_area_are_told_in_their_language_and_wishes_count(
    client: AsyncClient, ground: Ground, token: Token
) -> None:
    body = {**BODY, "audience": "posts"}
    made = (await client.post("/v1/broadcasts", json=body, headers=token("staff", subject="li-one"))).json()
    await ground.contact(POST, language="zh-Hant")
    await client.post(f"/v1/broadcasts/{made['id']}/approve", headers=token("staff", subject="li-other"))
    await go_on(ground)
    assert len(await left(ground)) == made["inboxes"]
    assert [letter.title for letter in await ground.send()] == ["停水通知"]


async def happen(ground: Ground, *events: Event[Any]) -> None:
    for event in events:
        async with ground.engine.begin() as connection:
            await REACTIONS[type(event.data)](ground.context, connection, event)


def about_team(kind: type[Any], team: UUID, sequence: int = 1, **said: Any) -> Event[Any]:
    data = kind(category="volunteer.team", area="sanchajie/jinpu", team_id=team, **said)
    return new_event(data, id=uuid4(), sequence=sequence, time=NOON)


def joined(team: UUID, who: str, membership: UUID) -> Event[Any]:
    sealed = Sealer(SecretStr(WEBHOOK_KEY)).seal(membership, who)
    return about_team(TeamJoined, team, membership_id=membership, volunteer=sealed)


async def test_a_team_is_told_whatever_the_order_of_its_events_and_nobody_who_left_or_was_forgotten(
    client: AsyncClient, ground: Ground, token: Token, issuer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcasting, "AT_ONCE", 2)
    team, other = uuid4(), uuid4()
    named = [about_team(TeamChanged, team, number, title=f"巡逻{number}队") for number in (2, 1)]
    of = {name: joined(team, name, uuid4()) for name in ("anna", "ben", "clara", "left", "forgotten")}
    gone = about_team(TeamLeft, team, 2, membership_id=of["left"].data.membership_id)
    unnamed = about_team(TeamJoined, team, membership_id=uuid4())
    again = joined(team, "anna", uuid4())
    elsewhere = (about_team(TeamChanged, other, title="别队"), joined(other, "dora", uuid4()))
    await happen(ground, gone, *of.values(), *named, unnamed, again, *elsewhere, *of.values())
    await ground.contact("person:anna")
    await ground.contact("person:left")
    forget = await client.post("/v1/inbox/forget", headers=token("volunteer", subject="forgotten"))
    assert forget.status_code == 204
    body = {"audience": "team", "team": str(team), "notice": NOTICE}
    far = issuer.mint("li-far", name="测试", roles=("staff",), areas=["sanchajie/shangdu"], department=None)
    for wrong, headers, status in (
        (body, {"Authorization": f"Bearer {far}"}, 403),
        ({**body, "area": "sanchajie"}, token("staff"), 422),
        ({**body, "audience": "residents"}, token("staff"), 422),
        ({**body, "team": None}, token("staff"), 422),
        ({**body, "team": str(uuid4())}, token("staff"), 404),
    ):
        assert (await client.post("/v1/broadcasts", json=wrong, headers=headers)).status_code == status
    made = (await client.post("/v1/broadcasts", json=body, headers=token("staff", subject="li-one"))).json()
    assert (made["area"], made["inboxes"], made["addresses"]) == ("sanchajie/jinpu", 3, {"email": 1})
    await client.post(f"/v1/broadcasts/{made['id']}/approve", headers=token("staff", subject="li-other"))
    for _ in range(3):
        await go_on(ground)
    shown = (await client.get(f"/v1/broadcasts/{made['id']}", headers=token("staff"))).json()
    assert (shown["state"], shown["reached"], shown["team"]) == ("sent", 3, str(team))
    assert await left(ground) == ["person:anna", "person:ben", "person:clara"]
    assert [letter.title for letter in await ground.send()] == ["No water"]


async def test_notices_that_cannot_be_are_refused(client: AsyncClient, token: Token, issuer: Any) -> None:
    staff = token("staff")
    for change, status in (
        ({"area": "nowhere"}, 404),
        ({"audience": "everybody"}, 422),
        ({"notice": {"en": NOTICE["en"]}}, 422),
        ({"notice": {"zh-Hans": {"title": "停水\nBcc: x", "body": "b"}}}, 422),
        ({"notice": {**NOTICE, "tlh": NOTICE["en"]}}, 422),
        ({"notice": {"zh-Hans": {"title": "t", "body": "b" * 2001}}}, 422),
    ):
        assert (await client.post("/v1/broadcasts", json={**BODY, **change}, headers=staff)).status_code == status
    made = (await client.post("/v1/broadcasts", json=BODY, headers=staff)).json()
    minted = issuer.mint("li-far", name="测试", roles=("staff",), areas=["elsewhere"], department=None)
    far = {"Authorization": f"Bearer {minted}"}
    for method, path in (("POST", ""), ("GET", f"/{made['id']}"), ("POST", f"/{made['id']}/approve")):
        answer = await client.request(method, f"/v1/broadcasts{path}", json=BODY, headers=far)
        assert answer.status_code == 403
    assert (await client.post("/v1/broadcasts", json=BODY, headers=token("handler"))).status_code == 403
    assert (await client.get(f"/v1/broadcasts/{uuid4()}", headers=staff)).status_code == 404


async def test_staff_find_what_became_of_messages_in_their_area(
    client: AsyncClient, ground: Ground, token: Token, issuer: Any
) -> None:
    await ground.contact(f"reporter:{KEY}")
    issues = [await ground.received() for _ in range(3)]
    ground.channel.answers = [SendError("no such mailbox", permanent=True)]
    await ground.send()
    staff = token("staff")

    async def found(headers: dict[str, str] = staff, **asked: str) -> list[dict[str, Any]]:
        return list((await client.get("/v1/outgoing", headers=headers, params=asked)).json()["items"])

    assert [row["state"] for row in await found()] == ["sent", "sent", "failed"]
    [failed] = await found(state="failed", reason="provider-error")
    assert (failed["issue_id"], failed["detail"], failed["area"]) == (str(issues[0]), "no such mailbox", AREA)
    assert failed["recipient"] == "reporter"
    assert [row["issue_id"] for row in await found(issue_id=str(issues[1]))] == [str(issues[1])]
    assert await found(channel="sms") == []
    page = (await client.get("/v1/outgoing", headers=staff, params={"limit": 2})).json()
    rest = (await client.get("/v1/outgoing", headers=staff, params={"limit": 2, "after": page["next"]})).json()
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    minted = issuer.mint("li-far", name="测试", roles=("staff",), areas=["sanchajie/jinp"], department=None)
    assert await found({"Authorization": f"Bearer {minted}"}) == []
    assert (await client.get("/v1/outgoing", headers=token("handler"))).status_code == 403
