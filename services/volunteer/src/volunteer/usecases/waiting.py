"""Wait lists of shifts: who has waited longest is offered a place that is free, and confirms it in time."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import AssignmentLapsed
from volunteer.domain import shift_events as events
from volunteer.domain import shifts as rules
from volunteer.domain.shift_events import Happened
from volunteer.domain.shifts import AssignmentState, Shift
from volunteer.tables import assignments
from volunteer.usecases.shift_store import load_assignment, lock_shift, save_assignment, tell_of_shift
from volunteer.usecases.telling import Telling

BATCH = 100
"""So many offers lapse in one transaction."""


async def let_offers_pass(connection: AsyncConnection, *, telling: Telling) -> int:
    """Let offers lapse that nobody confirmed, and offer their places to who waits; return how many lapsed."""
    over = select(assignments.c.id, assignments.c.shift_id).where(
        assignments.c.state == AssignmentState.OFFERED, assignments.c.offered_until <= telling.at
    )
    lapsed = 0
    for row in (await connection.execute(over.order_by(assignments.c.shift_id).limit(BATCH))).all():
        shift = await lock_shift(connection, row.shift_id)
        one = await load_assignment(connection, row.id)
        if one.state is AssignmentState.OFFERED:
            one = await save_assignment(connection, rules.lapse(one, at=telling.at))
            await tell_of_shift(connection, shift, [Happened.to(one, AssignmentLapsed)], telling)
            await promote(connection, shift, one.role, telling)
            lapsed += 1
    return lapsed


async def promote(connection: AsyncConnection, shift: Shift, role: str, telling: Telling) -> None:
    """Offer a place of a locked shift to who has waited longest; once the shift has begun to nobody."""
    if telling.at >= shift.begins_at:
        return
    waits = (assignments.c.shift_id == shift.id) & (assignments.c.role == role)
    query = select(assignments.c.id).where(waits, assignments.c.state == AssignmentState.WAITING)
    first = await connection.scalar(query.order_by(assignments.c.id).limit(1))
    if first is not None:
        one = rules.offer(await load_assignment(connection, first), at=telling.at, begins=shift.begins_at)
        await save_assignment(connection, one)
        await tell_of_shift(connection, shift, [events.offered(one)], telling)
