"""Reading who was asked to help."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.queries.rows import AnyRow
from volunteer.tables import asks, volunteers


async def list_asks(
    connection: AsyncConnection, which: ColumnElement[bool], *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of those who were asked, with who they are, earliest first."""
    query = select(asks, volunteers.c.name, volunteers.c.number).join(volunteers)
    query = query.where(which).order_by(asks.c.id).limit(limit)
    if after is not None:
        query = query.where(asks.c.id > after)
    return (await connection.execute(query)).all()
