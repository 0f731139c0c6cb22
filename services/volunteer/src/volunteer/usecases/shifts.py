"""What can be done to activities and their shifts: announce them, call one off, remind who comes, count who came."""

from collections.abc import Callable, Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.contracts import AssignmentCancelled, AssignmentReminded
from volunteer.domain import shift_events as events
from volunteer.domain.actor import Actor
from volunteer.domain.faults import RefusedError
from volunteer.domain.recurrence import occurrences
from volunteer.domain.shift_events import Happened
from volunteer.domain.shifts import ACTIVE, REMINDED_HOURS, Activity, AssignmentState, Shift
from volunteer.queries.rows import AnyRow
from volunteer.tables import activities, assignments, attendances, idempotency_keys, shifts
from volunteer.usecases.shift_store import ROLES, every_shift, load_activity, lock_shift, tell_of_shift
from volunteer.usecases.telling import Telling

BATCH = 100
"""Of so many shifts people are reminded in one transaction."""


async def announce(
    connection: AsyncConnection,
    activity: Activity,
    *,
    new_id: Callable[[], UUID],
    actor: Actor,
    telling: Telling,
    key: IdempotencyKey | None,
) -> Activity:
    """Announce an activity with its shifts of a year.

    Raises:
        NotAllowedError: the actor does not organise in the area.
        FieldError: the rule of its recurrence is none.
        ProblemError: the key came with another body before.
    """
    actor.require_organiser(activity.area)
    spans = occurrences(activity.starts, activity.minutes, activity.rule, activity.zone)
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"activity:{actor.subject}", resource_id=activity.id
    )
    if first != activity.id:
        return await load_activity(connection, first)
    columns = {name: getattr(activity, name) for name in Activity.__slots__}
    await connection.execute(
        insert(activities).values(**columns | {"roles": ROLES.dump_python(activity.roles, mode="json")})
    )
    rows = [
        {
            "id": new_id(),
            "activity_id": activity.id,
            "area": activity.area,
            "begins_at": span.begins,
            "ends_at": span.ends,
            "cancelled": False,
            "version": 0,
        }
        for span in spans
    ]
    await connection.execute(insert(shifts), rows)
    happened = events.announced(activity, spans[0].begins, len(spans))
    await telling.record(connection, happened, version=activity.version)
    return activity


async def cancel_shift(connection: AsyncConnection, shift_id: UUID, *, actor: Actor, telling: Telling) -> None:
    """Call a shift off: whoever was to come is free, and no worse for it; a second time nothing changes.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError: it has begun.
    """
    shift = await lock_shift(connection, shift_id)
    actor.require_organiser(shift.area)
    if telling.at >= shift.begins_at:
        raise RefusedError("shift-begun", "The shift has begun.")
    if shift.cancelled:
        return
    await connection.execute(update(shifts).where(shifts.c.id == shift_id).values(cancelled=True))
    active = (assignments.c.shift_id == shift_id) & assignments.c.state.in_(ACTIVE)
    ended = {"state": AssignmentState.CANCELLED, "answered_at": telling.at, "offered_until": None}
    changed = update(assignments).where(active).values(ended).returning(*_PLACES)
    freed = [_happened(AssignmentCancelled, row, why="shift-cancelled") for row in await connection.execute(changed)]
    await tell_of_shift(connection, shift, freed, telling, events.called_off(shift))


async def remind(connection: AsyncConnection, *, telling: Telling) -> int:
    """Remind those who come to the shifts that begin soon; return of how many shifts."""
    soon = every_shift().where(~shifts.c.cancelled, shifts.c.reminded_at.is_(None), shifts.c.begins_at > telling.at)
    soon = soon.where(shifts.c.begins_at <= telling.at + timedelta(hours=REMINDED_HOURS))
    soon = soon.order_by(shifts.c.begins_at).limit(BATCH).with_for_update(skip_locked=True, of=shifts)
    near = [Shift(**row._asdict()) for row in (await connection.execute(soon)).all()]
    headcounts = await _headcounts(connection, {shift.activity_id for shift in near})
    for shift in near:
        await connection.execute(update(shifts).where(shifts.c.id == shift.id).values(reminded_at=telling.at))
        come = (assignments.c.shift_id == shift.id) & (assignments.c.state == AssignmentState.ACCEPTED)
        rows = (await connection.execute(select(*_PLACES).where(come).order_by(assignments.c.id))).all()
        missing = headcounts[shift.activity_id] - len(rows)
        at_risk = [events.at_risk(shift, missing)] if missing > 0 else []
        if rows or at_risk:
            happened = [_happened(AssignmentReminded, row) for row in rows]
            await tell_of_shift(connection, shift, happened, telling, *at_risk)
    return len(near)


async def record_attendance(
    connection: AsyncConnection, shift_id: UUID, attended: int, note: str, *, actor: Actor, telling: Telling
) -> None:
    """Record how many attended besides those on its places; counted again, the last count stands.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError: it has not begun, or was called off.
    """
    shift = await lock_shift(connection, shift_id)
    actor.require_organiser(shift.area)
    if shift.cancelled:
        raise RefusedError("shift-cancelled", "The shift was called off.")
    if telling.at < shift.begins_at:
        raise RefusedError("shift-not-begun", "The shift has not begun.")
    told = {"attended": attended, "note": note, "recorded_by": actor.subject, "recorded_at": telling.at}
    counted = upsert(attendances).values(shift_id=shift_id, **told)
    await connection.execute(counted.on_conflict_do_update(index_elements=[attendances.c.shift_id], set_=told))
    come = (assignments.c.shift_id == shift.id) & (assignments.c.state == AssignmentState.ACCEPTED)
    came = await connection.scalar(select(func.count()).where(come)) or 0
    await tell_of_shift(connection, shift, (), telling, events.held(shift, attended, came))


async def _headcounts(connection: AsyncConnection, which: Collection[UUID]) -> dict[UUID, int]:
    query = select(activities.c.id, activities.c.roles).where(activities.c.id.in_(which))
    rows = (await connection.execute(query)).all()
    return {row.id: sum(role.headcount for role in ROLES.validate_python(row.roles)) for row in rows}


_PLACES = (assignments.c.id, assignments.c.role, assignments.c.volunteer_id)


def _happened(kind: type[AssignmentCancelled | AssignmentReminded], row: AnyRow, **told: str) -> Happened:
    return Happened(kind, row.id, row.role, row.volunteer_id, told)
