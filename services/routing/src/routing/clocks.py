"""The worker that lets time pass: it does to the cases that are due what their clocks demand."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from prometheus_client import CollectorRegistry, Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.outbox_limit import OutboxFullError, OutboxLimit
from linli.messaging.worker import Worker, describe
from routing.domain.rulebook import Rulebook
from routing.rulebooks import Rulebooks
from routing.usecases.timing import tick_due_cases, tick_due_cases_apart

log = structlog.get_logger()

LOOK_S = 1.0
"""How long at most after its moment a case is seen to."""

BATCH = 100
"""So many cases are seen to in one transaction."""

PAUSE_S = 0.2
"""Between two batches: what an outage has left undone goes out at 500 cases a second, not all at once."""


class Clocks(Worker):
    """Looks for cases that are due; any number of processes may, each case is seen to by one of them."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        rulebooks: Rulebooks,
        now: Callable[[], datetime],
        after_commit: Callable[[], None],
        outbox_limit: OutboxLimit,
        registry: CollectorRegistry,
    ) -> None:
        super().__init__("clocks")
        self._failed = Counter(
            "linli_clocks_failed_total", "Cases whose clocks failed and were put off", registry=registry
        )
        self._engine = engine
        self._rulebooks = rulebooks
        self._now = now
        self._after_commit = after_commit
        self._outbox_limit = outbox_limit

    async def _session(self) -> None:
        while not self._stopping.is_set():
            seen_to = await self._see_to_some()
            self._works()
            await self._pause(PAUSE_S if seen_to == BATCH else LOOK_S)

    async def _see_to_some(self) -> int:
        try:
            seen_to = await self._see_to(self._together)
        except OutboxFullError:
            return 0  # they stay due
        except Exception as error:  # noqa: BLE001 - seeing to each by itself finds out which case it was
            log.warning("a batch of cases failed and is seen to one by one", error=describe(error))
            seen_to = await self._see_to(self._apart)
        if seen_to:
            self._after_commit()
        return seen_to

    async def _see_to(self, some: Callable[[AsyncConnection, Rulebook], Awaitable[int]]) -> int:
        async with self._engine.begin() as connection:
            await self._outbox_limit.check(connection)
            return await some(connection, await self._rulebooks.current(connection))

    async def _together(self, connection: AsyncConnection, rulebook: Rulebook) -> int:
        return await tick_due_cases(connection, rulebook, at=self._now(), limit=BATCH)

    async def _apart(self, connection: AsyncConnection, rulebook: Rulebook) -> int:
        seen_to, failed = await tick_due_cases_apart(connection, rulebook, at=self._now(), limit=BATCH)
        self._failed.inc(len(failed))
        return seen_to
