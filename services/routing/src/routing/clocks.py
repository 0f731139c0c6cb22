"""The worker that lets time pass: it does to the cases that are due what their clocks demand."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.outbox_limit import OutboxFullError, OutboxLimit
from linli.messaging.worker import Worker
from routing.rulebooks import Rulebooks
from routing.usecases.timing import tick_due_cases

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
    ) -> None:
        super().__init__("clocks")
        self._engine = engine
        self._rulebooks = rulebooks
        self._now = now
        self._after_commit = after_commit
        self._outbox_limit = outbox_limit
        self._woken = asyncio.Event()

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        while not self._stopping.is_set():
            seen_to = await self._see_to_some()
            self._works()
            await self._wait(PAUSE_S if seen_to == BATCH else LOOK_S)

    async def _see_to_some(self) -> int:
        async with self._engine.begin() as connection:
            try:
                await self._outbox_limit.check(connection)
            except OutboxFullError:
                return 0  # they stay due
            rulebook = await self._rulebooks.current(connection)
            seen_to = await tick_due_cases(connection, rulebook, at=self._now(), limit=BATCH)
        if seen_to:
            self._after_commit()
        return seen_to

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
