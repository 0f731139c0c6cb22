"""How shifts and service days go: who is missing before, how many came after."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from linli.chassis.database import Reading, Transaction
from linli.chassis.runtime import Now
from linli.contracts import AreaPath
from volunteer.api.callers import CurrentTelling, OrganiserActor
from volunteer.api.shift_schemas import ShiftRead
from volunteer.api.shifts import shift_read, span_of
from volunteer.api.words import Body, Lines, Moment, Read
from volunteer.queries import calendars
from volunteer.queries import shifts as queries
from volunteer.queries.shifts import ShiftFilter
from volunteer.usecases import shifts as usecases

router = APIRouter(prefix="/v1", tags=["shifts"])

MOST = 1000
"""Shifts that are looked at for one list."""


class MissingRead(ShiftRead):
    """A shift on which people are missing, and how many in each role; those who wait are not counted."""

    missing: dict[str, int]


class AttendanceBody(Body):
    """How many attended, besides those who had places; the public reads it, and the note."""

    attended: int = Field(ge=0, le=100_000)
    note: Annotated[Lines, Field(max_length=500)] = ""


class HeldRead(Read):
    """Of one kind of activity: shifts that began, places that were kept on them, people who attended."""

    kind: str
    held: int
    came: int
    attended: int


@router.get("/shifts/at-risk")
async def list_at_risk(
    connection: Reading,
    now: Now,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    days: Annotated[int, Query(ge=1, le=31, description="Shifts that begin within so many days")] = 3,
) -> list[MissingRead]:
    """List the shifts that begin soon and lack people, the earliest first, to anyone who might come."""
    wanted = ShiftFilter(begins=now, ends=now + timedelta(days=days), area=area)
    rows = [row for row in await queries.list_shifts(connection, wanted, after=None, limit=MOST) if not row.cancelled]
    counts = await queries.placed_in(connection, [row.id for row in rows])
    found = []
    for row in rows:
        shift = shift_read(row, counts, now)
        missing = {role.code: role.headcount - role.placed for role in shift.roles if role.placed < role.headcount}
        if missing:
            found.append(MissingRead(**shift.model_dump(), missing=missing))
    return found


@router.put("/shifts/{shift_id}/attendance", status_code=204)
async def record_attendance(
    shift_id: UUID, body: AttendanceBody, actor: OrganiserActor, connection: Transaction, telling: CurrentTelling
) -> None:
    """Record how many attended a story meeting, a service day or the like; the last count stands."""
    await usecases.record_attendance(connection, shift_id, body.attended, body.note, actor=actor, telling=telling)


@router.get("/activities-held")
async def count_held(
    area: Annotated[AreaPath, Query(description="This unit and all beneath it")],
    connection: Reading,
    now: Now,
    begins: Annotated[Moment | None, Query(description="A year before the end, without it")] = None,
    ends: Annotated[Moment | None, Query(description="Now, without it")] = None,
) -> list[HeldRead]:
    """Count what took place in an area by kind: service days, story meetings, patrols; to anyone."""
    last = min(ends or now, now)
    span = span_of(begins or last - timedelta(days=365), last, most_days=400)
    rows = await calendars.held_by_kind(connection, area, begins=span.begins, ends=span.ends)
    return [HeldRead.model_validate(row) for row in rows]
