"""Issues that look otherwise to their reporters: whoever listens by a tracking code is told of each."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Insert, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.tables import changes

KEPT = timedelta(days=1)
"""So long a reader may be away and still hear whether anything changed; one who was longer is shown all."""


def changed(issue_id: UUID) -> Insert:
    """Return the statement that notes that an issue changed: now, however long ago what changed it took place."""
    return insert(changes).values(issue_id=issue_id, at=func.now())


async def unchanged_since(connection: AsyncConnection, issue_ids: Sequence[str], place: int) -> bool:
    """Tell whether it is certain that no change of some issues has a place above ``place``."""
    oldest = await connection.scalar(select(func.min(changes.c.place)))
    if oldest is None or oldest > place + 1:
        return False
    later = select(changes.c.place).where(changes.c.issue_id.in_(map(UUID, issue_ids)), changes.c.place > place)
    return await connection.scalar(later.limit(1)) is None


async def purge_changes(connection: AsyncConnection) -> None:
    """Forget what was noted long ago."""
    await connection.execute(delete(changes).where(changes.c.at < func.now() - KEPT))
