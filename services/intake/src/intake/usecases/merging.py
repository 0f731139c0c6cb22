"""Issues that are one matter are merged, and unmerged again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import changed
from intake.domain.issue import PublicState
from intake.domain.merging import Mergeable, merge, unmerge
from intake.tables import issues
from linli.contracts import EventData
from linli.messaging.outbox import record

AnyColumns = tuple[Any, ...]


async def merge_issue(connection: AsyncConnection, issue_id: UUID, into: UUID, *, at: datetime) -> Row[*AnyColumns]:
    """Let another issue stand for this one, and return this one.

    Raises:
        MergeError: they cannot be merged.
    """
    # Always in the same order, so that two merges that meet do not wait for each other.
    query = select(issues).where(issues.c.id.in_([issue_id, into])).order_by(issues.c.id).with_for_update()
    rows = {row.id: row for row in (await connection.execute(query)).all()}
    happened = merge(_mergeable(rows[issue_id]), _mergeable(rows[into]))
    if happened is None:
        return rows[issue_id]
    after = await _change(connection, rows[issue_id], {"merged_into": into}, happened, at=at)
    await count_supporters(connection, into)
    return after


async def unmerge_issue(connection: AsyncConnection, issue_id: UUID, *, at: datetime) -> Row[*AnyColumns]:
    """Undo a merge, and return the issue.

    Raises:
        MergeError: it is not merged.
    """
    row = (await connection.execute(select(issues).where(issues.c.id == issue_id).with_for_update())).one()
    happened = unmerge(_mergeable(row))
    after = await _change(connection, row, {"merged_into": None}, happened, at=at)
    await count_supporters(connection, row.merged_into)
    return after


async def count_supporters(connection: AsyncConnection, issue_id: UUID) -> None:
    """Count anew for how many issues one stands."""
    await connection.execute(select(issues.c.id).where(issues.c.id == issue_id).with_for_update())
    merged = issues.alias()
    number = select(func.count()).where(merged.c.merged_into == issue_id).scalar_subquery()
    await connection.execute(update(issues).where(issues.c.id == issue_id).values(supporters=number))


async def _change(
    connection: AsyncConnection, row: Row[*AnyColumns], values: dict[str, object], happened: EventData, *, at: datetime
) -> Row[*AnyColumns]:
    version = row.version + 1
    change = update(issues).where(issues.c.id == row.id).values(version=version, **values).returning(issues)
    noted = changed(row.id).cte("noted")
    after: Row[*AnyColumns] = (await connection.execute(change.add_cte(noted))).one()
    await record(connection, [happened], version=version, at=at)
    return after


def _mergeable(row: Row[*AnyColumns]) -> Mergeable:
    return Mergeable(row.id, row.category, row.area, PublicState(row.state), row.merged_into)
