"""What can be done to places on shifts: join, wait, accept, give up, and decide by hand."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.contracts import AssignmentCancelled
from linli.district.known import KnownDistrict
from volunteer.domain import shift_events as events
from volunteer.domain import shifts as rules
from volunteer.domain.actor import Actor
from volunteer.domain.faults import NotAllowedError, RefusedError, UnknownError
from volunteer.domain.matching.eligibility import obstacles
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.matching.words import Span
from volunteer.domain.shift_events import Happened
from volunteer.domain.shifts import ACTIVE, PLACED, Activity, Assignment, AssignmentState, How, Role, Shift
from volunteer.tables import assignments, idempotency_keys, shifts, volunteers
from volunteer.usecases.matched_people import people_for, place_of
from volunteer.usecases.people import load
from volunteer.usecases.shift_store import (
    load_activity,
    load_assignment,
    lock_shift,
    place,
    placed_in_role,
    read_shift,
    record_of_shift,
    save_assignment,
    tell_of_shift,
)
from volunteer.usecases.telling import Telling
from volunteer.usecases.waiting import promote


async def join_shift(
    connection: AsyncConnection,
    shift_id: UUID,
    role_code: str,
    *,
    risk_noted: bool,
    assignment_id: UUID,
    actor: Actor,
    telling: Telling,
    district: KnownDistrict,
    key: IdempotencyKey | None,
) -> Assignment:
    """Take a place in a role, or wait for one; with an idempotency key that was seen before, return what was then got.

    Raises:
        UnknownError: there is no such shift, or the actor is no volunteer, or no more the one who got it.
        FieldError: the shift has no such role.
        RefusedError: it has begun or was called off, they have something to do with it already, they have not noted
            its risk, or a rule is against it, which is the slug of the refusal.
        ProblemError: the key came with another body before.
    """
    scope = f"join:{shift_id}:{actor.subject}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=assignment_id)
    if first != assignment_id:
        return await load_assignment(connection, first)
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    shift = await lock_shift(connection, shift_id)
    role = (await load_activity(connection, shift.activity_id)).role(role_code)
    shift.require_to_come(telling.at)
    await require_may_come(
        connection, shift, role.code, volunteer.id, risk_noted=risk_noted, district=district, at=telling.at
    )
    made = Assignment(
        id=assignment_id,
        shift_id=shift_id,
        role=role.code,
        volunteer_id=volunteer.id,
        state=rules.joined(role, await placed_in_role(connection, shift_id, role.code)),
        how=How.SELF,
        made_at=telling.at,
        made_by=actor.subject,
    )
    return await place(connection, shift, made, (), telling)


async def assign_by_hand(
    connection: AsyncConnection,
    shift_id: UUID,
    role_code: str,
    volunteer_id: UUID,
    reason: str,
    *,
    assignment_id: UUID,
    actor: Actor,
    telling: Telling,
    district: KnownDistrict,
    key: IdempotencyKey | None,
) -> Assignment:
    """Give somebody a place who agreed by word of mouth, also against the rules: which ones it breaks is recorded.

    What the plan had proposed to them is replaced. With an idempotency key that was seen before, nothing is: what was
    given then is returned.

    Raises:
        UnknownError, NotAllowedError: as the names say; without their consent nobody is given anything.
        FieldError: the shift has no such role.
        RefusedError: it has begun or was called off, all places are taken, or they have one.
        ProblemError: the key came with another body before.
    """
    scope = f"assignment:{shift_id}:{actor.subject}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=assignment_id)
    if first != assignment_id:
        actor.require_organiser((await read_shift(connection, shift_id)).area)
        return await load_assignment(connection, first)
    volunteer = await load(connection, volunteers.c.id == volunteer_id, lock=True)
    shift = await lock_shift(connection, shift_id)
    actor.require_organiser(shift.area)
    activity = await load_activity(connection, shift.activity_id)
    role = activity.role(role_code)
    shift.require_to_come(telling.at)
    if volunteer.consented_at is None:
        raise NotAllowedError("Nobody is assigned who has not consented to it.")
    if volunteer.subject == actor.subject:
        raise NotAllowedError("Nobody overrules the rules for themselves.")
    mine = (assignments.c.shift_id == shift_id) & (assignments.c.volunteer_id == volunteer_id)
    replaced = mine & assignments.c.state.in_({AssignmentState.PROPOSED, AssignmentState.WAITING})
    ended = {"state": AssignmentState.CANCELLED, "answered_at": telling.at}
    await connection.execute(update(assignments).where(replaced).values(ended))
    await _require_nothing_yet(connection, shift_id, volunteer_id)
    if await placed_in_role(connection, shift_id, role.code) >= role.headcount:
        raise RefusedError("shift-full", "All places are taken.")
    broken = await _obstacles(connection, shift, activity, role, volunteer_id, district, telling.at)
    made = Assignment(
        id=assignment_id,
        shift_id=shift_id,
        role=role.code,
        volunteer_id=volunteer_id,
        state=AssignmentState.ACCEPTED,
        how=How.OVERRIDE,
        made_at=telling.at,
        made_by=actor.subject,
        reason=reason,
    )
    return await place(connection, shift, made, broken, telling)


async def accept_assignment(
    connection: AsyncConnection, assignment_id: UUID, *, risk_noted: bool, actor: Actor, telling: Telling
) -> Assignment:
    """Accept what was proposed or offered.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    one, shift = await own_assignment(connection, assignment_id, actor)
    shift.require_to_come(telling.at)
    await _require_free(connection, volunteer.id, shift)
    activity = await load_activity(connection, shift.activity_id)
    if activity.risk is not None and not risk_noted:
        raise RefusedError("risk-not-noted", activity.risk)
    placed = await placed_in_role(connection, one.shift_id, one.role)
    accepted = rules.accept(one, activity.role(one.role), placed, at=telling.at)
    await tell_of_shift(connection, shift, [events.placed(accepted)], telling)
    return await save_assignment(connection, accepted)


async def give_up(connection: AsyncConnection, assignment_id: UUID, *, actor: Actor, telling: Telling) -> Assignment:
    """Decline what was proposed or offered, or give up a place; the next who waits is offered it.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    one, shift = await own_assignment(connection, assignment_id, actor)
    ended = rules.decline(one, at=telling.at, begins=shift.begins_at)
    await tell_of_shift(connection, shift, [events.given_up(ended)], telling)
    return await _end(connection, ended, one, shift, telling)


async def end_assignment(connection: AsyncConnection, assignment_id: UUID, *, telling: Telling) -> None:
    """End an assignment of somebody who leaves; the next who waits is offered its place.

    Raises:
        UnknownError: there is no such assignment.
    """
    shift_id = await connection.scalar(select(assignments.c.shift_id).where(assignments.c.id == assignment_id))
    if shift_id is None:
        raise UnknownError("assignment")
    shift = await lock_shift(connection, shift_id)
    one = await load_assignment(connection, assignment_id)
    ended = replace(one, state=AssignmentState.CANCELLED, answered_at=telling.at, offered_until=None)
    # Whoever has left is told nothing any more.
    await record_of_shift(connection, shift, [Happened.to(ended, AssignmentCancelled, why="left")], {}, telling)
    await _end(connection, ended, one, shift, telling)


async def why_not(
    connection: AsyncConnection,
    shift_id: UUID,
    role_code: str,
    volunteer_id: UUID,
    *,
    actor: Actor,
    at: datetime,
    district: KnownDistrict,
) -> tuple[Reason, ...]:
    """Return every rule that keeps somebody from a role of a shift; none where they may come.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        FieldError: the shift has no such role.
    """
    shift = await read_shift(connection, shift_id)
    actor.require_organiser(shift.area)
    await load(connection, volunteers.c.id == volunteer_id)
    activity = await load_activity(connection, shift.activity_id)
    return await _obstacles(connection, shift, activity, activity.role(role_code), volunteer_id, district, at)


async def require_may_come(
    connection: AsyncConnection,
    shift: Shift,
    role: str,
    volunteer_id: UUID,
    *,
    risk_noted: bool,
    district: KnownDistrict,
    at: datetime,
) -> None:
    """Refuse a volunteer who has to do with a locked shift already, has not noted its risk, or breaks a rule.

    Raises:
        RefusedError: they do; of a rule that is broken the slug is its name.
    """
    activity = await load_activity(connection, shift.activity_id)
    if activity.risk is not None and not risk_noted:
        raise RefusedError("risk-not-noted", activity.risk)
    await _require_nothing_yet(connection, shift.id, volunteer_id)
    broken = await _obstacles(connection, shift, activity, activity.role(role), volunteer_id, district, at)
    if broken:
        raise RefusedError(broken[0].code, "A rule is against it.")


async def _obstacles(
    connection: AsyncConnection,
    shift: Shift,
    activity: Activity,
    role: Role,
    volunteer_id: UUID,
    district: KnownDistrict,
    at: datetime,
) -> tuple[Reason, ...]:
    span = Span(shift.begins_at, shift.ends_at)
    [person] = await people_for(connection, [volunteer_id], span, district, at=at)
    place = place_of(district, activity.area)
    slot = activity.slot(shift.id, role, span, place, role.headcount)
    # Who joins by themselves has consented to just that.
    told = replace(person, consented=True)
    return tuple(Reason(code) for code in obstacles(told, slot, place))


async def _require_nothing_yet(connection: AsyncConnection, shift_id: UUID, volunteer_id: UUID) -> None:
    mine = (assignments.c.shift_id == shift_id) & (assignments.c.volunteer_id == volunteer_id)
    state = await connection.scalar(select(assignments.c.state).where(mine, assignments.c.state.in_(ACTIVE)))
    if state is not None:
        raise RefusedError(f"already-{state}", f"They are {state} on the shift already.")


async def _require_free(connection: AsyncConnection, volunteer_id: UUID, shift: Shift) -> None:
    """Refuse who has accepted something else at the time: two plans may have asked them for both."""
    mine = (assignments.c.volunteer_id == volunteer_id) & (assignments.c.state == AssignmentState.ACCEPTED)
    query = select(assignments.c.id).join(shifts).where(mine, shifts.c.id != shift.id)
    query = query.where(shifts.c.begins_at < shift.ends_at, shifts.c.ends_at > shift.begins_at)
    if await connection.scalar(query.limit(1)) is not None:
        raise RefusedError("overlaps-accepted", "They have accepted something else at that time.")


async def _end(
    connection: AsyncConnection, ended: Assignment, before: Assignment, shift: Shift, telling: Telling
) -> Assignment:
    await save_assignment(connection, ended)
    if before.state in PLACED:
        await promote(connection, shift, ended.role, telling)
    return ended


async def own_assignment(connection: AsyncConnection, assignment_id: UUID, actor: Actor) -> tuple[Assignment, Shift]:
    """Return the actor's own assignment and its shift, which is locked before the assignment is read.

    Raises:
        UnknownError, NotAllowedError: as the names say.
    """
    query = select(assignments.c.shift_id, volunteers.c.subject).join(volunteers)
    row = (await connection.execute(query.where(assignments.c.id == assignment_id))).one_or_none()
    if row is None:
        raise UnknownError("assignment")
    if row.subject is None or row.subject != actor.subject:
        raise NotAllowedError("It is somebody else's.")
    shift = await lock_shift(connection, row.shift_id)
    return await load_assignment(connection, assignment_id), shift
