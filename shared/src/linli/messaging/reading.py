"""Reading a queue without changing what it holds or in which order, and taking single messages out of it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from linli.messaging.letters import Letter


class Reading(Protocol):
    """A queue being read by one operator alone."""

    def letters(self) -> AsyncIterator[Letter]:
        """Yield what the queue held when it was opened, in its order. Read to the end: order is kept only then."""
        ...

    async def forget(self, letter: Letter) -> None:
        """Take a letter out of the queue for ever; all others are given back at the end."""
        ...


def open_reading(url: str, queue: str, *, first: int | None = None) -> AbstractAsyncContextManager[Reading]:
    """Open a queue of the bus at ``url``.

    Of a queue that holds too many to be read as a whole, the ``first`` may be read by who means to take all of them.

    Raises:
        NoSuchQueueError: there is none of that name.
        BusError: somebody else reads it, it holds too many to be looked at in order, or the bus does not answer.
    """
    if url.startswith("amqp"):
        from linli.messaging.amqp_reading import amqp_reading  # noqa: PLC0415 - a process loads the one that it uses

        return amqp_reading(url, queue, first=first)
    from linli.messaging.embedded_reading import embedded_reading  # noqa: PLC0415

    return embedded_reading(url, queue)
