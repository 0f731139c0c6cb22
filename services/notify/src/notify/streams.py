"""The departments' queues on the bus, made to fit what each subscription asks for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.chassis.district import Districts
from linli.district import Department
from linli.district.known import KnownDistrict
from linli.messaging.message import DeclaredOtherwiseError
from linli.messaging.topology import (
    CORE,
    EVENTS,
    LEDGER_TOPOLOGY,
    Binding,
    Topology,
    department_queue,
    department_topology,
    merged,
)
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from notify.domain.filters import Filter, of_file, patterns_of
from notify.queries import AnyRow
from notify.tables import subscriptions

CHECK_S = 60.0
"""How often all queues are declared again, in case somebody deleted one."""

LOOK_S = 2.0
"""How often it is looked for what other processes changed."""

AT_ONCE = 100
"""How many queues are declared together: the lock is held for so long."""

LOCK = 0x5ABC
"""Advisory lock under which subscriptions change, so that two processes do not undo each other's bindings."""

SEEDED = "inbox"
"""The name of the subscription that a department has by the district's files."""

AMQP = "amqp"

WEBHOOK = "webhook"
"""What is posted has no queue on the bus: the ledger hears for it."""

log = structlog.get_logger()


class Streams(Worker):
    """Declares each subscription's queue and bindings, and takes away what a changed one has no more."""

    def __init__(
        self,
        *,
        departments: Sequence[Department],
        districts: Districts,
        engine: AsyncEngine,
        transport: Transport,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        super().__init__("streams")
        self._departments = departments
        self._districts = districts
        self._engine = engine
        self._transport = transport
        self._now = now
        self._new_id = new_id
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: a subscription has changed."""
        self._woken.set()

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        while not self._stopping.is_set():
            await self._transport.declare(CORE)
            await self._transport.declare(LEDGER_TOPOLOGY)
            async with self._engine.begin() as connection:
                await self._seed(connection)
            await self._keep_fitting(until=asyncio.get_running_loop().time() + CHECK_S)

    async def _keep_fitting(self, until: float) -> None:
        """Fit all subscriptions once, and then those that change; all again when the district does."""
        fitted, district = -1, self._districts.newest
        while not self._stopping.is_set() and asyncio.get_running_loop().time() < until:
            self._woken.clear()
            async with self._engine.connect() as connection:
                if await self._districts.current(connection) is not district:
                    fitted, district = -1, self._districts.newest
                changed = select(subscriptions.c.id, subscriptions.c.change).where(subscriptions.c.change > fitted)
                rows = (await connection.execute(changed.order_by(subscriptions.c.change))).all()
            for first in range(0, len(rows), AT_ONCE):
                some = rows[first : first + AT_ONCE]
                fitting = await self._declare_fitting([row.id for row in some])
                for row in some:
                    if row.id not in fitting:
                        await self.fit(row.id)
                    fitted = max(fitted, row.change)
            self._works()
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()

    async def _seed(self, connection: AsyncConnection) -> None:
        """Keep what the district's files say; one that they name no more is closed and keeps what it has."""
        await lock(connection)
        for department in self._departments:
            asked = of_file(department.subscription)
            row = {
                **columns_of(asked),
                "queue": department_queue(department.slug),
                "transport": AMQP,
                "grants": [],
                "seeded": True,
                "live": True,
                "closed_at": None,
            }
            new = insert(subscriptions).values(
                id=self._new_id(),
                department=department.slug,
                name=SEEDED,
                patterns=[],
                binding=[],
                fitted_version=0,
                created_at=self._now(),
                created_by="file",
                version=1,
                change=NEXT_CHANGE,
                **row,
            )
            differs = or_(*(subscriptions.c[field].is_distinct_from(value) for field, value in row.items()))
            seeded = new.on_conflict_do_update(
                index_elements=[subscriptions.c.department, subscriptions.c.name],
                set_={**row, "version": subscriptions.c.version + 1, "change": NEXT_CHANGE},
                where=differs,
            )
            await connection.execute(seeded)
        named = [department.slug for department in self._departments]
        gone = (subscriptions.c.seeded, subscriptions.c.department.not_in(named), subscriptions.c.closed_at.is_(None))
        await connection.execute(update(subscriptions).where(*gone).values(closed_at=self._now(), change=NEXT_CHANGE))

    async def fit(self, subscription_id: UUID) -> None:
        """Bind a subscription's queue to what it asks for now and to nothing else.

        What may be bound is noted before the bus is touched, so that a crash leaves no binding that nobody knows of;
        what is bound is noted after. The new bindings come before the old ones go: an event that matches both is still
        delivered once.
        """
        async with self._locked() as connection:
            query = select(subscriptions).where(subscriptions.c.id == subscription_id)
            row = (await connection.execute(query)).one()
            wanted = wanted_by(row, await self._districts.current(connection))
            await self._bind(connection, row, wanted)

    async def _declare_fitting(self, ids: Sequence[UUID]) -> set[UUID]:
        """Declare, all at once, the queues that fit what their subscriptions ask for already; return whose they are."""
        async with self._locked() as connection:
            district = await self._districts.current(connection)
            rows = (await connection.execute(select(subscriptions).where(subscriptions.c.id.in_(ids)))).all()
            fitting = [(row, wanted) for row in rows if _fits(row, wanted := wanted_by(row, district))]
            queues = [
                department_topology(row.department, wanted, row.name) for row, wanted in fitting if _has_queue(row)
            ]
            try:
                await self._transport.declare(merged(queues))
            except DeclaredOtherwiseError:
                return set()  # one of them: each by itself shows which
        return {row.id for row, _ in fitting}

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            await connection.execute(select(func.pg_advisory_lock(LOCK)))
            try:
                yield connection
            finally:
                await connection.rollback()
                await connection.execute(select(func.pg_advisory_unlock(LOCK)))

    async def _bind(self, connection: AsyncConnection, row: AnyRow, wanted: Sequence[str]) -> None:
        if not _has_queue(row):
            if set(row.patterns) != set(wanted) or row.fitted_version != row.version:
                await self._note(connection, row.id, patterns=list(wanted), fitted_version=row.version)
            return
        binding = {*row.binding, *wanted}
        if binding != set(row.binding):
            await self._note(connection, row.id, binding=sorted(binding))
        await self._declare(department_topology(row.department, wanted, row.name))
        if set(row.patterns) != set(wanted):
            await self._note(connection, row.id, patterns=list(wanted))
        gone = sorted(binding - set(wanted))
        await self._transport.unbind(Binding(EVENTS, row.queue, pattern) for pattern in gone)
        if gone or row.fitted_version != row.version:
            fitted = {"fitted_version": row.version, "declared_at": func.now()}
            await self._note(connection, row.id, binding=list(wanted), **fitted)
            log.info("subscription changed", queue=row.queue, patterns=len(wanted), removed=len(gone))

    async def _declare(self, topology: Topology) -> None:
        try:
            await self._transport.declare(topology)
        except DeclaredOtherwiseError as error:
            # As an earlier release did: it works on, but the ledger is not told of its dead letters.
            log.warning("queue is declared otherwise", queue=topology.queues[0].name, error=str(error))
            await self._transport.declare(replace(topology, queues=topology.queues[1:]))

    async def _note(self, connection: AsyncConnection, subscription_id: UUID, **noted: Any) -> None:  # noqa: ANN401 - of columns
        values = {**noted, "change": NEXT_CHANGE}
        await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(values))
        await connection.commit()


async def lock(connection: AsyncConnection) -> None:
    """Keep other processes from changing subscriptions until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _has_queue(row: AnyRow) -> bool:
    return bool(row.transport != WEBHOOK)


def _fits(row: AnyRow, wanted: Sequence[str]) -> bool:
    """Tell whether a subscription is bound to what it asks for and to nothing else, as far as was noted."""
    bound = {*row.binding, *row.patterns} if _has_queue(row) else {*row.patterns}
    return row.fitted_version == row.version and set(row.patterns) == set(wanted) == bound


def filter_of(row: AnyRow) -> Filter:
    """Return what a subscription asks for."""
    return Filter(events=row.events, categories=row.categories, areas=row.areas, addressed=row.addressed)


def columns_of(asked: Filter) -> dict[str, Any]:
    """Return the columns that a filter is kept in."""
    columns = asked.model_dump()
    return {name: list(value) if isinstance(value, tuple) else value for name, value in columns.items()}


def wanted_by(row: AnyRow, district: KnownDistrict) -> tuple[str, ...]:
    """Return the patterns that a subscription is to be bound to; one that is closed or not live yet to none."""
    return asked_by(row, district) if row.live and row.closed_at is None else ()


def asked_by(row: AnyRow, district: KnownDistrict) -> tuple[str, ...]:
    """Return the patterns of what a subscription asks for."""
    return patterns_of(filter_of(row), row.department, district, row.grants)


_LAST = subscriptions.alias("others")
NEXT_CHANGE = select(func.coalesce(func.max(_LAST.c.change), 0) + 1).scalar_subquery()
"""The number of the next change; asked for under `lock`."""
