"""An operator's connection to RabbitMQ: single questions and changes, each answered or refused in bounded time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeVar

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection

from linli.messaging.amqp_connection import CLOSE_TIMEOUT_S, CONNECT_TIMEOUT_S, RPC_TIMEOUT_S
from linli.messaging.amqp_errors import LOST, lost
from linli.messaging.definitions import BindingDefinition, ExchangeDefinition, QueueDefinition
from linli.messaging.refusal import BusError, explain

Answer = TypeVar("Answer")


class NoSuchQueueError(BusError):
    """The broker has no queue of that name."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a queue tells of itself: messages ready, and consumers."""

    ready: int
    consumers: int


class AmqpOperator:
    """Asks and changes; a refusal closes a channel in AMQP, so the next call opens another."""

    def __init__(self, connection: AbstractConnection, url: str) -> None:
        self._connection = connection
        self._url = url
        self._channel: AbstractChannel | None = None

    @property
    def cluster_name(self) -> str:
        """The name of the broker's cluster."""
        told = self._connection.server_properties.get("cluster_name", "")
        return told.decode() if isinstance(told, bytes) else str(told)

    async def look(self, queue: str) -> Look:
        """Return what waits in a queue.

        Raises:
            NoSuchQueueError: there is none of that name.
        """
        try:
            told = await self._ask(lambda channel: channel.queue_declare(queue, passive=True, timeout=RPC_TIMEOUT_S))
        except aiormq.ChannelNotFoundEntity:
            raise NoSuchQueueError(f"no queue {queue!r}") from None
        return Look(told.message_count or 0, told.consumer_count or 0)

    async def has_exchange(self, exchange: str) -> bool:
        """Say whether there is an exchange of that name."""
        try:
            await self._ask(lambda channel: channel.exchange_declare(exchange, passive=True, timeout=RPC_TIMEOUT_S))
        except aiormq.ChannelNotFoundEntity:
            return False
        return True

    async def declare_queue(self, one: QueueDefinition) -> None:
        """Declare a queue; one that is there already as described is left as it is.

        Raises:
            BusError: it is declared otherwise.
        """
        await self._told(
            lambda channel: channel.queue_declare(
                one.name,
                durable=one.durable,
                auto_delete=one.auto_delete,
                arguments=dict(one.arguments),
                timeout=RPC_TIMEOUT_S,
            )
        )

    async def declare_exchange(self, one: ExchangeDefinition) -> None:
        """Declare an exchange, as `declare_queue` does a queue."""
        await self._told(
            lambda channel: channel.exchange_declare(
                one.name,
                exchange_type=one.type,
                durable=one.durable,
                auto_delete=one.auto_delete,
                internal=one.internal,
                arguments=dict(one.arguments),
                timeout=RPC_TIMEOUT_S,
            )
        )

    async def bind(self, one: BindingDefinition) -> None:
        """Make a binding; one that is there already is left as it is."""
        await self._told(lambda channel: _binding_call(channel, one, "bind"))

    async def unbind(self, one: BindingDefinition) -> None:
        """Take a binding away."""
        await self._told(lambda channel: _binding_call(channel, one, "unbind"))

    async def delete_queue(self, queue: str) -> int:
        """Delete a queue and return how many messages went with it."""
        told = await self._told(lambda channel: channel.queue_delete(queue, timeout=RPC_TIMEOUT_S))
        return told.message_count or 0

    async def declare_own_queue(self, queue: str) -> None:
        """Declare a queue that is this connection's own and ends with it.

        Raises:
            ChannelLockedResource: another connection has it.
        """
        await self._ask(
            lambda channel: channel.queue_declare(queue, exclusive=True, auto_delete=True, timeout=RPC_TIMEOUT_S)
        )

    async def open_channel(self) -> AbstractChannel:
        """Return a new channel, without publisher confirms."""
        async with asyncio.timeout(RPC_TIMEOUT_S):
            return await self._connection.channel(publisher_confirms=False)

    async def _told(self, call: Callable[[AbstractChannel], Awaitable[Answer]]) -> Answer:
        try:
            return await self._ask(call)
        except aiormq.AMQPError as error:
            raise BusError(explain(error, self._url)) from None

    async def _ask(self, call: Callable[[AbstractChannel], Awaitable[Answer]]) -> Answer:
        if self._channel is None or self._channel.is_closed:
            self._channel = await self.open_channel()
        return await call(self._channel)


async def _binding_call(channel: AbstractChannel, one: BindingDefinition, verb: Literal["bind", "unbind"]) -> object:
    calls: dict[tuple[str, str], Callable[..., Awaitable[object]]] = {
        ("queue", "bind"): channel.queue_bind,
        ("queue", "unbind"): channel.queue_unbind,
        ("exchange", "bind"): channel.exchange_bind,
        ("exchange", "unbind"): channel.exchange_unbind,
    }
    return await calls[one.destination_type, verb](
        one.destination, one.source, one.routing_key, arguments=dict(one.arguments), timeout=RPC_TIMEOUT_S
    )


@asynccontextmanager
async def amqp_operator(url: str) -> AsyncIterator[AmqpOperator]:
    """Connect; what AMQP raises on the way or in the block is told as a `BusError`."""
    connection: AbstractConnection | None = None
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connection = await aiormq.connect(url)
        yield AmqpOperator(connection, url)
    except (*LOST, asyncio.CancelledError) as error:
        _raise_told(error, url)
    finally:
        if connection is not None:
            with suppress(*LOST):
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await connection.close()


def _raise_told(error: BaseException, url: str) -> NoReturn:
    # A vanished broker makes aiormq cancel whoever waits on it; a cancellation of our own stays one.
    if isinstance(lost(error), asyncio.CancelledError):
        raise error
    raise BusError(explain(error, url)) from None
