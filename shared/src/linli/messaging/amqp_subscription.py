"""One open consumer on RabbitMQ."""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

import aiormq
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from linli.messaging.message import Delivery, Message, TransportError

GONE = (aiormq.exceptions.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError, TimeoutError, RuntimeError)

SETTLE_TIMEOUT_S = 5.0
"""How long acknowledging a batch may take: aiormq waits for ever for room in the buffer of a connection that died."""


class AmqpSubscription:
    """Deliveries wait in a buffer that the prefetch bounds, in the order in which the broker sent them."""

    def __init__(self, queue: str) -> None:
        self._name = queue
        self._buffer: deque[Delivery] = deque()
        self._changed = asyncio.Event()
        self._finished = False
        self._lost: str | None = None
        self._queue: AbstractQueue | None = None
        self._channel: aiormq.abc.AbstractChannel | None = None
        self._consumer_tag = ""

    async def open(self, channel: AbstractChannel, *, timeout_s: float) -> None:
        """Start consuming on ``channel``."""
        self._queue = await channel.declare_queue(self._name, passive=True, timeout=timeout_s)
        self._channel = await channel.get_underlay_channel()
        # A plain consumer is told nothing when its queue is deleted or its channel dies, unless it asks.
        self._channel.on_consumer_cancel_callbacks.add(lambda _: self._lose("the broker cancelled the consumer"))
        channel.close_callbacks.add(lambda *_: self._lose("the channel was closed"))
        self._consumer_tag = await self._queue.consume(self._take, timeout=timeout_s)

    async def cancel(self, *, timeout_s: float) -> None:
        """Stop consuming; closing the channel afterwards gives unsettled deliveries back."""
        if self._queue is not None and self._lost is None:
            with suppress(*GONE):
                await self._queue.cancel(self._consumer_tag, timeout=timeout_s)

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
        channel = self._open_channel()
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                for one in deliveries:
                    await channel.basic_ack(one.tag, wait=False)
        except GONE as error:
            raise TransportError(f"{type(error).__name__} on ack") from error

    async def reject(self, deliveries: Iterable[Delivery]) -> None:
        await self._refuse(deliveries, requeue=False)

    async def nack(self, deliveries: Iterable[Delivery]) -> None:
        await self._refuse(deliveries, requeue=True)

    def finish(self) -> None:
        self._finished = True
        self._changed.set()

    async def _refuse(self, deliveries: Iterable[Delivery], *, requeue: bool) -> None:
        channel = self._open_channel()
        refuse = channel.basic_nack if requeue else channel.basic_reject
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                for one in deliveries:
                    await refuse(one.tag, requeue=requeue, wait=False)
        except GONE as error:
            raise TransportError(f"{type(error).__name__} on refusal") from error

    def _open_channel(self) -> aiormq.abc.AbstractChannel:
        if self._channel is None or self._lost is not None:
            raise TransportError(self._lost or "not open")
        return self._channel

    async def _take(self, incoming: AbstractIncomingMessage) -> None:
        headers = {key: value for key, value in incoming.headers.items() if isinstance(value, (str, int))}
        message = Message(
            id=incoming.message_id or "",
            routing_key=str(headers.get("linli-routing-key", incoming.routing_key)),
            body=incoming.body,
            headers=headers,
        )
        self._buffer.append(Delivery(message, incoming.delivery_tag or 0, bool(incoming.redelivered)))
        self._changed.set()

    def _lose(self, why: str) -> None:
        self._lost = self._lost or f"{self._name}: {why}"
        self._changed.set()
