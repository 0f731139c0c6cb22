"""Volunteers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath, Slug
from volunteer.api.callers import AnyActor, CurrentTelling, OrganiserActor, VolunteerActor
from volunteer.api.people_schemas import (
    FreeRead,
    GuardianBody,
    QualificationBody,
    VolunteerChange,
    VolunteerCreate,
    VolunteerRead,
)
from volunteer.api.words import IdCursor, Moment
from volunteer.domain.faults import FieldError
from volunteer.domain.people import Volunteer
from volunteer.queries.people import PeopleFilter, list_people, qualifications_of
from volunteer.tables import volunteers
from volunteer.usecases import people as usecases
from volunteer.usecases.leaving import leave

router = APIRouter(prefix="/v1", tags=["people"])

MOST_DAYS = 92
"""Of availability that are told at once."""

FIRST_YEAR, LAST_YEAR = 2000, 2999


@router.post("/volunteers/me", status_code=201, responses={201: ETAG_HEADER[200]})
async def register_oneself(
    body: VolunteerCreate,
    actor: VolunteerActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
    response: Response,
) -> VolunteerRead:
    """Register as a volunteer; what is told is shown to nobody but those who organise where they live."""
    profile = body.profile(district)
    registered = await usecases.register(
        connection, profile, volunteer_id=runtime.new_id(), subject=actor.subject, actor=actor, at=now, key=key
    )
    return await _read(connection, registered, response)


@router.post("/volunteers", status_code=201, responses={201: ETAG_HEADER[200]})
async def register_somebody(
    body: VolunteerCreate,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
    response: Response,
) -> VolunteerRead:
    """Register somebody who has no account, with what they have signed."""
    profile = body.profile(district)
    registered = await usecases.register(
        connection, profile, volunteer_id=runtime.new_id(), subject=None, actor=actor, at=now, key=key
    )
    return await _read(connection, registered, response)


@router.get("/volunteers/me", responses=ETAG_HEADER)
async def read_oneself(actor: VolunteerActor, connection: Reading, response: Response) -> VolunteerRead:
    """Show what is known of the caller."""
    return await _read(connection, await usecases.load(connection, volunteers.c.subject == actor.subject), response)


@router.get("/volunteers")
async def list_volunteers(
    actor: OrganiserActor,
    connection: Reading,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    skill: Slug | None = None,
    number: Annotated[str | None, Query(max_length=32)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[VolunteerRead]:
    """List the volunteers who live where the caller organises, newest first."""
    wanted = PeopleFilter(areas=actor.areas, area=area, skill=skill, number=number)
    start = IdCursor.decode(after).id if after else None
    rows = await list_people(connection, wanted, after=start, limit=limit + 1)
    papers = await qualifications_of(connection, [row.id for row in rows])
    items = [VolunteerRead.of(usecases.volunteer_of(row._asdict()), papers[row.id]) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/volunteers/{volunteer_id}", responses=ETAG_HEADER)
async def read_volunteer(volunteer_id: UUID, actor: AnyActor, connection: Reading, response: Response) -> VolunteerRead:
    """Show a volunteer to themselves and to those who organise where they live."""
    return await _read(connection, await usecases.load_seen(connection, volunteer_id, actor), response)


@router.get("/volunteers/{volunteer_id}/availability")
async def read_availability(
    volunteer_id: UUID, actor: AnyActor, connection: Reading, begins: Moment, ends: Moment
) -> list[FreeRead]:
    """Show when somebody can be asked, between two moments of at most 92 days."""
    if not 0 < (ends - begins).total_seconds() <= MOST_DAYS * 86_400:
        raise FieldError("ends", f"is after begins, at most {MOST_DAYS} days")
    if not FIRST_YEAR <= begins.year <= LAST_YEAR:
        raise FieldError("begins", f"lies from {FIRST_YEAR} to {LAST_YEAR}")
    volunteer = await usecases.load_seen(connection, volunteer_id, actor)
    return [FreeRead.model_validate(span) for span in volunteer.profile.availability.within(begins, ends)]


@router.patch("/volunteers/{volunteer_id}", responses=ETAG_HEADER)
async def change_volunteer(
    volunteer_id: UUID,
    body: VolunteerChange,
    actor: AnyActor,
    connection: Transaction,
    district: DistrictInTransaction,
    now: Now,
    versions: SeenVersions,
    response: Response,
) -> VolunteerRead:
    """Change what a volunteer tells."""
    changed = await usecases.change(
        connection, volunteer_id, body.changes(district), actor=actor, at=now, versions=versions
    )
    return await _read(connection, changed, response)


@router.delete("/volunteers/{volunteer_id}", status_code=204)
async def forget_volunteer(
    volunteer_id: UUID, actor: AnyActor, connection: Transaction, telling: CurrentTelling
) -> None:
    """Forget a volunteer and all that is known of them; what they had taken is free for others."""
    await leave(connection, volunteer_id, actor=actor, telling=telling)


@router.put("/volunteers/{volunteer_id}/guardian", responses=ETAG_HEADER)
async def name_guardian(
    volunteer_id: UUID,
    body: GuardianBody,
    actor: OrganiserActor,
    connection: Transaction,
    versions: SeenVersions,
    response: Response,
) -> VolunteerRead:
    """Note who is responsible for a minor and has agreed."""
    changed = await usecases.name_guardian(connection, volunteer_id, body.guardian, actor=actor, versions=versions)
    return await _read(connection, changed, response)


@router.put("/volunteers/{volunteer_id}/qualifications/{code}", status_code=204)
async def note_qualification(
    volunteer_id: UUID, code: Slug, body: QualificationBody, actor: OrganiserActor, connection: Transaction, now: Now
) -> None:
    """Note that the caller has seen the paper of a qualification."""
    await usecases.note_qualification(connection, volunteer_id, code, body.expires_on, actor=actor, at=now)


@router.delete("/volunteers/{volunteer_id}/qualifications/{code}", status_code=204)
async def strike_qualification(volunteer_id: UUID, code: Slug, actor: AnyActor, connection: Transaction) -> None:
    """Take a qualification away."""
    await usecases.strike_qualification(connection, volunteer_id, code, actor=actor)


async def _read(connection: Reading, volunteer: Volunteer, response: Response) -> VolunteerRead:
    set_etag(response, volunteer.version)
    papers = await qualifications_of(connection, [volunteer.id])
    return VolunteerRead.of(volunteer, papers[volunteer.id])
