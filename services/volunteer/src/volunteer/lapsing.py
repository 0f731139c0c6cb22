"""The worker that lets time pass: claims that were not kept, and offers that nobody confirmed, go to others."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.worker import Worker
from volunteer.usecases.shifts import let_offers_pass
from volunteer.usecases.wishes import BATCH, let_time_pass

LOOK_S = 5.0
"""How long at most after its moment a claim or an offer lapses."""


class Lapsing(Worker):
    """Looks for claims, wishes and offers whose time has passed; any number of processes may."""

    def __init__(self, *, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        super().__init__("lapsing")
        self._engine = engine
        self._now = now

    async def _session(self) -> None:
        while not self._stopping.is_set():
            async with self._engine.begin() as connection:
                passed = await let_time_pass(connection, at=self._now())
                passed += await let_offers_pass(connection, at=self._now())
            self._works()
            await self._pause(0 if passed >= BATCH else LOOK_S)
