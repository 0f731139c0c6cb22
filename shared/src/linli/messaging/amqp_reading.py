"""Reading a queue of RabbitMQ from end to end, and giving back what was not taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiormq
from aiormq.abc import AbstractChannel, DeliveredMessage

from linli.messaging.amqp_connection import CLOSE_TIMEOUT_S, RPC_TIMEOUT_S
from linli.messaging.amqp_errors import LOST
from linli.messaging.amqp_operator import AmqpOperator, amqp_operator
from linli.messaging.letters import Letter
from linli.messaging.refusal import BusError

MOST = 65_535
"""The largest prefetch. What is given back goes behind what was given back before: only who takes all keeps order."""

DELIVERY_TIMEOUT_S = 10.0
RETURN_TIMEOUT_S = 5.0
RETURN_POLL_S = 0.02


@dataclass
class AmqpReading:
    """Every message of a queue, delivered to one channel and not settled."""

    queue: str
    ready: int
    count: int
    channel: AbstractChannel
    taken: int = 0
    arrived: asyncio.Queue[DeliveredMessage] = field(default_factory=asyncio.Queue)

    async def letters(self) -> AsyncIterator[Letter]:
        """Yield what was delivered, in the order of the queue."""
        for _ in range(self.count):
            try:
                async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                    message = await self.arrived.get()
            except TimeoutError:
                raise BusError(f"{self.queue}: the broker stopped delivering; all is given back") from None
            yield _letter(self.queue, message)

    async def forget(self, letter: Letter) -> None:
        """Settle one message."""
        await self.channel.basic_ack(letter.tag, wait=False)
        self.taken += 1


@asynccontextmanager
async def amqp_reading(url: str, queue: str, *, first: int | None = None) -> AsyncIterator[AmqpReading]:
    """Read a queue as `linli.messaging.reading.open_reading` says."""
    async with amqp_operator(url) as operator:
        await _lock(operator, queue)
        look = await operator.look(queue)
        if look.consumers:
            raise BusError(f"{queue} is being read by {look.consumers} consumers")
        if look.ready > MOST and first is None:
            raise BusError(f"{queue} holds {look.ready} messages; no more than {MOST} can be read in order")
        channel = await operator.open_channel()
        count = look.ready if look.ready <= MOST else min(first or MOST, MOST)
        reading = AmqpReading(queue, look.ready, count, channel)
        tag = await _consume(reading)
        try:
            yield reading
        finally:
            await _give_back(operator, reading, tag)


async def _lock(operator: AmqpOperator, queue: str) -> None:
    """Keep other operators out until the connection ends.

    Quorum queues ignore an exclusive consumer; a queue that is exclusive to a connection is not ignored.
    """
    try:
        await operator.declare_own_queue(f"linli.operator.{queue}")
    except aiormq.ChannelLockedResource:
        raise BusError(f"{queue} is being read by another operator") from None


async def _consume(reading: AmqpReading) -> str:
    # What comes meanwhile is taken too, and so stays behind what was there.
    prefetch = reading.count if reading.count < reading.ready else MOST
    await reading.channel.basic_qos(prefetch_count=prefetch, timeout=RPC_TIMEOUT_S)
    started = await reading.channel.basic_consume(reading.queue, reading.arrived.put, timeout=RPC_TIMEOUT_S)
    return str(started.consumer_tag)


async def _give_back(operator: AmqpOperator, reading: AmqpReading, tag: str) -> None:
    """Close the channel, by which the broker gives back in order, which it does not for a `nack` of many."""
    with suppress(*LOST):
        await reading.channel.basic_cancel(tag, timeout=RPC_TIMEOUT_S)
    with suppress(*LOST):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await reading.channel.close()
    # The next command would find the queue still on its way back.
    with suppress(TimeoutError, BusError, *LOST):
        async with asyncio.timeout(RETURN_TIMEOUT_S):
            while (await operator.look(reading.queue)).ready < reading.ready - reading.taken:  # noqa: ASYNC110 - the broker sets no event
                await asyncio.sleep(RETURN_POLL_S)


def _letter(queue: str, message: DeliveredMessage) -> Letter:
    properties = message.header.properties
    return Letter(
        queue=queue,
        tag=message.delivery_tag or 0,
        id=properties.message_id or "",
        routing_key=message.routing_key or "",
        headers=properties.headers or {},
        body=message.body,
    )
