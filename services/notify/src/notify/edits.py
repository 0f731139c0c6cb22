"""Keeping up with what staff have written and decided instead of the packaged texts and rules."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.worker import Worker
from notify.domain.decisions import Decisions
from notify.domain.rules import Role, Wording
from notify.tables import decisions, wordings
from notify.wording import Edits

LOOK_S = 2.0
"""How often it is looked for changes: so much later another process uses them."""


class Editing(Worker):
    """Reads the texts and decisions of staff when one has changed."""

    def __init__(self, *, engine: AsyncEngine, edits: Edits) -> None:
        super().__init__("edits")
        self._engine = engine
        self._edits = edits
        self._seen: tuple[int, ...] | None = None

    async def _session(self) -> None:
        while not self._stopping.is_set():
            async with self._engine.connect() as connection:
                # Counted: one that was written earlier may be committed later, and none is ever deleted.
                written = tuple((await connection.execute(_COUNTS)).one())
                if written != self._seen:
                    await read_edits(connection, self._edits)
                    self._seen = written
            self._works()
            await self._pause(LOOK_S)


async def read_edits(connection: AsyncConnection, edits: Edits) -> None:
    """Take over the last version of each text, and the last decision of each area, event and role."""
    edits.of, edits.decisions = await _texts_now(connection), await decisions_now(connection)
    edits.read = True


async def read_first(connection: AsyncConnection, edits: Edits) -> None:
    """Take them over unless somebody did: a process that has just begun must not tell as if nothing were decided."""
    if edits.read:
        return
    texts, decided = await _texts_now(connection), await decisions_now(connection)
    # Meanwhile the worker may have read something later.
    if not edits.read:
        edits.of, edits.decisions, edits.read = texts, decided, True


async def decisions_now(connection: AsyncConnection) -> Decisions:
    """Return the last decision of each area, event and role, but for those that were dropped."""
    decided: dict[str, dict[str, dict[Role, str | None]]] = {}
    for row in await connection.execute(_DECIDED):
        if not row.dropped:
            decided.setdefault(row.event, {}).setdefault(row.area, {})[Role(row.role)] = row.template
    return decided


async def _texts_now(connection: AsyncConnection) -> Mapping[tuple[str, str, str], Wording]:
    return {
        (row.template, row.language, row.channel): Wording(title=row.title, body=row.body)
        for row in await connection.execute(_WRITTEN)
        if row.title is not None
    }


_TEXT = (wordings.c.template, wordings.c.language, wordings.c.channel)
_WRITTEN = select(wordings).ext(distinct_on(*_TEXT)).order_by(*_TEXT, wordings.c.version.desc())
_ROLE = (decisions.c.event, decisions.c.area, decisions.c.role)
_DECIDED = select(decisions).ext(distinct_on(*_ROLE)).order_by(*_ROLE, decisions.c.change.desc())
_COUNTS = select(
    select(func.count()).select_from(wordings).scalar_subquery(),
    select(func.count()).select_from(decisions).scalar_subquery(),
)
