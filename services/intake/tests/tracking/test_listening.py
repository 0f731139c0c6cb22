"""Whoever holds the code sees an issue move while they look at it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import func, select, update

from intake.changing import KEPT, purge_changes
from intake.tables import changes
from linli.chassis import tailing
from linli.testing.streams import Stream, client_of, listening, serving

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from .test_changing import reported, tracked

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]


@pytest.fixture
async def socket(app: FastAPI, client: AsyncClient) -> AsyncIterator[AsyncClient]:
    assert (await client.get("/readyz")).is_success
    async with serving(app) as server, client_of(server) as made:
        yield made
    app.state.runtime.closing.clear()  # the application goes on for other tests


async def status(stream: Stream) -> tuple[str, dict[str, Any]]:
    event = await stream.next()
    assert event["event"] == "status"
    return event["id"], json.loads(event["data"])


async def at_rest(tail: tailing.Tail) -> None:
    """Wait until nobody listens any more: whoever comes then begins anew."""
    async with asyncio.timeout(15):
        while tail._order is not None:
            await asyncio.sleep(0.05)


async def test_each_change_is_told_in_the_readers_language(
    socket: AsyncClient, client: AsyncClient, tell: Tell, token: Token
) -> None:
    issue, code = await reported(client)
    path = f"/v1/track/{code}/stream"
    async with listening(socket, path, {"Accept-Language": "en"}) as one, listening(socket, path) as other:
        assert [(await status(stream))[1]["state"] for stream in (one, other)] == ["received", "received"]
        await tell(builders.accepted(UUID(issue)), 1)
        assert (await status(one))[1]["steps"][-1]["text"] == "例锦心 has taken it on"
        assert (await status(other))[1]["steps"][-1]["text"] == "例锦心已受理"
        note = {"text": "周五上门", "public": True}
        await client.post(f"/v1/issues/{issue}/notes", json={"text": "先联系物业"}, headers=token("staff"))
        await client.post(f"/v1/issues/{issue}/notes", json=note, headers=token("staff"))
        assert [news["text"] for news in (await status(one))[1]["news"]] == ["周五上门"]
        await client.post(f"/v1/track/{code}/supplements", json={"text": "又漏了"})
        assert (await status(one))[1]["supplements"][0]["text"] == "又漏了"
        await client.post(f"/v1/track/{code}/withdraw")
        assert (await status(one))[1]["can_withdraw"] is False
        await tell(builders.claimed(UUID(issue)), 1)
        assert (await status(one))[1]["helpers"] == {"wanted": 3, "found": 2}
    assert one.answer.headers["content-type"].startswith("text/event-stream")
    assert one.answer.headers["x-accel-buffering"] == "no"
    for language, words in (("zh-Hant", "已收到訴求"), ("en", "Your report was received")):
        async with listening(socket, f"{path}?language={language}") as stream:
            assert (await status(stream))[1]["steps"][0]["text"] == words


async def test_after_a_break_a_reader_is_shown_what_is_new_and_nothing_twice(
    socket: AsyncClient, client: AsyncClient, tell: Tell
) -> None:
    issue, code = await reported(client)
    path = f"/v1/track/{code}/stream"
    async with listening(socket, path) as stream:
        await status(stream)
        await tell(builders.accepted(UUID(issue)), 1)
        last, _ = await status(stream)
    async with listening(socket, path, after=last) as stream:
        assert (await stream.next())["event"] == "open"
    await tell(builders.resolved(UUID(issue)), 2)
    await tracked(client, code, "resolved")
    for after in (last, "0", str(2**63 - 1)):
        async with listening(socket, path, after=after) as stream:
            assert (await status(stream))[1]["state"] == "resolved"


async def test_whoever_was_away_longer_than_changes_are_kept_is_shown_all(
    socket: AsyncClient, client: AsyncClient, app: FastAPI
) -> None:
    issue, code = await reported(client)
    path = f"/v1/track/{code}/stream"
    async with listening(socket, path) as stream:
        before, _ = await status(stream)
    await client.post(f"/v1/track/{code}/supplements", json={"text": "又漏了"})
    of_this = changes.c.issue_id == UUID(issue)
    async with app.state.runtime.engine.begin() as connection:
        missed = await connection.scalar(select(changes.c.place).where(of_this))
        await connection.execute(update(changes).values(at=changes.c.at - KEPT))
        await purge_changes(connection)
        assert await connection.scalar(select(func.count()).where(of_this)) == 0
    await at_rest(app.state.runtime.extra(tailing.Tail))
    async with listening(socket, path, after=before) as stream:
        place, shown = await status(stream)
    assert shown["supplements"][0]["text"] == "又漏了"
    # It begins behind what is gone, so that what comes next waits for nothing; other issues may have changed meanwhile.
    async with app.state.runtime.engine.begin() as connection:
        last = await connection.scalar(tailing.LAST_GIVEN, {"table": changes.name})
    assert missed <= int(place) <= last


async def test_a_change_that_is_heard_of_late_is_kept_as_long_as_any(
    client: AsyncClient, tell: Tell, app: FastAPI
) -> None:
    issue, code = await reported(client)
    await tell(builders.accepted(UUID(issue)), 1)
    await tracked(client, code, "in_progress")
    async with app.state.runtime.engine.begin() as connection:
        await purge_changes(connection)
        about = select(func.count()).where(changes.c.issue_id == UUID(issue))
        assert datetime.now(UTC) - builders.AT > KEPT
        assert await connection.scalar(about) == 1


async def test_a_merged_issue_moves_with_the_one_that_stands_for_it(
    socket: AsyncClient, client: AsyncClient, tell: Tell, token: Token
) -> None:
    (issue, code), (other, _) = await reported(client), await reported(client)
    path = f"/v1/track/{code}/stream"
    async with listening(socket, path) as stream:
        await status(stream)
        await client.post(f"/v1/issues/{issue}/merge", json={"into": other}, headers=token("staff"))
        await status(stream)
        assert await stream.next() == {}
    async with listening(socket, path) as stream:
        assert (await status(stream))[1]["together"]["state"] == "received"
        await tell(builders.accepted(UUID(other)), 1)
        assert (await status(stream))[1]["together"]["state"] == "in_progress"


async def test_streams_hold_no_connection_and_end_with_the_server(
    app: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailing, "MOST_EACH", 2)
    codes = [(await reported(client))[1] for _ in range(4)]
    async with serving(app) as server, client_of(server) as socket:
        paths = [f"/v1/track/{code}/stream" for code in codes]
        opened = [listening(socket, path) for path in (*paths, *paths)]
        streams = [await one.__aenter__() for one in opened]
        for stream in streams:
            await status(stream)
        pool = app.state.runtime.engine.pool
        async with asyncio.timeout(10):
            while pool.checkedout() > 1:  # eight listen; the query that serves all may be under way
                await asyncio.sleep(0.01)
        refused = await socket.get(paths[0])
        assert (refused.status_code, refused.json()["title"]) == (429, "Too many streams are open")
        server.should_exit = True
        assert [await stream.next() for stream in streams] == [{}] * len(streams)
        for one in opened:
            await one.__aexit__(None, None, None)
    app.state.runtime.closing.clear()


async def test_nobody_listens_without_a_code(client: AsyncClient) -> None:
    assert (await client.get("/v1/track/A2B3C4D5E6F7G2H3/stream")).status_code == 404
    assert (await client.get("/v1/track/short/stream")).status_code == 422
    _, code = await reported(client)
    for last in ("x", "-1", str(2**63)):
        answer = await client.get(f"/v1/track/{code}/stream", headers={"Last-Event-ID": last})
        assert answer.status_code == 422
    assert (await client.get(f"/v1/track/{code}/stream?language=fr")).status_code == 422
