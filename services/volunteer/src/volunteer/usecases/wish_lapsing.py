"""Time that passes over wishes: claims that were not kept lapse, and wishes that nobody took expire."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain import wish_events as events
from volunteer.domain import wishes as rules
from volunteer.domain.wishes import HELD, WishState
from volunteer.tables import wish_claims, wishes
from volunteer.usecases.telling import Telling
from volunteer.usecases.wish_store import load_both, save_both, save_wish, sealing, wish_of

BATCH = 100
"""So many claims lapse, and so many wishes expire, in one transaction."""


async def let_wishes_pass(connection: AsyncConnection, *, telling: Telling) -> int:
    """Let claims lapse and wishes expire whose time has passed; return how many, at most two batches."""
    return await _lapse_claims(connection, telling) + await _expire_wishes(connection, telling)


async def _lapse_claims(connection: AsyncConnection, telling: Telling) -> int:
    due = select(wish_claims.c.id).where(wish_claims.c.state.in_(HELD), wish_claims.c.due_at <= telling.at)
    due = due.order_by(wish_claims.c.due_at, wish_claims.c.id).limit(BATCH)
    lapsed = 0
    for claim_id in (await connection.scalars(due)).all():
        wish, held, subject = await load_both(connection, claim_id)
        if held.state in HELD:
            wish, held = rules.lapse(wish, held, at=telling.at)
            happened = events.given_back(wish, held, subject, sealing(wish, telling), why="time")
            await save_both(connection, wish, held, telling, *happened)
            lapsed += 1
    return lapsed


async def _expire_wishes(connection: AsyncConnection, telling: Telling) -> int:
    over = select(wishes).where(wishes.c.state == WishState.PUBLISHED, wishes.c.until <= telling.at)
    over = over.where(wishes.c.taken == wishes.c.fulfilled).limit(BATCH).with_for_update(skip_locked=True)
    expired = [rules.expire(wish_of(row._asdict())) for row in (await connection.execute(over)).all()]
    for wish in expired:
        await save_wish(connection, wish, telling, events.expired(wish, sealing(wish, telling)))
    return len(expired)
