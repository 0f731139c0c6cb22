"""What becomes of a message that failed: another try later, and in the end the dead letters, with the reason."""

from dataclasses import replace

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.contracts import Event, EventData
from linli.messaging import inbox
from linli.messaging.message import TYPE_HEADER, Delivery, Message, TransportError
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.topology import RETRY_TIERS, dead_queue, retry_queue
from linli.messaging.tracing import trace_of
from linli.messaging.transport import Transport
from linli.messaging.worker import describe

ATTEMPT_HEADER = "linli-attempt"
ERROR_HEADER = "linli-error"
KEY_HEADER = "linli-routing-key"

log = structlog.get_logger()


class Retry:
    """Moves failed messages of one queue; each is stored in its new place before the old one may forget it."""

    def __init__(self, *, queue: str, engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics) -> None:
        self._queue = queue
        self._engine = engine
        self._transport = transport
        self._metrics = metrics

    async def again(self, delivery: Delivery, event: Event[EventData], error: Exception) -> None:
        """Let a message that failed wait for its next try, or bury it after the last."""
        failures = _failures(delivery.message)
        tiers = list(RETRY_TIERS)
        if failures >= len(tiers):
            await self.bury(delivery, error, event)
            return
        async with self._engine.begin() as connection:
            await inbox.hold(connection, self._queue, event, tiers[failures])
        headers: dict[str, str | int] = {ATTEMPT_HEADER: failures + 1, ERROR_HEADER: describe(error)}
        await self._move(delivery.message, retry_queue(self._queue, tiers[failures]), headers)
        self._metrics.consumed.labels(self._queue, "retried").inc()

    async def hold(self, delivery: Delivery, event: Event[EventData], tier: str) -> None:
        """Let a message wait behind an earlier one of its aggregate; that is no failure of its own."""
        async with self._engine.begin() as connection:
            await inbox.hold(connection, self._queue, event, tier)
        await self._move(delivery.message, retry_queue(self._queue, tier), {})
        self._metrics.consumed.labels(self._queue, "held").inc()

    async def bury(self, delivery: Delivery, error: Exception, event: Event[EventData] | None = None) -> None:
        """Put a message among the dead letters; those behind it may go on."""
        await self._move(delivery.message, dead_queue(self._queue), {ERROR_HEADER: describe(error)})
        if event is not None:
            async with self._engine.begin() as connection:
                await inbox.release(connection, self._queue, [event])
        self._metrics.consumed.labels(self._queue, "dead").inc()
        _say_dead(self._queue, delivery.message, error)

    async def _move(self, message: Message, target: str, headers: dict[str, str | int]) -> None:
        moved = replace(message, headers={**message.headers, KEY_HEADER: message.routing_key, **headers})
        [error] = await self._transport.send(target, [moved])
        if error is not None:
            raise TransportError(f"{target}: {error}") from error


def _say_dead(queue: str, message: Message, error: Exception) -> None:
    kind = str(message.headers.get(TYPE_HEADER))[:100]
    with trace_of(message):
        log.error(
            "message is dead",
            queue=queue,
            event_type=kind,
            message_id=message.id,
            routing_key=message.routing_key,
            error=describe(error),
        )


def _failures(message: Message) -> int:
    attempt = message.headers.get(ATTEMPT_HEADER, 0)
    return attempt if isinstance(attempt, int) else 0
