"""The worker that clears away files that belong to nothing: an upload that was cut, an attachment that was deleted."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from intake.attachments.storage import Storage, Stored
from intake.tables import attachments
from linli.messaging.worker import Worker

GRACE = timedelta(days=1)
"""How old a file is that nothing can be about to need."""

EVERY_S = 3600.0
BATCH = 500

_OURS = re.compile(
    r"[0-9a-f]{2}/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:file|thumbnail)(\.[0-9a-f]{32}\.part)?"
)


class Clearing(Worker):
    """Looks every hour, in any number of processes; what we did not name it leaves alone."""

    def __init__(
        self, *, storage: Storage, engine: AsyncEngine, now: Callable[[], datetime], registry: CollectorRegistry
    ) -> None:
        super().__init__("clearing")
        self._storage = storage
        self._engine = engine
        self._now = now
        self._cleared = Counter("linli_files_cleared_total", "Files that belonged to nothing", registry=registry)

    async def clear(self) -> int:
        """Clear away what belongs to nothing, and return how many files that was."""
        before = self._now() - GRACE
        cleared, batch = 0, list[Stored]()
        async for stored in self._storage.stored():
            if stored.since < before and _OURS.fullmatch(stored.key):
                batch.append(stored)
            if len(batch) == BATCH:
                cleared += await self._clear(batch)
                batch = []
        return cleared + await self._clear(batch)

    async def _clear(self, batch: Sequence[Stored]) -> int:
        ids = {stored.key: _id_in(stored.key) for stored in batch}
        query = select(attachments.c.id).where(attachments.c.id.in_([one for one in ids.values() if one]))
        async with self._engine.connect() as connection:
            known = set((await connection.scalars(query)).all())
        orphans = [key for key, one in ids.items() if one not in known]
        for key in orphans:
            await self._storage.delete(key)
            self._cleared.inc()
        return len(orphans)

    async def _session(self) -> None:
        while not self._stopping.is_set():
            await self.clear()
            self._works()
            await self._pause(EVERY_S)


def _id_in(key: str) -> UUID | None:
    """Return the attachment that a file is of; none for what was never finished."""
    found = _OURS.fullmatch(key)
    return None if found is None or found[2] else UUID(found[1])
