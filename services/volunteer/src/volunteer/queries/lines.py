"""Reading the lists of resources and needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.queries.rows import AnyRow, within
from volunteer.tables import line_matches, lines


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFilter:
    """Which lines a list shows; what is None narrows nothing. ``due_by`` is the last day of a follow-up."""

    list: str | None = None
    state: str | None = None
    kind: str | None = None
    area: str | None = None
    due_by: date | None = None


async def list_lines(
    connection: AsyncConnection, wanted: LineFilter, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of lines, newest first."""
    query = select(lines).order_by(lines.c.id.desc()).limit(limit)
    for column, value in ((lines.c.list, wanted.list), (lines.c.state, wanted.state), (lines.c.kind, wanted.kind)):
        if value is not None:
            query = query.where(column == value)
    if wanted.area is not None:
        query = query.where(within(lines.c.area, (wanted.area,)))
    if wanted.due_by is not None:
        query = query.where(lines.c.follow_up_on <= wanted.due_by, lines.c.outcome.is_(None))
    if after is not None:
        query = query.where(lines.c.id < after)
    return (await connection.execute(query)).all()


async def matches_of(connection: AsyncConnection, line_id: UUID, limit: int) -> Sequence[AnyRow]:
    """Return what a line was brought together with, earliest first."""
    either = or_(line_matches.c.resource_id == line_id, line_matches.c.need_id == line_id)
    query = select(line_matches).where(either).order_by(line_matches.c.id).limit(limit)
    return (await connection.execute(query)).all()
