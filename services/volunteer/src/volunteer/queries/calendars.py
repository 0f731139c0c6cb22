"""Reading shifts for calendars, and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.shifts import PLACED, AssignmentState
from volunteer.queries.rows import AnyRow, within
from volunteer.tables import activities, assignments, attendances, shifts

MOST = 1000
"""Shifts of a calendar; those that come before those that were, where there are more."""

COLUMNS = (
    *(shifts.c.id, shifts.c.area, shifts.c.begins_at, shifts.c.ends_at, shifts.c.cancelled, shifts.c.version),
    activities.c.title,
)


async def shifts_of(
    connection: AsyncConnection, volunteer_id: UUID, *, begins: datetime, ends: datetime
) -> Sequence[AnyRow]:
    """Return the shifts on which somebody has a place, or had one when they were called off."""
    query = select(*COLUMNS).select_from(assignments.join(shifts).join(activities)).distinct()
    has_place = assignments.c.state.in_(PLACED)
    called_off = shifts.c.cancelled & (assignments.c.state == AssignmentState.CANCELLED)
    query = query.where(assignments.c.volunteer_id == volunteer_id, has_place | called_off)
    query = query.where(shifts.c.begins_at >= begins, shifts.c.begins_at < ends)
    return (await connection.execute(query.order_by(shifts.c.begins_at.desc()).limit(MOST))).all()


async def shifts_in(connection: AsyncConnection, area: str, *, begins: datetime, ends: datetime) -> Sequence[AnyRow]:
    """Return the shifts of an area."""
    query = select(*COLUMNS).select_from(shifts.join(activities)).where(within(shifts.c.area, (area,)))
    query = query.where(shifts.c.begins_at >= begins, shifts.c.begins_at < ends)
    return (await connection.execute(query.order_by(shifts.c.begins_at.desc()).limit(MOST))).all()


async def held_by_kind(connection: AsyncConnection, area: str, *, begins: datetime, ends: datetime) -> Sequence[AnyRow]:
    """Return for each kind of activity how many shifts began in a span, how many came and how many attended."""
    came = select(assignments.c.shift_id, func.count().label("came")).group_by(assignments.c.shift_id)
    came_to = came.where(assignments.c.state == AssignmentState.ACCEPTED).subquery()
    query = select(
        activities.c.kind,
        func.count().label("held"),
        func.coalesce(func.sum(came_to.c.came), 0).label("came"),
        func.coalesce(func.sum(attendances.c.attended), 0).label("attended"),
    ).select_from(shifts.join(activities).outerjoin(attendances).outerjoin(came_to, came_to.c.shift_id == shifts.c.id))
    query = query.where(within(shifts.c.area, (area,)), ~shifts.c.cancelled)
    query = query.where(shifts.c.begins_at >= begins, shifts.c.begins_at < ends)
    return (await connection.execute(query.group_by(activities.c.kind).order_by(activities.c.kind))).all()
