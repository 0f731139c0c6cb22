"""Activities, shifts and assignments as they are loaded, saved and told of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import EventData
from volunteer.domain.faults import UnknownError
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.shift_events import Happened, placed
from volunteer.domain.shifts import PLACED, Activity, Assignment, AssignmentState, How, Role, Shift
from volunteer.tables import activities, assignments, shifts, volunteers
from volunteer.usecases.telling import Telling

ROLES = TypeAdapter(tuple[Role, ...])
REASONS = TypeAdapter(list[Reason])


async def load_activity(connection: AsyncConnection, activity_id: UUID) -> Activity:
    """Return an activity.

    Raises:
        UnknownError: there is none.
    """
    row = (await connection.execute(select(activities).where(activities.c.id == activity_id))).one_or_none()
    if row is None:
        raise UnknownError("activity")
    return activity_of(row._asdict())


def activity_of(row: Mapping[str, Any]) -> Activity:
    """Return the activity of a row."""
    told = {name: row[name] for name in Activity.__slots__}
    return Activity(**{**told, "roles": ROLES.validate_python(row["roles"])})


async def lock_shift(connection: AsyncConnection, shift_id: UUID) -> Shift:
    """Return a shift, locked.

    Raises:
        UnknownError: there is none.
    """
    return await read_shift(connection, shift_id, lock=True)


async def read_shift(connection: AsyncConnection, shift_id: UUID, *, lock: bool = False) -> Shift:
    """Return a shift.

    Raises:
        UnknownError: there is none.
    """
    query = every_shift().where(shifts.c.id == shift_id)
    query = query.with_for_update(of=shifts) if lock else query
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownError("shift")
    return Shift(**row._asdict())


def every_shift() -> Select[*tuple[Any, ...]]:
    """Return the query of shifts, of which each row is one."""
    return select(shifts, activities.c.title, activities.c.kind).join(activities)


async def load_assignment(connection: AsyncConnection, assignment_id: UUID) -> Assignment:
    """Return an assignment.

    Raises:
        UnknownError: there is none.
    """
    row = (await connection.execute(select(assignments).where(assignments.c.id == assignment_id))).one_or_none()
    if row is None:
        raise UnknownError("assignment")
    told = {name: getattr(row, name) for name in Assignment.__slots__}
    return Assignment(**{**told, "state": AssignmentState(row.state), "how": How(row.how)})


async def add_assignment(connection: AsyncConnection, made: Assignment, reasons: Sequence[Reason]) -> None:
    """Store a new assignment with the reasons for it, or the rules that it breaks."""
    row = asdict(made) | {"reasons": REASONS.dump_python(list(reasons), mode="json")}
    await connection.execute(insert(assignments).values(row))


async def save_assignment(connection: AsyncConnection, one: Assignment) -> Assignment:
    """Store an assignment that has changed."""
    changed = asdict(one)
    await connection.execute(update(assignments).where(assignments.c.id == changed.pop("id")).values(changed))
    return one


async def placed_in_role(connection: AsyncConnection, shift_id: UUID, role: str) -> int:
    """Return how many people have a place in a role of a shift."""
    there = (assignments.c.shift_id == shift_id) & (assignments.c.role == role) & assignments.c.state.in_(PLACED)
    return await connection.scalar(select(func.count()).where(there)) or 0


async def subjects_of(connection: AsyncConnection, which: Collection[UUID]) -> Mapping[UUID, str | None]:
    """Return the subjects of some volunteers."""
    query = select(volunteers.c.id, volunteers.c.subject).where(volunteers.c.id.in_(which))
    return {row.id: row.subject for row in await connection.execute(query)}


async def tell_of_shift(
    connection: AsyncConnection, shift: Shift, happened: Sequence[Happened], telling: Telling, *first: EventData
) -> None:
    """Record what happened to a locked shift, ``first``, and to places on it; who has an account is named, sealed."""
    subjects = await subjects_of(connection, {one.volunteer_id for one in happened})
    await record_of_shift(connection, shift, happened, subjects, telling, *first)


async def place(
    connection: AsyncConnection, shift: Shift, made: Assignment, reasons: Sequence[Reason], telling: Telling
) -> Assignment:
    """Store a new assignment of a locked shift, with the reasons for it or the rules that it breaks, and tell of it."""
    await add_assignment(connection, made, reasons)
    await tell_of_shift(connection, shift, [placed(made)], telling)
    return made


async def record_of_shift(
    connection: AsyncConnection,
    shift: Shift,
    happened: Sequence[Happened],
    subjects: Mapping[UUID, str | None],
    telling: Telling,
    *first: EventData,
) -> None:
    """Record the same where the subjects are known; somebody who is not among them is not named."""
    of_places = [one.event(shift, telling.seal(shift.id, subjects.get(one.volunteer_id))) for one in happened]
    grown = update(shifts).where(shifts.c.id == shift.id).values(version=shifts.c.version + len(first) + len(of_places))
    version = (await connection.execute(grown.returning(shifts.c.version))).scalar_one()
    await telling.record(connection, *first, *of_places, version=version)
