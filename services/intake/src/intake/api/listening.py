"""How far an issue is, as it changes, as server-sent events."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from intake import queries
from intake.api.problems import not_found
from intake.api.tracking import Code, tracked
from intake.changing import unchanged_since
from linli.chassis.database import connected
from linli.chassis.district import Districts
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Runtime
from linli.chassis.tailing import Feed, LastEventId, Tail
from linli.contracts.wording import LanguageTag

router = APIRouter(prefix="/v1/track/{tracking_code}/stream", tags=["tracking"])

Wanted = Annotated[LanguageTag | None, Query(description="Of the events, where it is not that of `Accept-Language`")]


async def _feed(tracking_code: Code, runtime: CurrentRuntime) -> AsyncIterator[Feed]:
    # No connection is held while somebody listens.
    async with connected(runtime.engine) as connection:
        row = await queries.issue_by_code(connection, tracking_code)
        if row is None:
            raise not_found("tracking code")
        together = await queries.stands_for(connection, row)
    whose = [str(one.id) for one in (row, together) if one is not None]
    async with runtime.extra(Tail).listening(whose, whose[0]) as feed:
        yield feed


@router.get("", response_class=EventSourceResponse)
async def stream_issue(
    tracking_code: Code,
    feed: Annotated[Feed, Depends(_feed)],
    runtime: CurrentRuntime,
    accepted: Language,
    language: Wanted = None,
    last_event_id: LastEventId = None,
) -> AsyncIterator[ServerSentEvent]:
    """Send the reporter `status`, which is what tracking shows, now and each time that it changes.

    After a break it begins with what is new since `Last-Event-ID`, if anything is. It ends after a quarter of an hour,
    when the issue is merged or is no more, and when its reader is too slow: then it is to be opened again.
    """
    wanted = language or accepted
    async with connected(runtime.engine) as connection:
        seen = last_event_id is not None and last_event_id <= feed.begun
        known = seen and await unchanged_since(connection, feed.whose, last_event_id or 0)
    if known:
        yield ServerSentEvent(event="open", id=str(feed.begun), data={})
    else:
        yield await _status(runtime, tracking_code, wanted, feed.begun)
    async for row in feed.rows():
        yield await _status(runtime, tracking_code, wanted, row.place)
        if await _stands_otherwise(runtime, tracking_code, feed):
            return


async def _status(runtime: Runtime, tracking_code: str, language: str, place: int) -> ServerSentEvent:
    async with connected(runtime.engine) as connection:
        district = await runtime.extra(Districts).recent(connection)
        shown = await tracked(connection, tracking_code, language, district)
    return ServerSentEvent(event="status", id=str(place), data=shown)


async def _stands_otherwise(runtime: Runtime, tracking_code: str, feed: Feed) -> bool:
    """Tell whether another issue stands for this one than when the stream began: it is listened for from then on."""
    async with connected(runtime.engine) as connection:
        row = await queries.issue_by_code(connection, tracking_code)
        together = None if row is None else await queries.stands_for(connection, row)
    return row is None or [str(one.id) for one in (row, together) if one is not None] != list(feed.whose)
