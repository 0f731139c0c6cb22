"""How many events may wait for the broker: accepting without end while it is away would fill the database."""

from collections.abc import Callable
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.tables import outbox

MOST_ROWS = 500_000
LOOK_S = 1.0
"""How long one look at the outbox is good for; what is committed meanwhile may go over the limit."""


class OutboxFullError(Exception):
    """So many events wait for the broker that nothing is accepted which would add to them."""


class OutboxLimit:
    """Says when the outbox of a service is full; each process asks the database at most once in ``LOOK_S`` seconds."""

    def __init__(self, most_rows: int = MOST_ROWS, *, clock: Callable[[], float] = monotonic) -> None:
        self._most = most_rows
        self._clock = clock
        self._looked_at = -LOOK_S
        self._full = False

    async def check(self, connection: AsyncConnection) -> None:
        """Pass while there is room.

        Raises:
            OutboxFullError: there is none.
        """
        now = self._clock()
        if now - self._looked_at >= LOOK_S:
            self._looked_at = now
            self._full = await self._is_full(connection)
        if self._full:
            raise OutboxFullError(f"{self._most} events or more wait for the broker")

    async def _is_full(self, connection: AsyncConnection) -> bool:
        # Both ends of an index: never less than the number of rows, and far cheaper to ask for.
        span = await connection.scalar(select(func.max(outbox.c.id) - func.min(outbox.c.id) + 1))
        if (span or 0) < self._most:
            return False
        some = select(outbox.c.id).limit(self._most).subquery()
        return await connection.scalar(select(func.count()).select_from(some)) == self._most
