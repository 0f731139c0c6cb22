"""What a plan is made of: the shifts of an area with their open places, and the volunteers who may be asked."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.calendars import zone_named
from linli.district.known import KnownDistrict
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.words import Person, Slot, Span, Task, merged
from volunteer.domain.shifts import PLACED, Activity, AssignmentState, Shift
from volunteer.queries.rows import AnyRow, within
from volunteer.tables import activities, assignments, shifts, volunteers
from volunteer.usecases.matched_people import people_for, place_of
from volunteer.usecases.shift_store import activity_of, every_shift

LONGEST = timedelta(days=2)
"""No shift is longer."""

MOST_PEOPLE = 10_000
MOST_SHIFTS = 2_000


@dataclass(frozen=True, slots=True)
class ToPlan:
    """The shifts that are planned, what was proposed before and is planned with, and the matcher's task."""

    wanted: Sequence[Shift]
    proposed: Sequence[AnyRow]
    task: Task


async def read_task(
    connection: AsyncConnection,
    area: str,
    span: Span,
    *,
    at: datetime,
    district: KnownDistrict,
    floors: Mapping[str, int],
    lock: bool,
) -> ToPlan:
    """Return what a plan of the shifts that begin in a span is made of; locked, so that nobody joins meanwhile.

    Raises:
        FieldError: the span is over, or there are more shifts or volunteers than are planned at once.
    """
    begins = max(span.begins, at)
    if span.ends <= begins:
        raise FieldError("ends", "must lie in the future, and after begins")
    wanted = await _shifts(connection, area, begins, span.ends, lock=lock)
    current = await _assignments(connection, [row.id for row in wanted])
    slots = _slots(wanted, await _activities(connection, wanted), current, district)
    people = await _people(connection, Span(begins, span.ends), current, wanted, district, at)
    known = {person.id for person in people}
    proposed = [row for row in current if row.state == AssignmentState.PROPOSED and str(row.volunteer_id) in known]
    told = frozenset((str(row.volunteer_id), f"{row.shift_id}:{row.role}") for row in proposed)
    return ToPlan(wanted, proposed, Task(people=tuple(people), slots=slots, proposed=told, floors=floors))


async def _shifts(
    connection: AsyncConnection, area: str, begins: datetime, ends: datetime, *, lock: bool
) -> Sequence[Shift]:
    query = every_shift().where(within(shifts.c.area, (area,)), ~shifts.c.cancelled)
    query = query.where(shifts.c.begins_at >= begins, shifts.c.begins_at < ends)
    query = query.order_by(shifts.c.id).limit(MOST_SHIFTS + 1)
    rows = (await connection.execute(query.with_for_update(of=shifts) if lock else query)).all()
    if len(rows) > MOST_SHIFTS:
        raise FieldError("ends", f"more than {MOST_SHIFTS} shifts are not planned at once")
    return [Shift(**row._asdict()) for row in rows]


async def _activities(connection: AsyncConnection, wanted: Sequence[Shift]) -> Mapping[UUID, Activity]:
    query = select(activities).where(activities.c.id.in_({row.activity_id for row in wanted}))
    return {row.id: activity_of(row._asdict()) for row in await connection.execute(query)}


async def _assignments(connection: AsyncConnection, which: Sequence[UUID]) -> Sequence[AnyRow]:
    return (await connection.execute(select(assignments).where(assignments.c.shift_id.in_(which)))).all()


def _slots(
    wanted: Sequence[Shift], of: Mapping[UUID, Activity], current: Sequence[AnyRow], district: KnownDistrict
) -> tuple[Slot, ...]:
    places = {activity.area: place_of(district, activity.area) for activity in of.values()}
    placed = Counter((row.shift_id, row.role) for row in current if row.state in PLACED)
    return tuple(
        activity.slot(
            row.id,
            role,
            Span(
                row.begins_at.astimezone(zone_named(activity.zone)), row.ends_at.astimezone(zone_named(activity.zone))
            ),
            places[activity.area],
            max(role.headcount - placed[row.id, role.code], 0),
        )
        for row in wanted
        for activity in (of[row.activity_id],)
        for role in activity.roles
    )


async def _people(
    connection: AsyncConnection,
    span: Span,
    current: Sequence[AnyRow],
    wanted: Sequence[Shift],
    district: KnownDistrict,
    at: datetime,
) -> list[Person]:
    """Return who has consented; nobody is asked again for a shift that they declined, gave up or wait for."""
    consents = select(volunteers.c.id).where(volunteers.c.consented_at.is_not(None)).order_by(volunteers.c.id)
    which = (await connection.scalars(consents.limit(MOST_PEOPLE + 1))).all()
    if len(which) > MOST_PEOPLE:
        raise FieldError("area", f"more than {MOST_PEOPLE} volunteers are not planned at once")
    # What somebody comes to may go on when the last shift begins.
    people = await people_for(connection, which, Span(span.begins, span.ends + LONGEST), district, at=at)
    spans = {row.id: Span(row.begins_at, row.ends_at) for row in wanted}
    settled: dict[str, list[Span]] = defaultdict(list)
    for row in current:
        if row.state != AssignmentState.PROPOSED:
            settled[str(row.volunteer_id)].append(spans[row.shift_id])
    return [replace(one, busy=merged((*one.busy, *settled[one.id]))) if one.id in settled else one for one in people]
