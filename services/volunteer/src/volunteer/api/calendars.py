"""Calendars of shifts, and the links by which programs subscribe to one's own."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath
from volunteer.api.callers import VolunteerActor
from volunteer.api.shift_ics import OF_AREA, OWN, calendar_of
from volunteer.api.words import Moment, Read, placed
from volunteer.queries import calendars as queries
from volunteer.usecases import feeds

router = APIRouter(prefix="/v1", tags=["shifts"])

BEFORE, AFTER = timedelta(days=30), timedelta(days=180)
"""A calendar shows what begins within these of now."""

ICS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/calendar": {}}}}


class FeedRead(Read):
    """A link to one's calendar, without what opens it."""

    id: UUID
    created_at: Moment


class FeedOpened(FeedRead):
    """A new link; nobody can see it again."""

    path: str = Field(description="To be subscribed to at the address of the suite; whoever has it reads the calendar")


@router.post("/calendar-feeds", status_code=201)
async def open_feed(
    request: Request,
    response: Response,
    actor: VolunteerActor,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
) -> FeedOpened:
    """Make a link to one's own calendar.

    Sent again with its idempotency key, it gives the same link another token: the one before opens nothing any more.
    """
    row, token = await feeds.open_feed(connection, runtime.new_id(), actor=actor, at=now, key=key)
    response.headers["Cache-Control"] = "no-store"
    here = f"{request.scope.get('root_path', '')}/v1"
    return FeedOpened(id=row.id, created_at=row.created_at, path=f"{here}/calendar.ics?feed={token}")


@router.get("/calendar-feeds")
async def list_feeds(actor: VolunteerActor, connection: Reading) -> list[FeedRead]:
    """List the links to one's own calendar."""
    return [FeedRead.model_validate(row) for row in await feeds.list_feeds(connection, actor)]


@router.delete("/calendar-feeds/{feed_id}", status_code=204)
async def revoke_feed(feed_id: UUID, actor: VolunteerActor, connection: Transaction) -> None:
    """Let a link open nothing any more."""
    await feeds.revoke_feed(connection, feed_id, actor=actor)


@router.get("/calendar.ics", response_class=Response, responses=ICS)
async def read_calendar(
    feed: Annotated[str, Query(max_length=100, description="The token of a link")],
    connection: Reading,
    district: CurrentDistrict,
    now: Now,
    language: Language,
) -> Response:
    """Return the shifts that somebody comes to, to whoever has their link."""
    volunteer_id = await feeds.whose_feed(connection, feed)
    rows = await queries.shifts_of(connection, volunteer_id, begins=now - BEFORE, ends=now + AFTER)
    content = calendar_of(rows, OWN.in_language(language), district=district, language=language)
    # What stands at an address that opens it is for no cache that others read from.
    return Response(content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private"})


@router.get("/shifts.ics", response_class=Response, responses=ICS)
async def read_area_calendar(
    area: Annotated[AreaPath, Query(description="This unit and all beneath it")],
    connection: Reading,
    district: CurrentDistrict,
    now: Now,
    language: Language,
) -> Response:
    """Return the shifts and service days of an area, to anyone."""
    unit = district.units[placed(area, district)]
    rows = await queries.shifts_in(connection, unit.path, begins=now - BEFORE, ends=now + AFTER)
    name = OF_AREA.in_language(language).format(area=unit.name.in_language(language))
    content = calendar_of(rows, name, district=district, language=language)
    return Response(content, media_type="text/calendar; charset=utf-8")
