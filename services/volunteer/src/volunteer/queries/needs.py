"""Reading needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.queries.rows import AnyRow, within
from volunteer.tables import claims, needs


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedFilter:
    """Which needs a list shows; ``area`` stands for its subtree, and what is None narrows nothing."""

    area: str | None = None
    category: str | None = None
    state: str | None = None


async def list_needs(
    connection: AsyncConnection, wanted: NeedFilter, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of needs, newest first; ``after`` is the last id of the page before."""
    query = select(needs).order_by(needs.c.id.desc()).limit(limit)
    if wanted.area is not None:
        query = query.where(within(needs.c.area, (wanted.area,)))
    if wanted.category is not None:
        query = query.where(needs.c.category == wanted.category)
    if wanted.state is not None:
        query = query.where(needs.c.state == wanted.state)
    if after is not None:
        query = query.where(needs.c.id < after)
    return (await connection.execute(query)).all()


async def need_by_id(connection: AsyncConnection, need_id: UUID) -> AnyRow | None:
    """Return a need."""
    return (await connection.execute(select(needs).where(needs.c.id == need_id))).one_or_none()


async def list_claims(
    connection: AsyncConnection, need_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of a need's claims, earliest first; ``after`` is the last id of the page before."""
    query = select(claims).where(claims.c.need_id == need_id).order_by(claims.c.id).limit(limit)
    if after is not None:
        query = query.where(claims.c.id > after)
    return (await connection.execute(query)).all()
