"""What can be done to hand a place on a shift on to somebody else."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.contracts import AssignmentAccepted, AssignmentCancelled, AssignmentSwapOffered
from linli.district.known import KnownDistrict
from volunteer.domain import shifts as rules
from volunteer.domain.actor import Actor
from volunteer.domain.faults import FieldError, NotAllowedError, RefusedError, UnknownError
from volunteer.domain.shift_events import Happened
from volunteer.domain.shifts import Assignment, AssignmentState, Shift
from volunteer.tables import assignments, idempotency_keys, swaps, volunteers
from volunteer.usecases.assignments import own_assignment, require_may_come
from volunteer.usecases.people import load
from volunteer.usecases.shift_store import (
    add_assignment,
    load_assignment,
    lock_shift,
    save_assignment,
    tell_of_shift,
)
from volunteer.usecases.telling import Telling


async def offer_swap(
    connection: AsyncConnection, assignment_id: UUID, to: str | None, *, actor: Actor, telling: Telling
) -> None:
    """Let somebody with a volunteer number, or anyone, take one's place; said again, it is as it was said last.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError: it is no place, somebody waits for one, or the shift has begun or was called off.
        FieldError: nobody else has that number.
    """
    one, shift = await own_assignment(connection, assignment_id, actor)
    shift.require_to_come(telling.at)
    rules.may_hand_on(one, await _waiting(connection, one))
    other = None if to is None else await connection.scalar(select(volunteers.c.id).where(volunteers.c.number == to))
    if to is not None and other in (None, one.volunteer_id):
        raise FieldError("to", "nobody else has this number")
    told = {"to_volunteer_id": other, "offered_at": telling.at}
    offered = upsert(swaps).values(assignment_id=one.id, **told)
    await connection.execute(offered.on_conflict_do_update(index_elements=[swaps.c.assignment_id], set_=told))
    if other is not None:
        happened = Happened(AssignmentSwapOffered, one.id, one.role, other)
        await tell_of_shift(connection, shift, [happened], telling)


async def withdraw_swap(connection: AsyncConnection, assignment_id: UUID, *, actor: Actor) -> None:
    """Keep one's place after all.

    Raises:
        UnknownError, NotAllowedError: as the names say.
    """
    await own_assignment(connection, assignment_id, actor)
    gone = delete(swaps).where(swaps.c.assignment_id == assignment_id)
    if (await connection.execute(gone)).rowcount == 0:
        raise UnknownError("swap")


async def take_swap(
    connection: AsyncConnection,
    assignment_id: UUID,
    *,
    risk_noted: bool,
    new_assignment: UUID,
    actor: Actor,
    telling: Telling,
    district: KnownDistrict,
    key: IdempotencyKey | None,
) -> Assignment:
    """Take the place that somebody else would hand on; of many who try at once one gets it.

    With an idempotency key that was seen before, return what was then taken.

    Raises:
        UnknownError: there is no such swap, or the actor is no volunteer.
        NotAllowedError: it was offered to somebody else, or is their own.
        RefusedError: it is a place no more, somebody waits for one, or a rule is against it.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"take:{assignment_id}:{actor.subject}", resource_id=new_assignment
    )
    if first != new_assignment:
        return await load_assignment(connection, first)
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    one, shift = await _offered(connection, assignment_id, volunteer.id)
    shift.require_to_come(telling.at)
    rules.may_hand_on(one, await _waiting(connection, one))
    await require_may_come(
        connection, shift, one.role, volunteer.id, risk_noted=risk_noted, district=district, at=telling.at
    )
    given, taken = rules.hand_on(one, to=volunteer.id, assignment_id=new_assignment, by=actor.subject, at=telling.at)
    await connection.execute(delete(swaps).where(swaps.c.assignment_id == one.id))
    await save_assignment(connection, given)
    await add_assignment(connection, taken, ())
    happened = [Happened.to(given, AssignmentCancelled, why="swapped"), Happened.to(taken, AssignmentAccepted)]
    await tell_of_shift(connection, shift, happened, telling)
    return taken


async def _offered(connection: AsyncConnection, assignment_id: UUID, volunteer_id: UUID) -> tuple[Assignment, Shift]:
    query = select(assignments.c.shift_id).join(swaps).where(swaps.c.assignment_id == assignment_id)
    shift_id = await connection.scalar(query)
    if shift_id is None:
        raise UnknownError("swap")
    shift = await lock_shift(connection, shift_id)
    # Looked at again under the lock: somebody else may have taken it.
    swap = (await connection.execute(select(swaps).where(swaps.c.assignment_id == assignment_id))).one_or_none()
    one = await load_assignment(connection, assignment_id)
    if swap is None or one.state is not AssignmentState.ACCEPTED:
        raise RefusedError("swap-gone", "The place is handed on no more.")
    if one.volunteer_id == volunteer_id or swap.to_volunteer_id not in (None, volunteer_id):
        raise NotAllowedError("Whom it was offered to may.")
    return one, shift


async def _waiting(connection: AsyncConnection, one: Assignment) -> int:
    waits = (assignments.c.shift_id == one.shift_id) & (assignments.c.role == one.role)
    waits &= assignments.c.state == AssignmentState.WAITING
    return await connection.scalar(select(func.count()).where(waits)) or 0
