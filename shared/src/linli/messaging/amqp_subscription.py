"""One open consumer on RabbitMQ."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager

from aio_pika.abc import AbstractChannel as Channel
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.common import FieldTable

from linli.messaging.amqp_errors import LOST
from linli.messaging.message import Delivery, Message, TransportError

SETTLE_TIMEOUT_S = 5.0
"""How long acknowledging a batch may take: aiormq waits for ever for room in the buffer of a connection that died."""


class AmqpSubscription:
    """Deliveries wait in a buffer that the prefetch bounds, in the order in which the broker sent them.

    It ends when its channel is closed, and is never cancelled: the broker would let the next consumer begin with newer
    messages before it gives back those that this one has not settled.
    """

    def __init__(self, queue: str, arguments: FieldTable) -> None:
        self._name = queue
        self._arguments = arguments
        self._buffer: deque[Delivery] = deque()
        self._changed = asyncio.Event()
        self._finished = False
        self._lost: str | None = None
        self._unsettled: set[int] = set()
        self._channel: AbstractChannel | None = None

    async def open(self, channel: Channel, *, timeout_s: float) -> None:
        """Start consuming on ``channel``, below aio-pika's own message objects, which cost more than the rest."""
        underlay = await channel.get_underlay_channel()
        await underlay.queue_declare(self._name, passive=True, timeout=timeout_s)
        self._channel = underlay
        # A plain consumer is told nothing when its queue is deleted or its channel dies, unless it asks.
        underlay.on_consumer_cancel_callbacks.add(lambda _: self._lose("the broker cancelled the consumer"))
        channel.close_callbacks.add(lambda *_: self._lose("the channel was closed"))
        await underlay.basic_consume(self._name, self._take, arguments=self._arguments, timeout=timeout_s)

    async def next_batch(self, limit: int) -> list[Delivery]:
        while not self._finished:
            if self._lost is not None:
                raise TransportError(self._lost)
            if self._buffer:
                return [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]
            self._changed.clear()
            await self._changed.wait()
        return []

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        tags = [one.tag for one in deliveries]
        async with self._settling() as channel:
            if self._settle(tags):
                await channel.basic_ack(max(tags), multiple=True, wait=False)
                return
            for tag in tags:
                await channel.basic_ack(tag, wait=False)

    async def reject(self, deliveries: Iterable[Delivery]) -> None:
        await self._refuse(deliveries, requeue=False)

    async def nack(self, deliveries: Iterable[Delivery]) -> None:
        await self._refuse(deliveries, requeue=True)

    def finish(self) -> None:
        self._finished = True
        self._changed.set()

    async def _refuse(self, deliveries: Iterable[Delivery], *, requeue: bool) -> None:
        async with self._settling() as channel:
            refuse = channel.basic_nack if requeue else channel.basic_reject
            for one in deliveries:
                self._unsettled.discard(one.tag)
                await refuse(one.tag, requeue=requeue, wait=False)

    @asynccontextmanager
    async def _settling(self) -> AsyncIterator[AbstractChannel]:
        channel = self._open_channel()
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                yield channel
        except LOST as error:
            raise TransportError(f"{self._name}: {type(error).__name__} on settling") from error

    def _settle(self, tags: Collection[int]) -> bool:
        """Strike tags off; say whether they were all the lowest, so that one answer can stand for them."""
        self._unsettled.difference_update(tags)
        return bool(tags) and max(tags) < min(self._unsettled, default=max(tags) + 1)

    def _open_channel(self) -> AbstractChannel:
        if self._channel is None or self._lost is not None:
            raise TransportError(self._lost or "not open")
        return self._channel

    async def _take(self, incoming: DeliveredMessage) -> None:
        properties = incoming.header.properties
        headers = {key: value for key, value in (properties.headers or {}).items() if isinstance(value, (str, int))}
        message = Message(
            id=properties.message_id or "",
            routing_key=str(headers.get("linli-routing-key", incoming.routing_key)),
            body=incoming.body,
            headers=headers,
        )
        tag = incoming.delivery_tag or 0
        self._unsettled.add(tag)
        self._buffer.append(Delivery(message, tag, bool(incoming.redelivered)))
        self._changed.set()

    def _lose(self, why: str) -> None:
        self._lost = self._lost or f"{self._name}: {why}"
        self._changed.set()
