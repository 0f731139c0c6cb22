"""The departments' queues on the bus, made to fit what each department subscribes to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.district import Department
from linli.messaging.message import TransportError
from linli.messaging.topology import CORE, EVENTS, Binding, dead_queue, department_queue, department_topology
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from notify.tables import subscriptions

CHECK_S = 60.0
"""How often the queues are declared again, in case somebody deleted one."""

LOCK = 0x5ABC
"""Advisory lock under which bindings change, so that two processes do not undo each other's."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many events wait in a department's queue and among its dead letters; None while the bus does not answer."""

    events: int | None
    dead: int | None


class Subscriptions(Worker):
    """Declares each department's queue and bindings, and takes away what a changed subscription has no more."""

    def __init__(self, *, departments: Sequence[Department], engine: AsyncEngine, transport: Transport) -> None:
        super().__init__("subscriptions")
        self._departments = departments
        self._engine = engine
        self._transport = transport
        self._woken = asyncio.Event()

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        while not self._stopping.is_set():
            await self._transport.declare(CORE)
            for department, wanted in (await self._wanted()).items():
                await self._fit(department, wanted)
            self._works()
            try:
                async with asyncio.timeout(CHECK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _wanted(self) -> dict[str, list[str]]:
        """Return the patterns of each department; one that is no longer in the district wants none."""
        async with self._engine.connect() as connection:
            former = (await connection.execute(select(subscriptions.c.department))).scalars()
            wanted: dict[str, list[str]] = {department: [] for department in former}
        return wanted | {one.slug: list(one.binding_keys()) for one in self._departments}

    async def _fit(self, department: str, wanted: list[str]) -> None:
        """Bind a department's queue to ``wanted`` and to nothing else.

        What may be bound is noted before the bus is touched, so that a crash leaves no binding that nobody knows of.
        The new bindings come before the old ones go: an event that matches both is still delivered once.
        """
        queue = department_queue(department)
        async with self._engine.connect() as connection:
            await connection.execute(select(func.pg_advisory_lock(LOCK)))
            try:
                before = await self._noted(connection, department)
                await self._note(connection, department, sorted({*before, *wanted}))
                await self._transport.declare(department_topology(department, wanted))
                gone = sorted(set(before) - set(wanted))
                await self._transport.unbind(Binding(EVENTS, queue, pattern) for pattern in gone)
                await self._note(connection, department, wanted)
            finally:
                await connection.rollback()
                await connection.execute(select(func.pg_advisory_unlock(LOCK)))
        if set(before) != set(wanted):
            added = len(set(wanted) - set(before))
            log.info("subscription changed", department=department, added=added, removed=len(gone))

    async def _noted(self, connection: AsyncConnection, department: str) -> list[str]:
        known = select(subscriptions.c.patterns).where(subscriptions.c.department == department)
        return await connection.scalar(known) or []

    async def _note(self, connection: AsyncConnection, department: str, patterns: list[str]) -> None:
        row = {
            "department": department,
            "queue": department_queue(department),
            "patterns": patterns,
            "declared_at": func.now(),
        }
        note = insert(subscriptions).values(row)
        await connection.execute(note.on_conflict_do_update(index_elements=[subscriptions.c.department], set_=row))
        await connection.commit()

    async def waiting(self, department: str) -> Waiting:
        """Return what waits for a department."""
        queue = department_queue(department)
        try:
            return Waiting(await self._transport.depth(queue), await self._transport.depth(dead_queue(queue)))
        except TransportError:
            return Waiting(None, None)
