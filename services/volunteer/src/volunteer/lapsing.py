"""The worker that lets time pass: what was not kept or confirmed goes to others, and who comes soon is reminded."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from linli.chassis.sealing import Sealer
from linli.messaging.worker import Worker
from volunteer.usecases.shifts import remind
from volunteer.usecases.telling import Telling
from volunteer.usecases.waiting import let_offers_pass
from volunteer.usecases.wish_lapsing import BATCH, let_wishes_pass

LOOK_S = 5.0
"""How long at most after its moment a claim or an offer lapses."""


class Lapsing(Worker):
    """Looks for claims, wishes and offers whose time has passed, and for shifts that begin; many processes may."""

    def __init__(
        self, *, engine: AsyncEngine, now: Callable[[], datetime], sealer: Sealer, after_commit: Callable[[], None]
    ) -> None:
        super().__init__("lapsing")
        self._sealer = sealer
        self._after_commit = after_commit
        self._engine = engine
        self._now = now

    async def _session(self) -> None:
        while not self._stopping.is_set():
            async with self._engine.begin() as connection:
                telling = Telling(self._now(), self._sealer)
                passed = await let_wishes_pass(connection, telling=telling)
                passed += await let_offers_pass(connection, telling=telling)
                passed += await remind(connection, telling=telling)
            if passed:
                self._after_commit()
            self._works()
            await self._pause(0 if passed >= BATCH else LOOK_S)
