"""The worker that leaves no open case with a unit that is closed or has moved, or with somebody who has left."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, ColumnElement, RowMapping, Text, and_, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.outbox_limit import OutboxLimit
from linli.messaging.worker import Worker
from routing.district_store import reasons_of
from routing.domain.actor import SYSTEM
from routing.domain.case import Case, TaskState
from routing.domain.duty import grounds_of
from routing.domain.moves import MAX_REASON
from routing.domain.rehoming import rehome
from routing.domain.rulebook import Rulebook
from routing.domain.states import OPEN, Action
from routing.rulebooks import Rulebooks
from routing.store import cases_from
from routing.tables import cases
from routing.usecases.acting import not_before, save

LOOK_S = 5.0
"""How often it looks without being woken: another process may have changed the grid."""

BATCH = 100


class Rehoming(Worker):
    """Moves cases to the units that stand for their own today and from handlers who have left, some at a time.

    Each time in one transaction. Any number of processes may do so at once: each takes what nobody else holds. What one
    had begun when it died, the next one begins anew.
    """

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        rulebooks: Rulebooks,
        now: Callable[[], datetime],
        after_commit: Callable[[], None],
        outbox_limit: OutboxLimit,
    ) -> None:
        super().__init__("rehoming")
        self._engine = engine
        self._rulebooks = rulebooks
        self._now = now
        self._after_commit = after_commit
        self._outbox_limit = outbox_limit
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: the grid has changed."""
        self._woken.set()

    def _wake(self) -> None:
        self.wake()

    async def _session(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            await self.sweep()
            self._works()
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if self._stopping.is_set() else LOOK_S):
                    await self._woken.wait()

    async def sweep(self) -> int:
        """Move every case that is stranded and not in other hands; return how many."""
        count = 0
        while not self._stopping.is_set():
            async with self._engine.begin() as connection:
                await self._outbox_limit.check(connection)
                found = await rehome_some(connection, self._rulebooks, at=self._now())
            if not found:
                break
            self._after_commit()
            count += len(found)
        return count


async def rehome_some(connection: AsyncConnection, rulebooks: Rulebooks, *, at: datetime) -> list[UUID]:
    """Move some cases and return their ids; one that was moved is none that is left behind any more."""
    rulebook = await rulebooks.current(connection)
    rows = await _stranded(connection, rulebook)
    if not rows:
        return []
    places = {row[name] for row in rows for name in ("unit", "area")}
    reasons = await reasons_of(connection, sorted(places))
    for case in await cases_from(connection, rows):
        await _rehome(connection, rulebook, case, reasons, at)
    return [row["id"] for row in rows]


async def _stranded(connection: AsyncConnection, rulebook: Rulebook) -> Sequence[RowMapping]:
    # Arrays, and no order, so that the indexes are used: else it is looked for in every case there is.
    paths = _array("closed", rulebook.successors)
    here = or_(cases.c.unit == any_(paths), cases.c.area == any_(paths), _with_tasks(rulebook), _left_behind(rulebook))
    query = select(cases).where(here, cases.c.state.in_(OPEN)).limit(BATCH).with_for_update(skip_locked=True)
    return (await connection.execute(query)).mappings().all()


def _with_tasks(rulebook: Rulebook) -> ColumnElement[bool]:
    wanted = [[{"unit": path, "state": TaskState.ASSIGNED}] for path in rulebook.successors]
    return and_(
        cases.c.tasks != [], cases.c.tasks.op("@>")(any_(bindparam("tasks", wanted, type_=ARRAY(JSONB, dimensions=1))))
    )


def _left_behind(rulebook: Rulebook) -> ColumnElement[bool]:
    grounds = [(person, path) for person in rulebook.left for path in grounds_of(rulebook.district, person)]
    persons, paths = (_array(name, [each[at] for each in grounds]) for at, name in enumerate(("persons", "paths")))
    ground = func.unnest(persons, paths).table_valued("person", "path").render_derived()
    beneath = or_(cases.c.unit == ground.c.path, func.starts_with(cases.c.unit, ground.c.path + "/"))
    may_have_it = select(ground).where(ground.c.person == cases.c.handler_id, beneath).correlate(cases).exists()
    return and_(cases.c.handler_id == any_(_array("left", rulebook.left)), ~may_have_it)


def _array(name: str, texts: Iterable[str]) -> BindParameter[Sequence[str]]:
    return bindparam(name, list(texts), type_=ARRAY(Text))


async def _rehome(
    connection: AsyncConnection, rulebook: Rulebook, before: Case, reasons: dict[str, str], at: datetime
) -> None:
    words = reasons.get(before.unit) or reasons.get(before.area)
    reason = (_what_changed(rulebook, before) + (f": {words}" if words else ""))[:MAX_REASON]
    at = not_before(before, at)
    moved = rehome(before, rulebook, reason, at=at)
    await save(connection, rulebook, before, moved, (Action.REHOME,), actor=SYSTEM, at=at, reason=reason)


def _what_changed(rulebook: Rulebook, case: Case) -> str:
    places = (case.unit, case.area, *(task.unit for task in case.tasks if task.waits))
    closed = next((path for path in places if path in rulebook.successors), None)
    return f"{case.unit}: − {case.handler.name}" if closed is None else f"{closed} → {rulebook.present(closed)}"
