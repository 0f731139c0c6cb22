"""Workers that note what comes to a queue of notify's own, before it is acknowledged."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.message import Delivery
from linli.messaging.topology import CORE, LEDGER_TOPOLOGY
from linli.messaging.transport import Subscription, Transport
from linli.messaging.worker import Worker

PREFETCH = 500
GATHER_S = 0.25
"""How long messages are gathered, so that noting them costs little beside handling them; nobody waits for a note."""


class Noting(Worker):
    """Reads one queue of the ledger. What is noted twice must be noted once."""

    def __init__(self, queue: str, *, engine: AsyncEngine, transport: Transport) -> None:
        super().__init__(queue)
        self._engine = engine
        self._transport = transport
        self._subscription: Subscription | None = None

    def _wake(self) -> None:
        if self._subscription is not None:
            self._subscription.finish()

    async def _session(self) -> None:
        await self._transport.declare(CORE)
        await self._transport.declare(LEDGER_TOPOLOGY)
        async with self._transport.consume(self.name, prefetch=PREFETCH) as subscription:
            self._subscription = subscription
            try:
                self._ready()
                while not self._stopping.is_set() and (batch := await subscription.next_batch(PREFETCH)):
                    await self._note(batch)
                    await subscription.ack(batch)
                    self._works()
                    await self._wait_for_more(len(batch), of=PREFETCH, seconds=GATHER_S)
            finally:
                self._subscription = None

    async def _note(self, batch: Sequence[Delivery]) -> None:
        raise NotImplementedError
