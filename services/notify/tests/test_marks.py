"""Readers mark what they have read and put away what they are done with, as often as they like."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from httpx import AsyncClient

from . import builders
from .test_inbox import told

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]
TRACK = f"/v1/inbox/track/{builders.CODE}"


async def three_cases(client: AsyncClient, tell: Tell, headers: dict[str, str]) -> list[str]:
    """Leave three cases for the handler, an hour apart, and return their messages, the newest first."""
    for hour in range(3):
        issue = uuid4()
        await tell(builders.reported(issue))
        await tell(builders.routed(issue), 2, builders.AT + timedelta(hours=hour))
    inbox = await told(client, "/v1/inbox", headers, 3)
    return [one["id"] for one in sorted(inbox["items"], key=lambda one: one["told_at"], reverse=True)]


async def ids(client: AsyncClient, path: str, headers: dict[str, str] | None = None) -> set[str]:
    return {one["id"] for one in (await client.get(path, headers=headers)).json()["items"]}


async def test_some_messages_are_marked_read_once(client: AsyncClient, tell: Tell, token: Token) -> None:
    headers = token("handler")
    newest, *others = await three_cases(client, tell, headers)
    for changed in (2, 0):
        answer = await client.post("/v1/inbox/read", headers=headers, json={"ids": others})
        assert answer.json() == {"changed": changed, "unread": 1}
    assert await ids(client, "/v1/inbox?show=unread", headers) == {newest}
    assert (await client.get("/v1/inbox/unread", headers=headers)).json() == {"unread": 1}


async def test_all_up_to_a_moment_are_marked_read_and_later_ones_are_not(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    headers = token("handler")
    newest, *_ = await three_cases(client, tell, headers)
    until = (builders.AT + timedelta(hours=1)).isoformat()
    answer = await client.post("/v1/inbox/read", headers=headers, json={"until": until})
    assert answer.json() == {"changed": 2, "unread": 1}
    assert await ids(client, "/v1/inbox?show=unread", headers) == {newest}


async def test_what_is_archived_leaves_the_inbox_and_counts_as_read(
    client: AsyncClient, tell: Tell, token: Token
) -> None:
    headers = token("handler")
    newest, *others = await three_cases(client, tell, headers)
    for changed in (1, 0):
        answer = await client.post("/v1/inbox/archive", headers=headers, json={"ids": [newest, newest]})
        assert answer.json() == {"changed": changed, "unread": 2}
    assert await ids(client, "/v1/inbox", headers) == set(others)
    [away] = (await client.get("/v1/inbox?show=archived", headers=headers)).json()["items"]
    assert (away["id"], away["read_at"]) == (newest, away["archived_at"])


async def test_archiving_does_not_change_when_a_message_was_read(client: AsyncClient, tell: Tell, token: Token) -> None:
    headers = token("handler")
    newest, *_ = await three_cases(client, tell, headers)
    await client.post(f"/v1/inbox/{newest}/read", headers=headers)
    [before] = [one for one in (await told(client, "/v1/inbox", headers, 3))["items"] if one["id"] == newest]
    await client.post("/v1/inbox/archive", headers=headers, json={"ids": [newest]})
    [after] = (await client.get("/v1/inbox?show=archived", headers=headers)).json()["items"]
    assert after["read_at"] == before["read_at"] < after["archived_at"]


async def test_pages_hold_what_is_asked_for_alone(client: AsyncClient, tell: Tell, token: Token) -> None:
    headers = token("handler")
    messages = await three_cases(client, tell, headers)
    await client.post("/v1/inbox/archive", headers=headers, json={"ids": messages[:1]})
    first = (await client.get("/v1/inbox?show=unread&limit=1", headers=headers)).json()
    second = (await client.get(f"/v1/inbox?show=unread&limit=1&after={first['next']}", headers=headers)).json()
    assert {first["items"][0]["id"], second["items"][0]["id"]} == set(messages[1:])
    assert second["next"] is None


async def test_a_reporter_reads_counts_and_archives_by_tracking_code(client: AsyncClient, tell: Tell) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue), 2)
    inbox = await told(client, TRACK, None, 2)
    one, other = (message["id"] for message in inbox["items"])
    assert (await client.post(f"{TRACK}/read", json={"ids": [one]})).json() == {"changed": 1, "unread": 1}
    assert (await client.get(f"{TRACK}/unread")).json() == {"unread": 1}
    assert await ids(client, f"{TRACK}?show=unread") == {other}
    assert (await client.post(f"{TRACK}/archive", json={"ids": [one, other]})).json() == {"changed": 2, "unread": 0}
    assert (await client.get(TRACK)).json()["items"] == []
    assert await ids(client, f"{TRACK}?show=archived") == {one, other}


async def test_one_message_of_somebody_else_and_none_is_marked(client: AsyncClient, tell: Tell, token: Token) -> None:
    headers = token("handler")
    mine = await three_cases(client, tell, headers)
    theirs = (await told(client, TRACK, None, 1))["items"][0]["id"]
    for command in ("read", "archive"):
        answer = await client.post(f"/v1/inbox/{command}", headers=headers, json={"ids": [*mine, theirs]})
        assert answer.status_code == 404
        assert (await client.post(f"{TRACK}/{command}", json={"ids": mine})).status_code == 404
    assert (await client.get("/v1/inbox?show=unread", headers=headers)).json()["unread"] == 3
    assert (await client.post("/v1/inbox/read", json={"ids": mine})).status_code == 401


UNCLEAR: tuple[dict[str, Any], ...] = (
    {},
    {"ids": []},
    {"ids": ["7"]},
    {"ids": [str(UUID(int=number)) for number in range(201)]},
    {"ids": [str(UUID(int=1))], "until": "2026-03-02T09:00:00Z"},
    {"until": "2026-03-02T09:00:00"},
    {"until": "yesterday"},
    {"until": "2026-03-02T09:00:00Z", "all": True},
)


async def test_what_does_not_say_which_is_refused(client: AsyncClient, token: Token) -> None:
    for body in UNCLEAR:
        answer = await client.post("/v1/inbox/read", headers=token("handler"), json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), body
    assert (await client.get("/v1/inbox?show=deleted", headers=token("handler"))).status_code == 422


async def test_a_guessed_code_marks_nothing(client: AsyncClient) -> None:
    for code, status in (("A2B3C4D5E6F7G2H3", 404), ("short", 422)):
        path = f"/v1/inbox/track/{code}"
        assert (await client.get(f"{path}/unread")).status_code == status
        for command in ("read", "archive"):
            answer = await client.post(f"{path}/{command}", json={"until": "2026-03-02T09:00:00Z"})
            assert answer.status_code == status
