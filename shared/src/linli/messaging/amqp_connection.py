"""A connection to RabbitMQ, opened when it is needed and again when it was lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aio_pika import Connection
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.connection import make_url

from linli.messaging.amqp_errors import LOST, lost

HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 10.0
RPC_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0


class AmqpConnection:
    """One connection of a transport, at most."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._current: AbstractConnection | None = None
        self._opening = asyncio.Lock()

    async def opened(self) -> AbstractConnection:
        """Return the connection, which is alive.

        Raises:
            TransportError: the broker is not there.
        """
        async with self._opening:
            if self._current is None or not alive(self._current):
                await self.close()
                with translated():
                    async with asyncio.timeout(CONNECT_TIMEOUT_S):
                        self._current = await _connect(self._url)
            return self._current

    async def channel(self, *, confirms: bool = False) -> AbstractChannel:
        """Open a channel; with ``confirms`` one to publish on, where what is unroutable fails.

        Raises:
            TransportError: the broker is not there.
        """
        connection = await self.opened()
        with translated():
            async with asyncio.timeout(RPC_TIMEOUT_S):
                return await connection.channel(publisher_confirms=confirms, on_return_raises=confirms)

    async def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        connection, self._current = self._current, None
        if connection is not None:
            await close_in_time(connection)
            # Past its time it has let go of its socket and only has to say that it is closed; see _connect.
            await connection.close()


async def _connect(url: str) -> Connection:
    connection = Connection(make_url(url, heartbeat=HEARTBEAT_S))
    try:
        await connection.connect()
    except BaseException:
        # One that is dropped without being closed starts to close when it is collected, with or without an event loop.
        await connection.close()
        raise
    return connection


def alive(connection: AbstractConnection) -> bool:
    """Say whether a connection still has its socket; ``is_closed`` only tells whether it was closed from this side."""
    return connection.connected.is_set()


@contextmanager
def translated() -> Iterator[None]:
    """Let what aio-pika raises when something is gone be a ``TransportError``."""
    try:
        yield
    except (*LOST, asyncio.CancelledError) as error:
        raise lost(error) from error


async def close_in_time(closable: AbstractConnection | AbstractChannel) -> None:
    """Close what may be gone already."""
    if closable.is_closed:
        return
    with suppress(*LOST):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await closable.close()
