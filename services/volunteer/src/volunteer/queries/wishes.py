"""Reading wishes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.actor import Actor
from volunteer.domain.wishes import PUBLIC
from volunteer.queries.rows import AnyRow, within
from volunteer.tables import volunteers, wish_claims, wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFilter:
    """Which wishes a list shows; what is None narrows nothing."""

    area: str | None = None
    kind: str | None = None
    states: Collection[str] | None = None


async def list_wishes(
    connection: AsyncConnection, wanted: WishFilter, reader: Actor | None, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of the wishes that somebody may see, newest first."""
    query = select(wishes).where(_seen_by(reader)).order_by(wishes.c.id.desc()).limit(limit)
    if wanted.area is not None:
        query = query.where(within(wishes.c.area, (wanted.area,)))
    if wanted.kind is not None:
        query = query.where(wishes.c.kind == wanted.kind)
    if wanted.states is not None:
        query = query.where(wishes.c.state.in_(wanted.states))
    if after is not None:
        query = query.where(wishes.c.id < after)
    return (await connection.execute(query)).all()


async def wish_seen(connection: AsyncConnection, wish_id: UUID, reader: Actor | None) -> AnyRow | None:
    """Return a wish if somebody may see it."""
    query = select(wishes).where(wishes.c.id == wish_id, _seen_by(reader))
    return (await connection.execute(query)).one_or_none()


async def list_claims(
    connection: AsyncConnection, which: ColumnElement[bool], *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of claims with their holders, earliest first."""
    query = select(wish_claims, volunteers.c.name, volunteers.c.number)
    query = query.select_from(wish_claims.outerjoin(volunteers)).where(which).order_by(wish_claims.c.id).limit(limit)
    if after is not None:
        query = query.where(wish_claims.c.id > after)
    return (await connection.execute(query)).all()


def _seen_by(reader: Actor | None) -> ColumnElement[bool]:
    public = wishes.c.state.in_(PUBLIC)
    if reader is None:
        return public
    if reader.areas is None:
        return true()
    return or_(public, wishes.c.submitted_by == reader.subject, within(wishes.c.area, reader.areas))
