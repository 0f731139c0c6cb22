"""Publishing a batch to RabbitMQ in one write, each message with its own confirmation.

aio-pika publishes message by message: a task, a lock and a flush for each cost several times what the message does.
Here a batch takes the channel's lock once and leaves as one write. Confirmations and returns stay with aiormq's
channel, which is told of each message what its own ``basic_publish`` tells it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiormq
from aiormq.abc import ChannelFrame, FrameType
from pamqp import commands
from pamqp.body import ContentBody
from pamqp.common import FieldTable
from pamqp.header import ContentHeader

from linli.messaging.amqp_errors import LOST, lost
from linli.messaging.message import Headers, Message, PublishRefusedError, TransportError, UnpublishableError

CONTENT_TYPE = "application/cloudevents+json"
PERSISTENT = 2
MOST_KEY_BYTES = 255

Confirmation = asyncio.Future[Any]


async def publish_batch(
    channel: aiormq.Channel, messages: Sequence[Message], *, exchange: str, key: str | None, timeout_s: float
) -> list[Exception | None]:
    """Publish messages of different ids, mandatory and persistent, and wait for the broker's word on each.

    ``key`` stands in for the messages' own routing keys. Returns one entry a message, in order, as
    ``Transport.publish`` does. After a ``TransportError`` or an exception the channel is of no more use: it may have
    counted messages that the broker has not.
    """
    results: list[Exception | None] = [None] * len(messages)
    payloads: dict[int, bytes] = {}
    for place, one in enumerate(messages):
        try:
            payloads[place] = _encode(channel, one, exchange, key or one.routing_key)
        except (ValueError, TypeError, OverflowError) as error:
            results[place] = UnpublishableError(f"{type(error).__name__}: {error}"[:300])
    confirmations = {place: channel.create_future() for place in payloads}
    if payloads:
        ids = {messages[place].id: confirmation for place, confirmation in confirmations.items()}
        await _confirmed(channel, ids, b"".join(payloads.values()), timeout_s)
    for place, confirmation in confirmations.items():
        results[place] = _answer(confirmation, key or messages[place].routing_key)
    return results


async def _confirmed(
    channel: aiormq.Channel, confirmations: Mapping[str, Confirmation], payload: bytes, timeout_s: float
) -> None:
    """Write, and wait until all is answered or the time is over; what has no answer then is left pending."""
    try:
        async with asyncio.timeout(timeout_s):
            await _write(channel, confirmations, payload)
            await asyncio.wait(confirmations.values())
    except (*LOST, asyncio.CancelledError) as error:
        if isinstance(lost(error), asyncio.CancelledError):
            raise
    for message_id in confirmations:
        channel.message_id_delivery_tag.pop(message_id, None)


async def _write(channel: aiormq.Channel, confirmations: Mapping[str, Confirmation], payload: bytes) -> None:
    async with channel.lock:
        for message_id, confirmation in confirmations.items():
            channel.delivery_tag += 1
            channel.confirmations[channel.delivery_tag] = confirmation
            channel.message_id_delivery_tag[message_id] = channel.delivery_tag
        written = channel.create_future()
        await channel.write_queue.put(ChannelFrame(payload=payload, should_close=False, drain_future=written))
        await written


def _encode(channel: aiormq.Channel, message: Message, exchange: str, key: str) -> bytes:
    if len(key.encode()) > MOST_KEY_BYTES:
        raise ValueError(f"a routing key has at most {MOST_KEY_BYTES} bytes")
    size, body = channel.max_content_size, message.body
    properties = commands.Basic.Properties(
        message_id=message.id,
        content_type=CONTENT_TYPE,
        delivery_mode=PERSISTENT,
        headers=_table(message.headers),
    )
    frames: list[FrameType | ContentBody] = [
        commands.Basic.Publish(exchange=exchange, routing_key=key, mandatory=True),
        ContentHeader(properties=properties, body_size=len(body)),
        *(ContentBody(body[start : start + size]) for start in range(0, len(body), size)),
    ]
    return ChannelFrame.marshall(channel.number, frames).payload


def _table(headers: Headers) -> FieldTable:
    # A list of texts is an array of values; the type of a list does not say so.
    return {name: [*value] if isinstance(value, list) else value for name, value in headers.items()}


def _answer(confirmation: Confirmation, key: str) -> Exception | None:
    if not confirmation.done() or confirmation.cancelled():
        return TransportError("the broker did not answer")
    error = confirmation.exception()
    if isinstance(error, aiormq.exceptions.DeliveryError):
        return PublishRefusedError(f"{type(error).__name__} for {key}")
    return None if error is None else TransportError(f"{type(error).__name__}: {error}"[:300])
