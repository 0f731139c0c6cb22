"""Duty reports: posts for anyone to see, slips and services for both ends."""

from datetime import UTC, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath, Slug
from volunteer.api.callers import AnyActor, CurrentTelling, OrganiserActor, VolunteerActor
from volunteer.api.tabular import csv_response
from volunteer.api.words import Body, IdCursor, Line, Lines, Moment, Read, placed
from volunteer.domain.actor import Actor
from volunteer.domain.duty import NominationState, Post, PostState, quarter
from volunteer.domain.faults import NotAllowedError
from volunteer.queries import people as queries
from volunteer.queries.people import SlipFilter
from volunteer.queries.rows import AnyRow
from volunteer.usecases import duty as usecases

router = APIRouter(prefix="/v1", tags=["duty reports"])


class PostCreate(Body):
    """A post of service in an area."""

    title: Line
    details: Lines = ""
    area: AreaPath
    headcount: int = Field(ge=1, le=10_000)
    begins_at: Moment
    ends_at: Moment


class PostRead(Read):
    """A post, as anyone may see it."""

    id: UUID
    title: str
    details: str
    area: str
    headcount: int
    taken: int
    begins_at: Moment
    ends_at: Moment
    state: PostState
    version: int


class SlipCreate(Body):
    """Who sends them; that they have an office, and no more, is what it says of them."""

    employer: Slug = Field(description="Code of the employer, as in the `department` of its tokens")


class SlipRead(Read):
    """A slip, as both ends see it."""

    id: UUID
    employer: str
    area: str
    number: str
    reported_at: Moment


class NominationRead(Read):
    """Somebody's word to take a post, and what came of it."""

    id: UUID
    post_id: UUID
    state: NominationState
    nominated_at: Moment
    accepted_at: Moment | None
    minutes: int | None
    remark: str | None


class TakerRead(NominationRead):
    """Who takes a post, for those who organise it; one who has left has no name any more."""

    number: str | None
    name: str | None
    employer: str


class AcceptService(Body):
    """How long the service was, without travel and breaks."""

    minutes: int = Field(ge=1, le=100_000)
    remark: Annotated[Lines, Field(max_length=500)] | None = None


class ReturnRead(Read):
    """What somebody did in a quarter, for their employer; one who has left has no name any more."""

    employer: str
    area: str
    number: str | None
    name: str | None
    services: int
    minutes: int


@router.post("/posts", status_code=201)
async def open_post(
    body: PostCreate,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    key: Idempotency,
) -> PostRead:
    """Look for people for a post."""
    told = {**body.model_dump(), "area": placed(body.area, district)}
    post = await usecases.open_post(
        connection, Post(id=runtime.new_id(), **told), actor=actor, telling=telling, key=key
    )
    return PostRead.model_validate(post)


@router.get("/posts")
async def list_posts(
    connection: Reading,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    state: PostState | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[PostRead]:
    """List posts, newest first, to anyone."""
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_posts(connection, area, state, after=start, limit=limit + 1)
    items = [PostRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/posts/{post_id}")
async def read_post(post_id: UUID, connection: Reading) -> PostRead:
    """Show a post to anyone."""
    return PostRead.model_validate(await usecases.load_post(connection, post_id))


@router.post("/posts/{post_id}/close")
async def close_post(
    post_id: UUID, actor: OrganiserActor, connection: Transaction, telling: CurrentTelling
) -> PostRead:
    """Look for nobody any more; who has taken the post keeps it."""
    return PostRead.model_validate(await usecases.close_post(connection, post_id, actor=actor, telling=telling))


@router.post("/posts/{post_id}/nominations", status_code=201)
async def take_post(
    post_id: UUID,
    actor: VolunteerActor,
    connection: Transaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    key: Idempotency,
) -> NominationRead:
    """Take a post for oneself."""
    taken = await usecases.take_post(
        connection, post_id, nomination_id=runtime.new_id(), actor=actor, telling=telling, key=key
    )
    return NominationRead.model_validate(taken)


@router.get("/posts/{post_id}/nominations")
async def list_takers(
    post_id: UUID, actor: OrganiserActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[TakerRead]:
    """List who takes a post, to those who organise in its area."""
    actor.require_organiser((await usecases.load_post(connection, post_id)).area)
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_nominations(connection, post_id, after=start, limit=limit + 1)
    items = [TakerRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.post("/nominations/{nomination_id}/withdraw")
async def give_back_post(
    nomination_id: UUID, actor: AnyActor, connection: Transaction, telling: CurrentTelling
) -> NominationRead:
    """Take back one's word; the place is free again."""
    return NominationRead.model_validate(
        await usecases.give_back_post(connection, nomination_id, actor=actor, telling=telling)
    )


@router.post("/nominations/{nomination_id}/accept")
async def accept_service(
    nomination_id: UUID, body: AcceptService, actor: OrganiserActor, connection: Transaction, telling: CurrentTelling
) -> NominationRead:
    """Say that a service was done; it goes into the return of its quarter."""
    accepted = await usecases.accept_service(
        connection, nomination_id, minutes=body.minutes, remark=body.remark, actor=actor, telling=telling
    )
    return NominationRead.model_validate(accepted)


@router.post("/slips", status_code=201)
async def report_for_duty(
    body: SlipCreate,
    actor: VolunteerActor,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
) -> SlipRead:
    """Report for duty where one lives."""
    slip = await usecases.report_for_duty(
        connection, slip_id=runtime.new_id(), employer=body.employer, actor=actor, at=now, key=key
    )
    [row] = await queries.list_slips(connection, SlipFilter(slip=slip.id), after=None, limit=1)
    return SlipRead.model_validate(row)


@router.get("/slips")
async def list_slips(actor: AnyActor, connection: Reading, after: After = None, limit: Limit = 50) -> Page[SlipRead]:
    """List one's own slips; those of the area to who organises there, those of an employer to the employer."""
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_slips(connection, _slips_of(actor, own=True), after=start, limit=limit + 1)
    items = [SlipRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/duty-returns/{period}")
async def read_return(period: str, actor: AnyActor, connection: Reading, district: CurrentDistrict) -> list[ReturnRead]:
    """Tell what was done in a quarter such as `2026-Q1`, to the employer and to those who organise in the area."""
    return [ReturnRead.model_validate(row) for row in await _returned(period, actor, connection, district)]


@router.get("/duty-returns/{period}/csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def read_return_as_csv(period: str, actor: AnyActor, connection: Reading, district: CurrentDistrict) -> Response:
    """Return the same as a table for a spreadsheet."""
    rows = await _returned(period, actor, connection, district)
    return csv_response(ReturnRead.model_fields, (ReturnRead.model_validate(row).model_dump() for row in rows))


async def _returned(period: str, actor: Actor, connection: Reading, district: CurrentDistrict) -> list[AnyRow]:
    zone = district.zone_of(district.top.path)
    begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in quarter(period))
    return list(await queries.returned(connection, _slips_of(actor, own=False), begins, ends))


def _slips_of(actor: Actor, *, own: bool) -> SlipFilter:
    """Return the slips that somebody may see: the employer's, else those of the area, else their own."""
    if actor.employer is not None:
        return SlipFilter(employer=actor.employer)
    if actor.areas != ():
        return SlipFilter(areas=actor.areas)
    if own:
        return SlipFilter(subject=actor.subject)
    raise NotAllowedError("The employer may, and those who organise in the area.")
