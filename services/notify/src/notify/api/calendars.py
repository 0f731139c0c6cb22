"""A department's calendar, and the links by which programs subscribe to it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import MaybeCaller, Principal, caller, require
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.idempotency import Idempotency, claim_key
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts.wording import LanguageTag
from linli.district import Department
from notify import feeds
from notify.api.department_ics import calendar_of
from notify.api.problems import not_found
from notify.api.subscriptions import READERS
from notify.api.worklists import visible
from notify.tables import idempotency_keys
from notify.worklists import list_dispatches, list_meetings

router = APIRouter(prefix="/v1/departments/{code}", tags=["departments"])

MOST = 2000
"""Deadlines and meetings of a calendar, at most of each: the nearest deadlines, the latest meetings."""

FeedToken = Annotated[str | None, Query(max_length=100, description="The token of a link; then no bearer is needed")]
Keeper = Annotated[Principal, Depends(require("department", "platform"))]


class FeedRead(BaseModel):
    """A link to a department's calendar, without what opens it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    language: LanguageTag
    created_at: datetime
    created_by: str


class FeedOpened(FeedRead):
    """A new link; nobody can see it again."""

    path: str = Field(description="To be subscribed to at the address of the suite; whoever has it reads the calendar")


async def _kept(code: str, keeper: Keeper, district: CurrentDistrict) -> Department:
    return visible(keeper, code, district)


Kept = Annotated[Department, Depends(_kept)]
"""The department whose links the caller may make and revoke, as a parameter of a route."""


@router.get("/calendar.ics", response_class=Response, responses={200: {"content": {"text/calendar": {}}}})
async def read_calendar(
    code: str,
    reader: MaybeCaller,
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    feed: FeedToken = None,
) -> Response:
    """Return a department's open deadlines and its meetings for a calendar, to a bearer or to whoever has a link."""
    if feed is None:
        reader = await require(*READERS)(await caller(reader))
        department = visible(reader, code, district)
    else:
        department, language = await _opened(connection, code, feed, district.departments.get(code))
    content = calendar_of(
        department,
        await list_dispatches(connection, department.slug, limit=MOST),
        await list_meetings(connection, department.slug, limit=MOST),
        district=district,
        language=language,
    )
    # What stands at an address that opens it is for no cache that others read from.
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private"})


@router.post("/calendar-feeds", status_code=status.HTTP_201_CREATED)
async def open_feed(
    request: Request,
    response: Response,
    department: Kept,
    keeper: Keeper,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    language: Language,
    key: Idempotency,
) -> FeedOpened:
    """Make a link to the calendar, which speaks the language of this request.

    Sent again with its idempotency key, it gives the same link another token: the one before opens nothing any more.
    """
    feed_id = runtime.new_id()
    feed_id = await claim_key(
        connection,
        idempotency_keys,
        key,
        scope=f"calendar-feed:{department.slug}:{keeper.subject}",
        resource_id=feed_id,
    )
    row, token = await feeds.open_feed(
        connection, feed_id, department.slug, language=language, by=keeper.subject, at=now
    )
    here = f"{request.scope.get('root_path', '')}/v1/departments/{department.slug}"
    response.headers["Location"] = f"{here}/calendar-feeds/{row.id}"
    response.headers["Cache-Control"] = "no-store"
    return FeedOpened(**FeedRead.model_validate(row).model_dump(), path=f"{here}/calendar.ics?feed={token}")


@router.get("/calendar-feeds")
async def list_feeds(department: Kept, connection: Reading) -> list[FeedRead]:
    """List the links to a department's calendar that open it."""
    return [FeedRead.model_validate(row) for row in await feeds.list_feeds(connection, department.slug)]


@router.delete("/calendar-feeds/{feed_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_feed(feed_id: UUID, department: Kept, connection: Transaction) -> None:
    """Let a link open nothing any more."""
    if not await feeds.revoke_feed(connection, department.slug, feed_id):
        raise not_found("calendar feed")


async def _opened(
    connection: AsyncConnection, code: str, token: str, department: Department | None
) -> tuple[Department, LanguageTag]:
    row = await feeds.find_feed(connection, code, token) if department is not None else None
    if department is None or row is None:
        raise not_found("calendar")
    return department, row.language
