"""What waits for a department."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district import District
from notify.queries import AnyRow
from notify.tables import meetings, open_dispatches


async def list_dispatches(
    connection: AsyncConnection,
    department: str,
    *,
    limit: int,
    categories: Collection[str] | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> Sequence[AnyRow]:
    """Return a page of what a department has to do, the nearest deadline first; with ``categories`` of these alone.

    ``after`` are the deadline and the case of the last one of the page before.
    """
    place = (open_dispatches.c.deadline, open_dispatches.c.case_id)
    query = select(open_dispatches).where(open_dispatches.c.department == department).order_by(*place).limit(limit)
    if categories is not None:
        query = query.where(open_dispatches.c.category.in_(categories))
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return (await connection.execute(query)).all()


async def list_meetings(connection: AsyncConnection, department: str, *, limit: int) -> Sequence[AnyRow]:
    """Return the meetings to which a department is invited, the latest first."""
    invited = literal(department) == any_(meetings.c.departments)
    query = select(meetings).where(invited).order_by(meetings.c.starts_at.desc(), meetings.c.id).limit(limit)
    return (await connection.execute(query)).all()


def public_categories(district: District) -> frozenset[str]:
    """Return the categories of which more is told than that there is a matter.

    One that the catalogue knows no more is not among them: nobody can say whether it was confidential.
    """
    return frozenset(code for code, one in district.categories.items() if not one.confidential)
