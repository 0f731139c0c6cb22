"""Wishes and claims as they are loaded, saved and told of."""

from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import EventData
from volunteer.domain.faults import UnknownError
from volunteer.domain.wish_events import Seal
from volunteer.domain.wishes import ClaimState, Wish, WishClaim, WishState
from volunteer.tables import volunteers, wish_claims, wishes
from volunteer.usecases.telling import Telling


async def load_wish(connection: AsyncConnection, wish_id: UUID, *, lock: bool = False) -> Wish:
    """Return a wish.

    Raises:
        UnknownError: there is none.
    """
    query = select(wishes).where(wishes.c.id == wish_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise UnknownError("wish")
    return wish_of(row._asdict())


async def load_claim(connection: AsyncConnection, claim_id: UUID) -> WishClaim:
    """Return a claim that is there."""
    row = (await connection.execute(select(wish_claims).where(wish_claims.c.id == claim_id))).one()
    return WishClaim(**{**row._asdict(), "state": ClaimState(row.state)})


async def load_both(
    connection: AsyncConnection, claim_id: UUID, *, lock: bool = True
) -> tuple[Wish, WishClaim, str | None]:
    """Return a claim with its wish, which is locked before the claim is read, and the subject of the holder.

    Raises:
        UnknownError: there is no such claim.
    """
    query = select(wish_claims.c.wish_id, volunteers.c.subject).select_from(wish_claims.outerjoin(volunteers))
    row = (await connection.execute(query.where(wish_claims.c.id == claim_id))).one_or_none()
    if row is None:
        raise UnknownError("claim")
    wish = await load_wish(connection, row.wish_id, lock=lock)
    return wish, await load_claim(connection, claim_id), row.subject


async def holders_of(connection: AsyncConnection, wish_id: UUID, *states: ClaimState) -> list[str]:
    """Return the subjects of those who have claims of a wish in some states."""
    theirs = select(volunteers.c.subject).join(wish_claims).where(wish_claims.c.wish_id == wish_id)
    theirs = theirs.where(wish_claims.c.state.in_(states), volunteers.c.subject.is_not(None))
    return [subject for subject in await connection.scalars(theirs.order_by(wish_claims.c.id)) if subject]


async def add_wish(connection: AsyncConnection, wish: Wish) -> None:
    """Store a new wish."""
    await connection.execute(insert(wishes).values(_columns(wish)))


async def save_wish(connection: AsyncConnection, wish: Wish, telling: Telling, *happened: EventData) -> Wish:
    """Store a wish that has changed, and record what happened to it."""
    changed = _columns(wish)
    await connection.execute(update(wishes).where(wishes.c.id == changed.pop("id")).values(changed))
    await telling.record(connection, *happened, version=wish.version)
    return wish


async def save_both(
    connection: AsyncConnection, wish: Wish, held: WishClaim, telling: Telling, *happened: EventData
) -> WishClaim:
    """Store a wish and a claim of it that have changed, and record what happened to them."""
    await save_wish(connection, wish, telling, *happened)
    changed = {"state": held.state, "ended_at": held.ended_at, "late": held.late}
    await connection.execute(update(wish_claims).where(wish_claims.c.id == held.id).values(changed))
    return held


def sealing(wish: Wish, telling: Telling) -> Seal:
    """Return what seals people for the events of a wish."""
    return partial(telling.seal, wish.id)


def wish_of(row: dict[str, Any]) -> Wish:
    """Return the wish of a row."""
    return Wish(**{**row, "state": WishState(row["state"]), "qualifications": tuple(row["qualifications"])})


def _columns(wish: Wish) -> dict[str, Any]:
    return asdict(wish) | {"qualifications": list(wish.qualifications)}
