"""What can be done to shifts: announce them, join, wait, accept, give up, and decide by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.district.known import KnownDistrict
from volunteer.domain import shifts as rules
from volunteer.domain.actor import Actor
from volunteer.domain.faults import NotAllowedError, RefusedError, UnknownError
from volunteer.domain.matching.eligibility import obstacles
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.matching.words import Span
from volunteer.domain.recurrence import occurrences
from volunteer.domain.shifts import ACTIVE, PLACED, Activity, Assignment, AssignmentState, How, Role
from volunteer.tables import activities, assignments, idempotency_keys, shifts, volunteers
from volunteer.usecases.matched_people import people_for, place_of
from volunteer.usecases.people import load

BATCH = 100
"""So many offers lapse in one transaction."""

ROLES = TypeAdapter(tuple[Role, ...])
REASONS = TypeAdapter(list[Reason])


async def announce(
    connection: AsyncConnection,
    activity: Activity,
    *,
    new_id: Callable[[], UUID],
    actor: Actor,
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
        }
        for span in spans
    ]
    await connection.execute(insert(shifts), rows)
    return activity


async def cancel_shift(connection: AsyncConnection, shift_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Call a shift off: whoever was to come is free, and no worse for it.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError: it has begun.
    """
    shift = await lock_shift(connection, shift_id)
    actor.require_organiser(shift["area"])
    if at >= shift["begins_at"]:
        raise RefusedError("shift-begun", "The shift has begun.")
    await connection.execute(update(shifts).where(shifts.c.id == shift_id).values(cancelled=True))
    active = (assignments.c.shift_id == shift_id) & assignments.c.state.in_(ACTIVE)
    ended = {"state": AssignmentState.CANCELLED, "answered_at": at, "offered_until": None}
    await connection.execute(update(assignments).where(active).values(ended))


async def join_shift(
    connection: AsyncConnection,
    shift_id: UUID,
    role_code: str,
    *,
    risk_noted: bool,
    assignment_id: UUID,
    actor: Actor,
    at: datetime,
    district: KnownDistrict,
) -> Assignment:
    """Take a place in a role, or wait for one.

    Raises:
        UnknownError: there is no such shift, or the actor is no volunteer.
        FieldError: the shift has no such role.
        RefusedError: it has begun or was called off, they have something to do with it already, they have not noted
            its risk, or a rule is against it, which is the slug of the refusal.
    """
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    shift = await lock_shift(connection, shift_id)
    activity = await load_activity(connection, shift["activity_id"])
    role = activity.role(role_code)
    _require_to_come(shift, at)
    if activity.risk is not None and not risk_noted:
        raise RefusedError("risk-not-noted", activity.risk)
    await _require_nothing_yet(connection, shift_id, volunteer.id)
    broken = await _obstacles(connection, shift, activity, role, volunteer.id, district, at)
    if broken:
        raise RefusedError(broken[0].code, "A rule is against it.")
    made = Assignment(
        id=assignment_id,
        shift_id=shift_id,
        role=role.code,
        volunteer_id=volunteer.id,
        state=rules.joined(role, await _placed(connection, shift_id, role.code)),
        how=How.SELF,
        made_at=at,
        made_by=actor.subject,
    )
    await _add(connection, made, ())
    return made


async def assign_by_hand(
    connection: AsyncConnection,
    shift_id: UUID,
    role_code: str,
    volunteer_id: UUID,
    reason: str,
    *,
    assignment_id: UUID,
    actor: Actor,
    at: datetime,
    district: KnownDistrict,
) -> Assignment:
    """Give somebody a place who agreed by word of mouth, also against the rules: which ones it breaks is recorded.

    What the plan had proposed to them is replaced.

    Raises:
        UnknownError, NotAllowedError: as the names say; without their consent nobody is given anything.
        FieldError: the shift has no such role.
        RefusedError: it has begun or was called off, all places are taken, or they have one.
    """
    volunteer = await load(connection, volunteers.c.id == volunteer_id, lock=True)
    shift = await lock_shift(connection, shift_id)
    actor.require_organiser(shift["area"])
    activity = await load_activity(connection, shift["activity_id"])
    role = activity.role(role_code)
    _require_to_come(shift, at)
    if volunteer.consented_at is None:
        raise NotAllowedError("Nobody is assigned who has not consented to it.")
    if volunteer.subject == actor.subject:
        raise NotAllowedError("Nobody overrules the rules for themselves.")
    mine = (assignments.c.shift_id == shift_id) & (assignments.c.volunteer_id == volunteer_id)
    replaced = mine & assignments.c.state.in_({AssignmentState.PROPOSED, AssignmentState.WAITING})
    ended = {"state": AssignmentState.CANCELLED, "answered_at": at}
    await connection.execute(update(assignments).where(replaced).values(ended))
    await _require_nothing_yet(connection, shift_id, volunteer_id)
    if await _placed(connection, shift_id, role.code) >= role.headcount:
        raise RefusedError("shift-full", "All places are taken.")
    broken = await _obstacles(connection, shift, activity, role, volunteer_id, district, at)
    made = Assignment(
        id=assignment_id,
        shift_id=shift_id,
        role=role.code,
        volunteer_id=volunteer_id,
        state=AssignmentState.ACCEPTED,
        how=How.OVERRIDE,
        made_at=at,
        made_by=actor.subject,
        reason=reason,
    )
    await _add(connection, made, broken)
    return made


async def accept_assignment(
    connection: AsyncConnection, assignment_id: UUID, *, risk_noted: bool, actor: Actor, at: datetime
) -> Assignment:
    """Accept what was proposed or offered.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    one, shift = await _own(connection, assignment_id, actor)
    _require_to_come(shift, at)
    await _require_free(connection, volunteer.id, shift)
    activity = await load_activity(connection, shift["activity_id"])
    if activity.risk is not None and not risk_noted:
        raise RefusedError("risk-not-noted", activity.risk)
    placed = await _placed(connection, one.shift_id, one.role)
    return await _save(connection, rules.accept(one, activity.role(one.role), placed, at=at))


async def give_up(connection: AsyncConnection, assignment_id: UUID, *, actor: Actor, at: datetime) -> Assignment:
    """Decline what was proposed or offered, or give up a place; the next who waits is offered it.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    one, shift = await _own(connection, assignment_id, actor)
    return await _end(connection, rules.decline(one, at=at, begins=shift["begins_at"]), one, shift["begins_at"], at)


async def end_assignment(connection: AsyncConnection, assignment_id: UUID, *, at: datetime) -> None:
    """End an assignment, whoever wants it; the next who waits is offered its place.

    Raises:
        UnknownError: there is no such assignment.
    """
    shift_id = await connection.scalar(select(assignments.c.shift_id).where(assignments.c.id == assignment_id))
    if shift_id is None:
        raise UnknownError("assignment")
    shift = await lock_shift(connection, shift_id)
    one = await _assignment(connection, assignment_id)
    ended = replace(one, state=AssignmentState.CANCELLED, answered_at=at, offered_until=None)
    await _end(connection, ended, one, shift["begins_at"], at)


async def let_offers_pass(connection: AsyncConnection, *, at: datetime) -> int:
    """Let offers lapse that nobody confirmed, and offer their places to who waits; return how many lapsed."""
    over = select(assignments.c.id, assignments.c.shift_id).where(
        assignments.c.state == AssignmentState.OFFERED, assignments.c.offered_until <= at
    )
    lapsed = 0
    for row in (await connection.execute(over.order_by(assignments.c.shift_id).limit(BATCH))).all():
        shift = await lock_shift(connection, row.shift_id)
        one = await _assignment(connection, row.id)
        if one.state is AssignmentState.OFFERED:
            await _save(connection, rules.lapse(one, at=at))
            await _promote(connection, one.shift_id, one.role, at, shift["begins_at"])
            lapsed += 1
    return lapsed


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


async def lock_shift(connection: AsyncConnection, shift_id: UUID) -> Mapping[str, Any]:
    """Return a shift, locked.

    Raises:
        UnknownError: there is none.
    """
    return await read_shift(connection, shift_id, lock=True)


async def read_shift(connection: AsyncConnection, shift_id: UUID, *, lock: bool = False) -> Mapping[str, Any]:
    """Return a shift.

    Raises:
        UnknownError: there is none.
    """
    query = select(shifts).where(shifts.c.id == shift_id)
    query = query.with_for_update() if lock else query
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise UnknownError("shift")
    return dict(row)


async def _obstacles(
    connection: AsyncConnection,
    shift: Mapping[str, Any],
    activity: Activity,
    role: Role,
    volunteer_id: UUID,
    district: KnownDistrict,
    at: datetime,
) -> tuple[Reason, ...]:
    span = Span(shift["begins_at"], shift["ends_at"])
    [person] = await people_for(connection, [volunteer_id], span, district, at=at)
    place = place_of(district, activity.area)
    slot = activity.slot(shift["id"], role, span, place, role.headcount)
    # Who joins by themselves has consented to just that.
    told = replace(person, consented=True)
    return tuple(Reason(code) for code in obstacles(told, slot, place))


def _require_to_come(shift: Mapping[str, Any], at: datetime) -> None:
    if shift["cancelled"]:
        raise RefusedError("shift-cancelled", "The shift was called off.")
    if at >= shift["begins_at"]:
        raise RefusedError("shift-begun", "The shift has begun.")


async def _require_nothing_yet(connection: AsyncConnection, shift_id: UUID, volunteer_id: UUID) -> None:
    mine = (assignments.c.shift_id == shift_id) & (assignments.c.volunteer_id == volunteer_id)
    state = await connection.scalar(select(assignments.c.state).where(mine, assignments.c.state.in_(ACTIVE)))
    if state is not None:
        raise RefusedError(f"already-{state}", f"They are {state} on the shift already.")


async def _require_free(connection: AsyncConnection, volunteer_id: UUID, shift: Mapping[str, Any]) -> None:
    """Refuse who has accepted something else at the time: two plans may have asked them for both."""
    mine = (assignments.c.volunteer_id == volunteer_id) & (assignments.c.state == AssignmentState.ACCEPTED)
    query = select(assignments.c.id).join(shifts).where(mine, shifts.c.id != shift["id"])
    query = query.where(shifts.c.begins_at < shift["ends_at"], shifts.c.ends_at > shift["begins_at"])
    if await connection.scalar(query.limit(1)) is not None:
        raise RefusedError("overlaps-accepted", "They have accepted something else at that time.")


async def _placed(connection: AsyncConnection, shift_id: UUID, role: str) -> int:
    placed = (assignments.c.shift_id == shift_id) & (assignments.c.role == role) & assignments.c.state.in_(PLACED)
    return await connection.scalar(select(func.count()).where(placed)) or 0


async def _end(
    connection: AsyncConnection, ended: Assignment, before: Assignment, begins: datetime, at: datetime
) -> Assignment:
    await _save(connection, ended)
    if before.state in PLACED:
        await _promote(connection, ended.shift_id, ended.role, at, begins)
    return ended


async def _promote(connection: AsyncConnection, shift_id: UUID, role: str, at: datetime, begins: datetime) -> None:
    """Offer a place to who has waited longest; once the shift has begun to nobody."""
    if at >= begins:
        return
    waits = (assignments.c.shift_id == shift_id) & (assignments.c.role == role)
    query = select(assignments.c.id).where(waits, assignments.c.state == AssignmentState.WAITING)
    first = await connection.scalar(query.order_by(assignments.c.id).limit(1))
    if first is not None:
        await _save(connection, rules.offer(await _assignment(connection, first), at=at, begins=begins))


async def _own(connection: AsyncConnection, assignment_id: UUID, actor: Actor) -> tuple[Assignment, Mapping[str, Any]]:
    """Return somebody's own assignment and its shift, which is locked before the assignment is read."""
    query = select(assignments.c.shift_id, volunteers.c.subject).join(volunteers)
    row = (await connection.execute(query.where(assignments.c.id == assignment_id))).one_or_none()
    if row is None:
        raise UnknownError("assignment")
    if row.subject is None or row.subject != actor.subject:
        raise NotAllowedError("It is somebody else's.")
    shift = await lock_shift(connection, row.shift_id)
    return await _assignment(connection, assignment_id), shift


async def _assignment(connection: AsyncConnection, assignment_id: UUID) -> Assignment:
    row = (await connection.execute(select(assignments).where(assignments.c.id == assignment_id))).one()
    told = {name: getattr(row, name) for name in Assignment.__slots__}
    return Assignment(**{**told, "state": AssignmentState(row.state), "how": How(row.how)})


async def _add(connection: AsyncConnection, made: Assignment, reasons: Sequence[Reason]) -> None:
    row = asdict(made) | {"reasons": REASONS.dump_python(list(reasons), mode="json")}
    await connection.execute(insert(assignments).values(row))


async def _save(connection: AsyncConnection, one: Assignment) -> Assignment:
    changed = asdict(one)
    await connection.execute(update(assignments).where(assignments.c.id == changed.pop("id")).values(changed))
    return one
