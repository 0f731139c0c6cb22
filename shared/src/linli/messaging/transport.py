"""The one interface that carries messages, whatever is underneath."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from linli.messaging.message import Delivery, Message
from linli.messaging.topology import Binding, Topology

PUBLISH_TIMEOUT_S = 10.0
"""How long a publisher waits for the broker's answer before it takes the connection for lost."""


class Subscription(Protocol):
    """An open consumer of one queue. Leaving its context gives unsettled deliveries back to the queue."""

    async def next_batch(self, limit: int) -> list[Delivery]:
        """Return the next one to ``limit`` deliveries in queue order, waiting for the first.

        Returns an empty list once ``finish`` was called.

        Raises:
            TransportError: the consumer was lost; open another.
        """
        ...

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """Settle deliveries: the queue forgets them.

        Raises:
            TransportError: the consumer was lost; they will be delivered again.
        """
        ...

    async def reject(self, deliveries: Iterable[Delivery]) -> None:
        """Send deliveries to the queue's dead letters."""
        ...

    async def nack(self, deliveries: Iterable[Delivery]) -> None:
        """Give deliveries back: the queue delivers them again, to this consumer or another."""
        ...

    def finish(self) -> None:
        """Let the pending and all later ``next_batch`` return an empty list."""
        ...


class Transport(Protocol):
    """Where messages are published to and consumed from."""

    async def declare(self, topology: Topology) -> None:
        """Make sure that all of the topology exists."""
        ...

    async def unbind(self, bindings: Iterable[Binding]) -> None:
        """Remove bindings; those that do not exist are left alone."""
        ...

    async def publish(
        self, messages: Sequence[Message], *, timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> list[Exception | None]:
        """Publish to the ingress and wait for the broker's word on each.

        Returns one entry a message, in order: ``None`` when it is stored, else a ``PublishRefusedError``,
        ``UnpublishableError`` or ``TransportError``.
        """
        ...

    async def send(
        self, queue: str, messages: Sequence[Message], *, timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> list[Exception | None]:
        """Publish to one queue and no other; results as of ``publish``."""
        ...

    def consume(self, queue: str, *, prefetch: int) -> AbstractAsyncContextManager[Subscription]:
        """Open a consumer with at most ``prefetch`` unsettled deliveries.

        Raises:
            TransportError: the queue does not exist or the transport is not there.
        """
        ...

    async def exists(self, queue: str) -> bool:
        """Say whether a queue exists.

        Raises:
            TransportError: the transport is not there.
        """
        ...

    def archived(self, *, since: datetime | None) -> AsyncGenerator[Sequence[Message], None]:
        """Read what the archive holds, oldest first, in batches, up to what it held when the reading began.

        ``since`` leaves out what was archived before, as exactly as the transport can; None reads all of it.

        Raises:
            TransportError: the archive does not exist or the transport is not there.
        """
        ...

    async def depth(self, queue: str) -> int:
        """Return how many messages are ready in a queue.

        Raises:
            TransportError: the queue does not exist or the transport is not there.
        """
        ...

    async def ready(self) -> bool:
        """Say whether the transport answers now."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...
