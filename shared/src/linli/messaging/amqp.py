"""The transport over RabbitMQ.

Plain connections, not aio-pika's robust ones: whoever publishes or consumes retries anyway, so that reconnecting
stands in one place and declares everything anew. Publishing and consuming use connections of their own, so that
neither a blocked publisher nor a closed channel touches the other.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress

import aio_pika
import aiormq
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from pamqp.common import FieldTable

from linli.messaging.amqp_subscription import AmqpSubscription
from linli.messaging.message import Message, PublishRefusedError, TransportError, UnpublishableError
from linli.messaging.topology import INGRESS, Binding, Exchange, Queue, Topology
from linli.messaging.transport import PUBLISH_TIMEOUT_S, Subscription

HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 10.0
RPC_TIMEOUT_S = 10.0
READY_TIMEOUT_S = 2.0
CLOSE_TIMEOUT_S = 2.0
NO_DELIVERY_LIMIT = 2**31 - 1

LOST = (aiormq.exceptions.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError, TimeoutError, RuntimeError)
"""What aio-pika raises when a channel, a connection or a broker is gone."""


class AmqpTransport:
    """Messages over RabbitMQ 3.10 or later; the URL names the virtual host."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._publisher: AbstractConnection | None = None
        self._consumer: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
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
        self, messages: Sequence[Message], exchange_name: str, key: str | None, timeout_s: float
    ) -> list[Exception | None]:
        # One batch at a time: two publishes of one id on one channel would swap their returns.
        async with self._publishing:
            try:
                channel = await self._publish_channel()
            except TransportError as error:
                return [error] * len(messages)
            exchange = await channel.get_exchange(exchange_name, ensure=False) if exchange_name else None
            target = exchange or channel.default_exchange
            results = await asyncio.gather(
                *(_publish_one(target, one, key or one.routing_key, timeout_s) for one in messages)
            )
            if any(isinstance(result, TransportError) for result in results):
                await self._drop_publisher()
            return list(results)

    @asynccontextmanager
    async def consume(self, queue: str, *, prefetch: int) -> AsyncIterator[Subscription]:
        """Open a consumer on a channel of its own.

        The queue is declared passively, once: a name that does not exist is an error here and not a silent wait.
        """
        channel = await self._open_channel()
        subscription = AmqpSubscription(queue)
        try:
            await _start(subscription, channel, prefetch)
            yield subscription
        finally:
            await subscription.cancel(timeout_s=CLOSE_TIMEOUT_S)
            await _close(channel)

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

    async def _publish_channel(self) -> AbstractChannel:
        if self._channel is None or self._channel.is_closed:
            connection = await self._connection("_publisher")
            with _translated():
                async with asyncio.timeout(RPC_TIMEOUT_S):
                    self._channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
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


def alive(connection: AbstractConnection) -> bool:
    """Say whether a connection still has its socket; ``is_closed`` only tells whether it was closed from this side."""
    return connection.connected.is_set()


def lost(error: BaseException) -> BaseException:
    """Return the error to raise for what aio-pika raised.

    A frozen or vanished broker makes aio-pika cancel whoever waits on it; that cancellation is not ours to obey.
    """
    if isinstance(error, TransportError):
        return error
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            return error
    return TransportError(f"{type(error).__name__}: {error}"[:300])


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


async def _publish_one(target: AbstractExchange, message: Message, key: str, timeout_s: float) -> Exception | None:
    try:
        await target.publish(_encode(message), key, mandatory=True, timeout=timeout_s)
    except aiormq.exceptions.DeliveryError as error:
        return PublishRefusedError(f"{type(error).__name__} for {key}")
    except (ValueError, TypeError) as error:
        return UnpublishableError(f"{type(error).__name__}: {error}"[:300])
    except (*LOST, asyncio.CancelledError) as error:
        failure = lost(error)
        if isinstance(failure, Exception):
            return failure
        raise
    return None


def _encode(message: Message) -> aio_pika.Message:
    return aio_pika.Message(
        message.body,
        message_id=message.id,
        content_type="application/cloudevents+json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        headers=dict(message.headers),
    )
