"""The worker that lets time pass: what was not kept goes to others, who comes soon is reminded, waves go on."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from linli.chassis.district import Districts
from linli.chassis.sealing import Sealer
from linli.messaging.worker import Worker
from volunteer.usecases.membership_store import tell_of_untold_teams
from volunteer.usecases.shifts import remind
from volunteer.usecases.teams import found_first_teams
from volunteer.usecases.telling import Telling
from volunteer.usecases.waiting import let_offers_pass
from volunteer.usecases.waves import go_on_searching
from volunteer.usecases.wish_lapsing import BATCH, let_wishes_pass

LOOK_S = 5.0
"""How long at most after its moment a claim or an offer lapses."""


class Lapsing(Worker):
    """Looks for claims, wishes and offers whose time has passed, and for shifts that begin; many processes may."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
        districts: Districts,
        sealer: Sealer,
        after_commit: Callable[[], None],
    ) -> None:
        super().__init__("lapsing")
        self._new_id = new_id
        self._districts = districts
        self._sealer = sealer
        self._after_commit = after_commit
        self._engine = engine
        self._now = now

    async def _session(self) -> None:
        async with self._engine.begin() as connection:
            district = await self._districts.current(connection)
            await found_first_teams(connection, district.teams.values(), new_id=self._new_id)
        while not self._stopping.is_set():
            async with self._engine.begin() as connection:
                telling = Telling(self._now(), self._sealer)
                passed = await let_wishes_pass(connection, telling=telling)
                passed += await let_offers_pass(connection, telling=telling)
                passed += await tell_of_untold_teams(connection, telling=telling)
                passed += await remind(connection, telling=telling)
                district = await self._districts.recent(connection)
                passed += await go_on_searching(connection, new_id=self._new_id, telling=telling, district=district)
            if passed:
                self._after_commit()
            self._works()
            await self._pause(0 if passed >= BATCH else LOOK_S)
