"""What happens when a volunteer leaves."""

from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.actor import Actor
from volunteer.domain.duty import NominationState
from volunteer.domain.shifts import ACTIVE
from volunteer.domain.wishes import HELD
from volunteer.tables import assignments, nominations, slips, volunteers, wish_claims
from volunteer.usecases.assignments import end_assignment
from volunteer.usecases.duty import free_post
from volunteer.usecases.membership_store import tell_of_leaver
from volunteer.usecases.people import load_own
from volunteer.usecases.telling import Telling
from volunteer.usecases.wish_claims import end_claim


async def leave(connection: AsyncConnection, volunteer_id: UUID, *, actor: Actor, telling: Telling) -> None:
    """Forget a volunteer, and with them all that is known of them; what they had taken is free for others at once.

    Services that were accepted stay in the returns of their quarters, without the name.

    Raises:
        UnknownError, NotAllowedError: as the names say.
    """
    await load_own(connection, volunteer_id, actor, None)
    taken = (
        select(nominations.c.id)
        .join(slips)
        .where(slips.c.volunteer_id == volunteer_id, nominations.c.state == NominationState.TAKEN)
    )
    for nomination_id in (await connection.scalars(taken.order_by(nominations.c.post_id))).all():
        await free_post(connection, nomination_id, telling=telling)
    held = select(wish_claims.c.id).where(wish_claims.c.volunteer_id == volunteer_id, wish_claims.c.state.in_(HELD))
    for claim_id in (await connection.scalars(held.order_by(wish_claims.c.wish_id))).all():
        await end_claim(connection, claim_id, telling=telling)
    active = select(assignments.c.id).where(assignments.c.volunteer_id == volunteer_id, assignments.c.state.in_(ACTIVE))
    for assignment_id in (await connection.scalars(active.order_by(assignments.c.shift_id))).all():
        await end_assignment(connection, assignment_id, telling=telling)
    await tell_of_leaver(connection, volunteer_id, telling=telling)
    await _part_with_slips(connection, volunteer_id)
    await connection.execute(delete(volunteers).where(volunteers.c.id == volunteer_id))


async def _part_with_slips(connection: AsyncConnection, volunteer_id: UUID) -> None:
    accepted = nominations.c.state == NominationState.ACCEPTED
    theirs = slips.c.volunteer_id == volunteer_id
    done = select(nominations.c.slip_id).where(accepted)
    await connection.execute(delete(slips).where(theirs, slips.c.id.not_in(done)))
    kept = nominations.c.slip_id.in_(select(slips.c.id).where(theirs))
    await connection.execute(delete(nominations).where(kept, ~accepted))
    # A remark may name them.
    await connection.execute(update(nominations).where(kept).values(remark=None))
