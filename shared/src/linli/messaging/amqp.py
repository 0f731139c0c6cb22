"""The transport over RabbitMQ.

Plain connections, not aio-pika's robust ones: whoever publishes or consumes retries anyway, so that reconnecting
stands in one place and declares everything anew. Publishing and consuming use connections of their own, so that
neither a blocked publisher nor a closed channel touches the other.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import aiormq
from aio_pika.abc import AbstractChannel
from pamqp.common import FieldTable
from uuid_utils.compat import uuid7

from linli.messaging.amqp_connection import (
    RPC_TIMEOUT_S,
    AmqpConnection,
    alive,
    close_in_time,
    translated,
)
from linli.messaging.amqp_declaring import declare
from linli.messaging.amqp_publisher import AmqpPublisher
from linli.messaging.amqp_subscription import AmqpSubscription
from linli.messaging.message import TYPE_HEADER, Message, TransportError
from linli.messaging.topology import ARCHIVE, INGRESS, Binding, Topology
from linli.messaging.transport import PUBLISH_TIMEOUT_S, Subscription

READY_TIMEOUT_S = 2.0
ARCHIVE_BATCH = 500
ARCHIVE_TIMEOUT_S = 30.0
"""How long a reader of the archive waits for the next messages before it takes the connection for lost."""


class AmqpTransport:
    """Messages over RabbitMQ 3.10 or later; the URL names the virtual host."""

    def __init__(self, url: str) -> None:
        self._publishing = AmqpConnection(url)
        self._consuming = AmqpConnection(url)
        self._publisher = AmqpPublisher(self._publishing)

    async def declare(self, topology: Topology) -> None:
        """Declare on a channel of its own: a refused declaration closes the channel that it was made on."""
        async with self._rpc_channel() as channel:
            await declare(channel, topology)

    async def unbind(self, bindings: Iterable[Binding]) -> None:
        async with self._rpc_channel() as channel:
            underlay = await channel.get_underlay_channel()
            for one in bindings:
                await underlay.queue_unbind(one.target, one.source, one.pattern, timeout=RPC_TIMEOUT_S)

    async def publish(
        self, messages: Sequence[Message], *, timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> list[Exception | None]:
        return await self._publisher.publish(messages, exchange=INGRESS, key=None, timeout_s=timeout_s)

    async def send(
        self, queue: str, messages: Sequence[Message], *, timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> list[Exception | None]:
        return await self._publisher.publish(messages, exchange="", key=queue, timeout_s=timeout_s)

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[Subscription]:
        """Open a consumer on a channel of its own.

        The queue is declared passively, once: a name that does not exist is an error here and not a silent wait.
        """
        async with self._consume(queue, prefetch, {}) as subscription:
            yield subscription

    @asynccontextmanager
    async def _consume(self, queue: str, prefetch: int, arguments: FieldTable) -> AsyncIterator[AmqpSubscription]:
        channel = await self._consuming.channel()
        subscription = AmqpSubscription(queue, arguments)
        try:
            with translated():
                await channel.set_qos(prefetch_count=prefetch, timeout=RPC_TIMEOUT_S)
                await subscription.open(channel, timeout_s=RPC_TIMEOUT_S)
            yield subscription
        finally:
            await close_in_time(channel)

    async def exists(self, queue: str) -> bool:
        async with self._rpc_channel() as channel:
            try:
                await channel.declare_queue(queue, passive=True, timeout=RPC_TIMEOUT_S)
            except aiormq.exceptions.ChannelNotFoundEntity:
                return False
        return True

    async def archived(self, *, since: datetime | None) -> AsyncGenerator[Sequence[Message], None]:
        """Read the stream up to a mark that is set when the reading began: a stream does not tell where it ends."""
        mark = Message(id=str(uuid7()), routing_key=ARCHIVE, body=b"")
        start: FieldTable = {"x-stream-offset": since or "first"}
        async with self._consume(ARCHIVE, ARCHIVE_BATCH, start) as subscription:
            [error] = await self.send(ARCHIVE, [mark])
            if error is not None:
                raise TransportError(f"{ARCHIVE}: {error}") from error
            ids: list[str] = []
            while mark.id not in ids:
                async with _bounded(ARCHIVE_TIMEOUT_S):
                    batch = await subscription.next_batch(ARCHIVE_BATCH)
                await subscription.ack(batch)
                ids = [one.message.id for one in batch]
                # Marks, of this reading and of others, are no events.
                yield [one.message for one in batch if TYPE_HEADER in one.message.headers]

    async def depth(self, queue: str) -> int:
        async with self._rpc_channel() as channel:
            declared = await channel.declare_queue(queue, passive=True, timeout=RPC_TIMEOUT_S)
            return declared.declaration_result.message_count or 0

    async def ready(self) -> bool:
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                return alive(await self._publishing.opened())
        except (TransportError, TimeoutError):
            return False

    async def close(self) -> None:
        await self._publishing.close()
        await self._consuming.close()

    @asynccontextmanager
    async def _rpc_channel(self) -> AsyncIterator[AbstractChannel]:
        channel = await self._consuming.channel()
        try:
            with translated():
                yield channel
        finally:
            await close_in_time(channel)


@asynccontextmanager
async def _bounded(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TransportError(f"nothing came for {seconds:g} s") from error
