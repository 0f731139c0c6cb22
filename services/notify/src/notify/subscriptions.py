"""The departments' queues on the bus, made to fit what each department subscribes to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.district import Department
from linli.messaging.message import TransportError
from linli.messaging.topology import CORE, EVENTS, Binding, dead_queue, inbox_topology
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


def queue_of(department: str) -> str:
    """Return the name of a department's queue."""
    return f"dept.{department}.inbox"


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
            for department in self._departments:
                await self._fit(department)
            self._works()
            try:
                async with asyncio.timeout(CHECK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _fit(self, department: Department) -> None:
        queue, wanted = queue_of(department.slug), list(department.subscription.binding_keys())
        async with self._engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            known = select(subscriptions.c.patterns).where(subscriptions.c.department == department.slug)
            before = await connection.scalar(known) or []
            # The new bindings first: between the two steps an event may match both, and is still delivered once.
            await self._transport.declare(inbox_topology(queue, wanted, retries=False))
            gone = sorted(set(before) - set(wanted))
            await self._transport.unbind(Binding(EVENTS, queue, pattern) for pattern in gone)
            if set(before) != set(wanted):
                added = len(set(wanted) - set(before))
                log.info("subscription changed", department=department.slug, added=added, removed=len(gone))
            row = {"department": department.slug, "queue": queue, "patterns": wanted, "declared_at": func.now()}
            changed = insert(subscriptions).values(row)
            await connection.execute(
                changed.on_conflict_do_update(index_elements=[subscriptions.c.department], set_=row)
            )

    async def waiting(self, department: str) -> Waiting:
        """Return what waits for a department."""
        queue = queue_of(department)
        try:
            return Waiting(await self._transport.depth(queue), await self._transport.depth(dead_queue(queue)))
        except TransportError:
            return Waiting(None, None)
