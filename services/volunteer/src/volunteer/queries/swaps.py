"""Reading which places are handed on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.shifts import AssignmentState
from volunteer.queries.rows import AnyRow
from volunteer.tables import activities, assignments, shifts, swaps, volunteers


async def list_swaps(
    connection: AsyncConnection, subject: str, *, at: datetime, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of the places that somebody could take over: offered to them or to anyone, and not their own."""
    own = select(volunteers.c.id).where(volunteers.c.subject == subject).scalar_subquery()
    columns = (
        *(swaps.c.assignment_id, swaps.c.offered_at, assignments.c.shift_id, assignments.c.role),
        *(activities.c.title, activities.c.risk, shifts.c.area, shifts.c.begins_at, shifts.c.ends_at),
    )
    query = select(*columns).select_from(swaps.join(assignments).join(shifts).join(activities))
    query = query.where(assignments.c.state == AssignmentState.ACCEPTED, ~shifts.c.cancelled, shifts.c.begins_at > at)
    query = query.where(or_(swaps.c.to_volunteer_id.is_(None), swaps.c.to_volunteer_id == own))
    query = query.where(assignments.c.volunteer_id != own).order_by(swaps.c.assignment_id).limit(limit)
    if after is not None:
        query = query.where(swaps.c.assignment_id > after)
    return (await connection.execute(query)).all()
