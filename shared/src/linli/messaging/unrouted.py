"""Naming the events that nobody hears."""

import asyncio
from collections import Counter as Tally

import structlog
from prometheus_client import CollectorRegistry, Counter

from linli.contracts import CATALOGUE
from linli.messaging.message import TYPE_HEADER, Message
from linli.messaging.topology import NOTICES
from linli.messaging.tracing import trace_of
from linli.messaging.transport import Transport

MOST_NAMES = 100
MOST_READ = 10_000
READ_S = 2.0
"""Of one look: how many events are named, how many are read, and how long the reading may take."""

OTHER = "other"
"""The type of what is not of the catalogue."""

log = structlog.get_logger()


class Unrouted:
    """Reads the notices of unrouted events: each is named once, by whichever service reads it."""

    def __init__(self, *, transport: Transport, registry: CollectorRegistry) -> None:
        self._transport = transport
        self._counter = Counter(
            "linli_unrouted_total", "Events that matched no queue, by type", ["type"], registry=registry
        )
        for name in (*CATALOGUE, OTHER):
            self._counter.labels(name)

    async def name_new(self) -> None:
        """Say of each new one what it is, up to ``MOST_NAMES``, and of the others how many there are.

        Raises:
            TransportError: the bus is not there; what was not settled is named at the next look.
        """
        waiting = min(await self._transport.depth(NOTICES), MOST_READ)
        if not waiting:
            return
        named, unnamed = 0, Tally[str]()
        async with self._transport.consume(NOTICES, prefetch=MOST_NAMES) as subscription:
            # The notices may be with another service, which reads them now.
            timer = asyncio.get_running_loop().call_later(READ_S, subscription.finish)
            while waiting > 0 and (batch := await subscription.next_batch(min(waiting, MOST_NAMES))):
                messages = [one.message for one in batch]
                room = MOST_NAMES - named
                for message in messages[:room]:
                    _name(message)
                named += len(messages[:room])
                unnamed.update(map(_type_of, messages[room:]))
                self._count(messages)
                await subscription.ack(batch)
                waiting -= len(batch)
            timer.cancel()
        if unnamed:
            log.error("more events reached nobody", messages=unnamed.total(), types=dict(unnamed))

    def _count(self, messages: list[Message]) -> None:
        for message in messages:
            self._counter.labels(_type_of(message)).inc()


def _type_of(message: Message) -> str:
    name = message.headers.get(TYPE_HEADER)
    return name if isinstance(name, str) and name in CATALOGUE else OTHER


def _name(message: Message) -> None:
    kind = str(message.headers.get(TYPE_HEADER))[:100]
    with trace_of(message):
        log.error("event reached nobody", event_type=kind, event_id=message.id, routing_key=message.routing_key)
