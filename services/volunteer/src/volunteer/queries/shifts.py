"""Reading activities, shifts and who comes to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.shifts import PLACED
from volunteer.queries.rows import AnyRow, within
from volunteer.tables import activities, assignments, attendances, shifts, volunteers


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFilter:
    """Which shifts a list shows: those that begin between two moments, of an area, of an activity."""

    begins: datetime
    ends: datetime
    area: str | None = None
    activity_id: UUID | None = None


async def list_shifts(
    connection: AsyncConnection, wanted: ShiftFilter, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of shifts with what their activities are, the earliest first."""
    activity = [activities.c[name] for name in ("title", "kind", "details", "roles", "risk", "training", "insured")]
    query = (
        select(shifts, *activity, attendances.c.attended)
        .join(activities)
        .outerjoin(attendances)
        .order_by(shifts.c.begins_at, shifts.c.id)
        .limit(limit)
    )
    query = query.where(shifts.c.begins_at >= wanted.begins, shifts.c.begins_at < wanted.ends)
    if wanted.area is not None:
        query = query.where(within(shifts.c.area, (wanted.area,)))
    if wanted.activity_id is not None:
        query = query.where(shifts.c.activity_id == wanted.activity_id)
    if after is not None:
        query = query.where(tuple_(shifts.c.begins_at, shifts.c.id) > after)
    return (await connection.execute(query)).all()


async def placed_in(connection: AsyncConnection, which: Sequence[UUID]) -> Mapping[tuple[UUID, str], int]:
    """Return how many people have a place in each role of some shifts."""
    query = select(assignments.c.shift_id, assignments.c.role, func.count()).group_by(
        assignments.c.shift_id, assignments.c.role
    )
    query = query.where(assignments.c.shift_id.in_(which), assignments.c.state.in_(PLACED))
    return {(row[0], row[1]): row[2] for row in await connection.execute(query)}


async def list_assignments(
    connection: AsyncConnection, which: ColumnElement[bool], *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of assignments with whose they are and when the shift is, earliest first."""
    columns = (volunteers.c.name, volunteers.c.number, shifts.c.begins_at, shifts.c.ends_at, activities.c.title)
    query = select(assignments, *columns).select_from(assignments.join(volunteers).join(shifts).join(activities))
    query = query.where(which).order_by(assignments.c.id).limit(limit)
    if after is not None:
        query = query.where(assignments.c.id > after)
    return (await connection.execute(query)).all()
