"""Keeping up with what staff have written instead of the packaged texts."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.worker import Worker
from notify.domain.rules import Wording
from notify.tables import wordings
from notify.wording import Edits

LOOK_S = 2.0
"""How often it is looked for changes: so much later another process uses them."""


class Editing(Worker):
    """Reads the texts of staff when one has changed."""

    def __init__(self, *, engine: AsyncEngine, edits: Edits) -> None:
        super().__init__("edits")
        self._engine = engine
        self._edits = edits
        self._seen: int | None = 0

    async def _session(self) -> None:
        while not self._stopping.is_set():
            async with self._engine.connect() as connection:
                # Counted: one that was written earlier may be committed later, and none is ever deleted.
                written = await connection.scalar(select(func.count()).select_from(wordings))
                if written != self._seen:
                    await read_edits(connection, self._edits)
                    self._seen = written
            self._works()
            await self._pause(LOOK_S)


async def read_edits(connection: AsyncConnection, edits: Edits) -> None:
    """Take over the last version of each text."""
    key = (wordings.c.template, wordings.c.language, wordings.c.channel)
    last = select(wordings).ext(distinct_on(*key)).order_by(*key, wordings.c.version.desc())
    edits.of = {
        (row.template, row.language, row.channel): Wording(title=row.title, body=row.body)
        for row in await connection.execute(last)
        if row.title is not None
    }
