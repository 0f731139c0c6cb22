"""Messages as they come, as server-sent events.

What goes out is in the inbox already: a stream that breaks loses nothing.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.sse import EventSourceResponse, ServerSentEvent

from linli.chassis.auth import Caller
from linli.chassis.database import connected
from linli.chassis.district import Districts
from linli.chassis.runtime import CurrentRuntime, Runtime
from linli.chassis.tailing import BATCH, Feed, LastEventId, Tail
from notify import queries
from notify.api.routes import Code, WantedLanguage, reporters, shown, whose
from notify.api.schemas import UnreadRead
from notify.wording import Words

router = APIRouter(prefix="/v1/inbox")


async def _callers(caller: Caller, runtime: CurrentRuntime) -> AsyncIterator[Feed]:
    # No connection is held while somebody listens.
    async with connected(runtime.engine) as connection:
        theirs = whose(caller, await runtime.extra(Districts).recent(connection))
    async with runtime.extra(Tail).listening(theirs, theirs[0]) as feed:
        yield feed


async def _reporters(tracking_code: Code, runtime: CurrentRuntime) -> AsyncIterator[Feed]:
    async with connected(runtime.engine) as connection:
        theirs = await reporters(connection, tracking_code)
    async with runtime.extra(Tail).listening(theirs, theirs[0]) as feed:
        yield feed


@router.get("/stream", response_class=EventSourceResponse)
async def stream_inbox(
    feed: Annotated[Feed, Depends(_callers)],
    runtime: CurrentRuntime,
    language: WantedLanguage,
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Send the caller's messages as they are left: `open` with the number of unread ones, then a `message` for each.

    After a break it goes on where `Last-Event-ID` says. It ends after a quarter of an hour, and when its reader is too
    slow: then it is to be opened again.
    """
    async for event in _events(feed, runtime, language, last_event_id):
        yield event


@router.get("/track/{tracking_code}/stream", response_class=EventSourceResponse)
async def stream_reporters_inbox(
    feed: Annotated[Feed, Depends(_reporters)],
    runtime: CurrentRuntime,
    language: WantedLanguage,
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Send a reporter's messages as they are left, as the stream of the staff does."""
    async for event in _events(feed, runtime, language, last_event_id):
        yield event


async def _events(
    feed: Feed, runtime: Runtime, language: str | None, last_event_id: int | None
) -> AsyncIterator[ServerSentEvent]:
    place = feed.begun if last_event_id is None else min(last_event_id, feed.begun)
    async with connected(runtime.engine) as connection:
        unread = await queries.count_unread(connection, feed.whose)
    yield ServerSentEvent(event="open", id=str(place), data=UnreadRead(unread=unread))
    while place < feed.begun:
        async with connected(runtime.engine) as connection:
            rows = await queries.left_between(connection, feed.whose, after=place, until=feed.begun, limit=BATCH)
        for row in rows:
            yield _event(runtime, row, language)
        place = rows[-1].place if len(rows) == BATCH else feed.begun
    async for row in feed.rows():
        yield _event(runtime, row, language)


def _event(runtime: Runtime, row: queries.AnyRow, language: str | None) -> ServerSentEvent:
    words = runtime.extra(Words).of(runtime.extra(Districts).newest)
    return ServerSentEvent(event="message", id=str(row.place), data=shown(words, row, language))
