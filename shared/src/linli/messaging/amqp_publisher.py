"""The publishing side of the transport over RabbitMQ: one batch at a time on a connection of its own."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence

import aiormq

from linli.messaging.amqp_connection import AmqpConnection
from linli.messaging.amqp_publishing import publish_batch
from linli.messaging.message import Message, TransportError
from linli.messaging.waves import waves


class AmqpPublisher:
    """Publishes on one channel, and drops channel and connection when an answer does not come."""

    def __init__(self, connection: AmqpConnection) -> None:
        self._connection = connection
        self._channel: aiormq.Channel | None = None
        self._publishing = asyncio.Lock()

    async def publish(
        self, messages: Sequence[Message], *, exchange: str, key: str | None, timeout_s: float
    ) -> list[Exception | None]:
        """Publish and wait for the broker's word on each; results as of ``Transport.publish``.

        ``key`` stands in for the messages' own routing keys.
        """
        # One batch at a time, and each id once in it: two publishes of one id would swap their returns.
        async with self._publishing:
            results: dict[str, deque[Exception | None]] = defaultdict(deque)
            for wave in waves(messages, lambda one: one.id):
                for message, result in zip(wave, await self._wave(wave, exchange, key, timeout_s), strict=True):
                    results[message.id].append(result)
            return [results[one.id].popleft() for one in messages]

    async def _wave(
        self, messages: Sequence[Message], exchange: str, key: str | None, timeout_s: float
    ) -> list[Exception | None]:
        try:
            channel = await self._open()
        except TransportError as error:
            return [error] * len(messages)
        healthy = False
        try:
            results = await publish_batch(channel, messages, exchange=exchange, key=key, timeout_s=timeout_s)
            healthy = not any(isinstance(result, TransportError) for result in results)
        finally:
            if not healthy:
                self._channel = None
                await self._connection.close()
        return results

    async def _open(self) -> aiormq.Channel:
        if self._channel is None or self._channel.is_closed:
            channel = await self._connection.channel(confirms=True)
            underlay = await channel.get_underlay_channel()
            if not isinstance(underlay, aiormq.Channel):
                raise TypeError(f"batches are written to aiormq's channel, not to {type(underlay).__name__}")
            self._channel = underlay
        return self._channel
