"""The transport over RabbitMQ.

Plain connections, not aio-pika's robust ones: whoever publishes or consumes retries anyway, so that reconnecting
stands in one place and declares everything anew. Publishing and consuming use connections of their own, so that
neither a blocked publisher nor a closed channel touches the other.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime

import aio_pika
import aiormq
from aio_pika.abc import AbstractChannel, AbstractConnection
from pamqp.common import FieldTable
from uuid_utils.compat import uuid7

from linli.messaging.amqp_errors import LOST, lost
from linli.messaging.amqp_publishing import publish_batch
from linli.messaging.amqp_subscription import AmqpSubscription
from linli.messaging.message import TYPE_HEADER, Message, TransportError
from linli.messaging.topology import ARCHIVE, INGRESS, Binding, Exchange, Queue, Topology
from linli.messaging.transport import PUBLISH_TIMEOUT_S, Subscription
from linli.messaging.waves import waves

HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 10.0
RPC_TIMEOUT_S = 10.0
READY_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 2.0
ARCHIVE_BATCH = 500
ARCHIVE_TIMEOUT_S = 30.0
"""How long a reader of the archive waits for the next messages before it takes the connection for lost."""
NO_DELIVERY_LIMIT = 2**31 - 1


class AmqpTransport:
    """Messages over RabbitMQ 3.10 or later; the URL names the virtual host."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._publisher: AbstractConnection | None = None
        self._consumer: AbstractConnection | None = None
        self._channel: aiormq.Channel | None = None
        self._connecting = asyncio.Lock()
        self._publishing = asyncio.Lock()

    async def declare(self, topology: Topology) -> None:
        """Declare on a channel of its own: a refused declaration closes the channel that it was made on."""
        async with self._rpc_channel() as channel:
            for exchange in topology.exchanges:
                await _declare_exchange(channel, exchange)
            for queue in topology.queues:
                await channel.declare_queue(
                    queue.name, durable=True, arguments=arguments_of(queue), timeout=RPC_TIMEOUT_S
                )
            for binding in topology.bindings:
                await _bind(channel, binding)

    async def unbind(self, bindings: Iterable[Binding]) -> None:
        async with self._rpc_channel() as channel:
            underlay = await channel.get_underlay_channel()
            for one in bindings:
                await underlay.queue_unbind(one.target, one.source, one.pattern, timeout=RPC_TIMEOUT_S)

    async def publish(
        self, messages: Sequence[Message], *, timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> list[Exception | None]:
        return await self._publish(messages, INGRESS, None, timeout_s)

    async def send(
        self, queue: str, messages: Sequence[Message], *, timeout_s: float = PUBLISH_TIMEOUT_S
    ) -> list[Exception | None]:
        return await self._publish(messages, "", queue, timeout_s)

    async def _publish(
        self, messages: Sequence[Message], exchange: str, key: str | None, timeout_s: float
    ) -> list[Exception | None]:
        # One batch at a time, and each id once in it: two publishes of one id would swap their returns.
        async with self._publishing:
            results: dict[str, deque[Exception | None]] = defaultdict(deque)
            for wave in waves(messages, lambda one: one.id):
                for message, result in zip(wave, await self._publish_wave(wave, exchange, key, timeout_s), strict=True):
                    results[message.id].append(result)
            return [results[one.id].popleft() for one in messages]

    async def _publish_wave(
        self, messages: Sequence[Message], exchange: str, key: str | None, timeout_s: float
    ) -> list[Exception | None]:
        try:
            channel = await self._publish_channel()
        except TransportError as error:
            return [error] * len(messages)
        healthy = False
        try:
            results = await publish_batch(channel, messages, exchange=exchange, key=key, timeout_s=timeout_s)
            healthy = not any(isinstance(result, TransportError) for result in results)
        finally:
            if not healthy:
                await self._drop_publisher()
        return results

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[Subscription]:
        """Open a consumer on a channel of its own.

        The queue is declared passively, once: a name that does not exist is an error here and not a silent wait.
        """
        async with self._consume(queue, prefetch, {}) as subscription:
            yield subscription

    @asynccontextmanager
    async def _consume(self, queue: str, prefetch: int, arguments: FieldTable) -> AsyncIterator[AmqpSubscription]:
        channel = await self._open_channel()
        subscription = AmqpSubscription(queue, arguments)
        try:
            await _start(subscription, channel, prefetch)
            yield subscription
        finally:
            await subscription.cancel(timeout_s=CLOSE_TIMEOUT_S)
            await _close(channel)

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
                connection = await self._connection("_publisher")
        except (TransportError, TimeoutError):
            return False
        return alive(connection)

    async def close(self) -> None:
        for connection in (self._publisher, self._consumer):
            if connection is not None:
                await _close(connection)
        self._publisher = self._consumer = self._channel = None

    async def _connection(self, which: str) -> AbstractConnection:
        async with self._connecting:
            current: AbstractConnection | None = getattr(self, which)
            if current is None or not alive(current):
                if current is not None:
                    await _close(current)
                current = await _connect(self._url)
                setattr(self, which, current)
            return current

    async def _publish_channel(self) -> aiormq.Channel:
        if self._channel is None or self._channel.is_closed:
            connection = await self._connection("_publisher")
            with _translated():
                async with asyncio.timeout(RPC_TIMEOUT_S):
                    self._channel = await _confirming_channel(connection)
        return self._channel

    async def _drop_publisher(self) -> None:
        connection, self._publisher, self._channel = self._publisher, None, None
        if connection is not None:
            await _close(connection)

    async def _open_channel(self) -> AbstractChannel:
        connection = await self._connection("_consumer")
        with _translated():
            async with asyncio.timeout(RPC_TIMEOUT_S):
                return await connection.channel()

    @asynccontextmanager
    async def _rpc_channel(self) -> AsyncIterator[AbstractChannel]:
        channel = await self._open_channel()
        try:
            with _translated():
                yield channel
        finally:
            await _close(channel)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (*LOST, asyncio.CancelledError) as error:
        raise lost(error) from error


@asynccontextmanager
async def _bounded(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise TransportError(f"nothing came for {seconds:g} s") from error


def alive(connection: AbstractConnection) -> bool:
    """Say whether a connection still has its socket; ``is_closed`` only tells whether it was closed from this side."""
    return connection.connected.is_set()


def arguments_of(queue: Queue) -> FieldTable:
    """Return the declaration arguments of a queue."""
    arguments: FieldTable = {"x-queue-type": queue.kind}
    if queue.ordered:
        arguments["x-single-active-consumer"] = True
    if queue.dead_letter_to is not None:
        arguments |= {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": queue.dead_letter_to,
            "x-dead-letter-strategy": "at-least-once",
        }
    if queue.kind == "quorum":
        arguments["x-overflow"] = "reject-publish"
        if queue.dead_letter_to is None:
            # Past its limit, 20 unless told, RabbitMQ 4 drops what has nowhere to go.
            arguments["x-delivery-limit"] = NO_DELIVERY_LIMIT
    if queue.ttl_s is not None:
        arguments["x-message-ttl"] = queue.ttl_s * 1000
    return arguments


async def _connect(url: str) -> AbstractConnection:
    with _translated():
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            return await aio_pika.connect(url, heartbeat=HEARTBEAT_S)


async def _confirming_channel(connection: AbstractConnection) -> aiormq.Channel:
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    underlay = await channel.get_underlay_channel()
    if not isinstance(underlay, aiormq.Channel):
        raise TypeError(f"batches are written to aiormq's channel, not to {type(underlay).__name__}")
    return underlay


async def _start(subscription: AmqpSubscription, channel: AbstractChannel, prefetch: int) -> None:
    with _translated():
        await channel.set_qos(prefetch_count=prefetch, timeout=RPC_TIMEOUT_S)
        await subscription.open(channel, timeout_s=RPC_TIMEOUT_S)


async def _close(closable: AbstractConnection | AbstractChannel) -> None:
    if closable.is_closed:
        return
    with suppress(*LOST):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await closable.close()


async def _declare_exchange(channel: AbstractChannel, exchange: Exchange) -> None:
    arguments: FieldTable | None = {"alternate-exchange": exchange.alternate} if exchange.alternate else None
    await channel.declare_exchange(
        exchange.name, exchange.kind, durable=True, arguments=arguments, timeout=RPC_TIMEOUT_S
    )


async def _bind(channel: AbstractChannel, binding: Binding) -> None:
    underlay = await channel.get_underlay_channel()
    if binding.to_exchange:
        await underlay.exchange_bind(
            destination=binding.target, source=binding.source, routing_key=binding.pattern, timeout=RPC_TIMEOUT_S
        )
    else:
        await underlay.queue_bind(binding.target, binding.source, binding.pattern, timeout=RPC_TIMEOUT_S)
