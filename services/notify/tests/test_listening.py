"""Messages come by themselves to whoever listens, in order, and none is lost when a stream breaks."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import fastapi.routing
import pytest
import uvicorn
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import create_async_engine
from uuid_utils.compat import uuid7

from linli.chassis.runner import Server
from notify import tailing
from notify.settings import NotifySettings
from notify.tables import messages
from notify.tailing import LATE_S, QUEUED, Feed, Order, Tail

from . import builders
from .test_inbox import told

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]
TRACK = f"/v1/inbox/track/{builders.CODE}"


@pytest.fixture
async def server(app: FastAPI, client: AsyncClient) -> AsyncIterator[Server]:
    """Serve the application on a socket: in memory an answer comes when it is whole."""
    assert (await client.get("/readyz")).is_success
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    made = Server(config, [app.state.runtime.closing])
    serving = asyncio.create_task(made.serve())
    while not made.started:
        await asyncio.sleep(0.01)
    yield made
    made.should_exit = True
    await serving


@pytest.fixture
async def socket(server: Server) -> AsyncIterator[AsyncClient]:
    port = server.servers[0].sockets[0].getsockname()[1]
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=15, trust_env=False) as made:
        yield made


class Stream:
    """The events of an answer."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.lines = answer.aiter_lines()

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(15):
            async for line in self.lines:
                if not line and fields:
                    return fields
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
        return fields

    async def message(self) -> Any:
        event = await self.next()
        assert event["event"] == "message"
        return json.loads(event["data"])


@asynccontextmanager
async def listening(
    socket: AsyncClient, path: str, headers: dict[str, str] | None = None, after: str | None = None
) -> AsyncIterator[Stream]:
    last = {} if after is None else {"Last-Event-ID": after}
    async with socket.stream("GET", path, headers={**(headers or {}), **last}) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Stream(answer)


async def case(tell: Tell, **change: Any) -> UUID:
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue, **change), 2)
    return issue


async def test_a_handler_hears_of_a_case_while_it_is_given(socket: AsyncClient, tell: Tell, token: Token) -> None:
    async with listening(socket, "/v1/inbox/stream", token("handler", language="en")) as stream:
        assert json.loads((await stream.next())["data"]) == {"unread": 0}
        issue = await case(tell)
        message = await stream.message()
    assert (message["title"], message["issue_id"]) == ("A case is yours", str(issue))
    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    assert stream.answer.headers["x-accel-buffering"] == "no"


async def test_a_reporter_hears_in_order_and_hears_of_nobody_else(socket: AsyncClient, tell: Tell) -> None:
    issue = uuid4()
    await tell(builders.reported(issue))
    await told(socket, TRACK, None, 1)
    async with listening(socket, f"{TRACK}/stream", {"Accept-Language": "en"}) as stream:
        assert json.loads((await stream.next())["data"]) == {"unread": 1}
        await tell(builders.reported(uuid4(), code="A2B3C4D5E6F7G2H3"))
        await tell(builders.routed(issue), 2)
        await tell(builders.everything(issue)[2], 3)
        assert [(await stream.message())["title"] for _ in range(2)] == ["Somebody is responsible", "Taken on"]


async def test_a_stream_goes_on_after_what_its_reader_had(socket: AsyncClient, tell: Tell, token: Token) -> None:
    headers = token("handler")
    async with listening(socket, "/v1/inbox/stream", headers) as stream:
        await stream.next()
        first = await case(tell)
        had = await stream.next()
    missed = [str(await case(tell)) for _ in range(2)]
    await told(socket, "/v1/inbox", headers, 3)
    async with listening(socket, "/v1/inbox/stream", headers, after=had["id"]) as again:
        assert (await again.next())["id"] == had["id"]
        assert [(await again.message())["issue_id"] for _ in missed] == missed
        last = str(await case(tell))
        assert (await again.message())["issue_id"] == last
    assert str(first) not in {*missed, last}


async def test_what_was_missed_comes_whole_however_much_it_is(
    socket: AsyncClient, tell: Tell, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.api.listening.BATCH", 2)
    issues = [str(await case(tell)) for _ in range(5)]
    await told(socket, "/v1/inbox", token("handler"), 5)
    async with listening(socket, "/v1/inbox/stream", token("handler"), after="0") as stream:
        await stream.next()
        assert [(await stream.message())["issue_id"] for _ in issues] == issues


async def test_a_quiet_stream_is_kept_alive(socket: AsyncClient, token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.05)
    async with listening(socket, "/v1/inbox/stream", token("handler")) as stream:
        await stream.next()
        assert "" in await stream.next()  # a comment has no name


async def test_streams_end_when_the_server_closes(
    socket: AsyncClient, server: Server, token: Token, tell: Tell
) -> None:
    async with listening(socket, "/v1/inbox/stream", token("handler")) as stream:
        await stream.next()
        await case(tell)
        await stream.message()
        server.should_exit = True
        assert await stream.next() == {}


async def test_a_stream_ends_so_that_rights_are_looked_at_anew(
    socket: AsyncClient, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailing, "LISTENING_S", 0.1)
    async with listening(socket, "/v1/inbox/stream", token("handler")) as stream:
        await stream.next()
        assert await stream.next() == {}


async def test_one_person_opens_only_so_many_streams(
    socket: AsyncClient, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tailing, "MOST_EACH", 1)
    monkeypatch.setattr(tailing, "MOST", 2)
    path, others = "/v1/inbox/stream", [token("handler", subject=name) for name in ("li-tongchou", "li-third")]
    async with listening(socket, path, token("handler")):
        mine = await socket.get(path, headers=token("handler"))
        assert (mine.status_code, mine.json()["title"]) == (429, "Too many streams are open")
        async with listening(socket, path, others[0]):
            full = await socket.get(path, headers=others[1])
            assert (full.status_code, full.headers["retry-after"]) == (503, "2")
    async with asyncio.timeout(15):
        while (await first_status(socket, path, token("handler"))) != 200:
            await asyncio.sleep(0.05)


async def first_status(socket: AsyncClient, path: str, headers: dict[str, str]) -> int:
    async with socket.stream("GET", path, headers=headers) as answer:
        return answer.status_code


async def test_who_may_not_read_may_not_listen(client: AsyncClient, token: Token) -> None:
    assert (await client.get("/v1/inbox/stream")).status_code == 401
    assert (await client.get("/v1/inbox/track/A2B3C4D5E6F7G2H3/stream")).status_code == 404
    assert (await client.get("/v1/inbox/track/short/stream")).status_code == 422
    for last in ("x", "-1", str(2**63)):
        headers = {**token("handler"), "Last-Event-ID": last}
        assert (await client.get("/v1/inbox/stream", headers=headers)).status_code == 422


@pytest.mark.usefixtures("client")
async def test_one_query_serves_all_that_listen(app: FastAPI, tell: Tell) -> None:
    tail: Tail = app.state.runtime.extra(Tail)
    asked = []
    event.listen(
        app.state.runtime.engine.sync_engine,
        "before_cursor_execute",
        lambda *call: asked.append(call[2]) if "messages.place >" in call[2] else None,
    )
    async with (
        tail.listening(["post:sanchajie/jinpu"], "a") as one,
        tail.listening(["post:sanchajie/jinpu"], "b") as other,
    ):
        issue = await case(tell)
        async with asyncio.timeout(15):
            heard = [await anext(feed.rows()) for feed in (one, other)]
            before = len(asked)
            await asyncio.sleep(3 * tailing.LOOK_S)
    assert [row.issue_id for row in heard] == [issue, issue]
    assert len(asked) - before <= 4


@pytest.mark.usefixtures("client")
async def test_a_message_that_is_committed_late_comes_in_its_place(app: FastAPI, settings: NotifySettings) -> None:
    tail: Tail = app.state.runtime.extra(Tail)
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with tail.listening(["person:late"], "late") as feed:
        async with engine.connect() as slow, engine.connect() as quick:
            await slow.execute(insert(messages).values(message("slow")))
            await quick.execute(insert(messages).values(message("quick")))
            await quick.commit()
            rows = feed.rows()
            nothing = asyncio.ensure_future(anext(rows))
            await asyncio.wait([nothing], timeout=3 * tailing.LOOK_S)
            assert not nothing.done()
            await slow.commit()
        async with asyncio.timeout(LATE_S / 2):
            assert [(await nothing).template, (await anext(rows)).template] == ["slow", "quick"]
    await engine.dispose()


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("lock_ms", [20, 2000])
async def test_a_stream_that_begins_waits_for_what_is_being_written(
    app: FastAPI, settings: NotifySettings, monkeypatch: pytest.MonkeyPatch, lock_ms: int
) -> None:
    monkeypatch.setattr(tailing, "LOCK_WAIT_MS", lock_ms)
    tail: Tail = app.state.runtime.extra(Tail)
    engine = create_async_engine(settings.database_url.get_secret_value())
    async with engine.connect() as slow:
        await slow.execute(insert(messages).values(message("slow")))
        beginning = asyncio.ensure_future(tail.listening(["person:late"], "late").__aenter__())
        await asyncio.wait([beginning], timeout=3 * tailing.LOOK_S)
        assert not beginning.done()
        await slow.commit()
    async with asyncio.timeout(10):
        assert (await beginning).begun == 1
    assert tail.failures["other"] == 0
    await engine.dispose()


def message(template: str) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "recipient": "person:late",
        "template": template,
        "params": {},
        "language": "en",
        "told_at": builders.AT,
    }


def rows(*places: int) -> Sequence[Any]:
    return [SimpleNamespace(place=place) for place in places]


def taken(order: Order, now: float, *places: int) -> list[int]:
    return [row.place for row in order.next(rows(*places), now)]


def test_a_place_that_is_missing_is_waited_for_and_then_given_up() -> None:
    order = Order(10)
    assert taken(order, 0, 11, 13, 15) == [11]
    assert taken(order, LATE_S - 1, 13, 15, 17) == []
    assert taken(order, LATE_S, 13, 15, 17) == [13, 15]
    assert taken(order, LATE_S + 1, 16, 17) == [16, 17]


async def test_a_listener_who_is_too_slow_hears_what_waits_and_then_the_end() -> None:
    feed = Feed(["person:slow"], 0)
    for row in rows(*range(QUEUED + 1)):
        feed.put(row)
    assert [row.place async for row in feed.rows()] == list(range(QUEUED))
