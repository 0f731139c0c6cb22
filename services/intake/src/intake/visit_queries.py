"""The rounds that staff may see."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.desk_queries import Scope
from intake.queries import AnyRow
from intake.tables import issues, visits


async def list_visits(
    connection: AsyncConnection,
    scope: Scope,
    reader: str,
    *,
    area: str | None = None,
    author: str | None = None,
    after: UUID | None = None,
    visit_id: UUID | None = None,
    limit: int = 1,
) -> Sequence[AnyRow]:
    """Return rounds in the reader's areas and the reader's own, those that came in last first."""
    covered = or_(false(), *(_within(one) for one in scope.areas), visits.c.author == reader)
    query = select(visits).where(covered).order_by(visits.c.id.desc()).limit(limit)
    if area is not None:
        query = query.where(_within(area))
    if author is not None:
        query = query.where(visits.c.author == author)
    if after is not None:
        query = query.where(visits.c.id < after)
    if visit_id is not None:
        query = query.where(visits.c.id == visit_id)
    return (await connection.execute(query)).all()


async def found_on(
    connection: AsyncConnection, rounds: Sequence[AnyRow], scope: Scope, reader: str
) -> Mapping[UUID, Sequence[UUID]]:
    """Return the issues of each round, in their order; the confidential ones for whoever may see them."""
    found: dict[UUID, list[UUID]] = {one.id: [] for one in rounds}
    own = {one.id for one in rounds if one.author == reader}
    query = select(issues.c.id, issues.c.visit_id, issues.c.confidential).where(issues.c.visit_id.in_(found))
    for row in (await connection.execute(query.order_by(issues.c.id))).all():
        if scope.confidential or not row.confidential or row.visit_id in own:
            found[row.visit_id].append(row.id)
    return found


def _within(area: str) -> ColumnElement[bool]:
    return or_(visits.c.area == area, visits.c.area.startswith(f"{area}/", autoescape=True))
