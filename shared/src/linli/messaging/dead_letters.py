"""Dead letters and unrouted events: looked at, driven again, thrown away."""

from collections.abc import Callable
from dataclasses import dataclass

from linli.messaging.connect import open_transport
from linli.messaging.letters import Letter
from linli.messaging.message import REDRIVEN_HEADER, Message, TransportError
from linli.messaging.reading import Reading, open_reading
from linli.messaging.refusal import BusError, refusal_of
from linli.messaging.topology import LEDGER_DEAD, UNROUTED, dead_queue
from linli.messaging.transport import Transport

Done = Callable[[Letter], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters are meant; what is None is not asked of them."""

    id: str | None = None
    reason: str | None = None
    type: str | None = None

    def first(self, limit: int) -> int | None:
        """Return how many letters from the head need be read to find ``limit`` of them; None for all."""
        return limit if self == Choice() else None

    def takes(self, letter: Letter) -> bool:
        """Say whether a letter is meant."""
        return (
            self.id in {None, letter.event_id, letter.id}
            and (self.reason is None or self.reason in letter.reason)
            and self.type in {None, letter.type}
        )


def reading_name(queue: str) -> str:
    """Return the queue that is read for ``queue``, an inbox, its dead letters, or the unrouted events."""
    return queue if queue == UNROUTED or queue.endswith(".dead") else dead_queue(queue)


async def chosen(url: str, queue: str, choice: Choice, *, limit: int) -> list[Letter]:
    """Return the first ``limit`` letters of a queue that are meant; the queue keeps them all.

    Raises:
        BusError: as of `linli.messaging.reading.open_reading`.
    """
    async with open_reading(url, queue) as reading:
        return await _choose(reading, choice, limit)


async def discard(url: str, queue: str, choice: Choice, *, limit: int, done: Done) -> None:
    """Throw away the first ``limit`` letters that are meant; ``done`` is told of each when it is gone.

    Raises:
        BusError: as of `linli.messaging.reading.open_reading`.
    """
    async with open_reading(url, queue, first=choice.first(limit)) as reading:
        for letter in await _choose(reading, choice, limit):
            await reading.forget(letter)
            done(letter)


async def redrive(url: str, queue: str, choice: Choice, *, to: str, limit: int, done: Done) -> None:
    """Send the first ``limit`` letters that are meant to the queue ``to`` and no other.

    ``done`` is told of each when it is stored there and taken from ``queue``. A crash between the two leaves it in
    both, and its consumer lets it take effect once. Notify's ledger is told of what a department gets again.

    Raises:
        BusError: as of `linli.messaging.reading.open_reading`, or ``to`` refuses one; it and those after it stay.
    """
    if to == queue:
        raise BusError(f"{queue} cannot be driven into itself")
    transport = open_transport(url)
    try:
        async with open_reading(url, queue, first=choice.first(limit)) as reading:
            await _require(transport, to)
            told = to.startswith("dept.") and await transport.exists(LEDGER_DEAD)
            for letter in await _choose(reading, choice, limit):
                await _send(transport, to, letter, letter.afresh())
                if told:
                    again = Message(letter.id, to, b"", {REDRIVEN_HEADER: to})
                    await _send(transport, LEDGER_DEAD, letter, again)
                await reading.forget(letter)
                done(letter)
    finally:
        await transport.close()


async def _send(transport: Transport, to: str, letter: Letter, message: Message) -> None:
    [error] = await transport.send(to, [message])
    if error is not None:
        raise BusError(f"{to} did not take {letter.event_id}, which stays in {letter.queue}: {error}")


async def _require(transport: Transport, queue: str) -> None:
    try:
        await transport.depth(queue)
    except TransportError as error:
        raise BusError(refusal_of(error) or f"{queue}: {error}") from None


async def _choose(reading: Reading, choice: Choice, limit: int) -> list[Letter]:
    found: list[Letter] = []
    async for letter in reading.letters():
        # To the end even when there are enough: what is given back keeps its order only as a whole.
        if len(found) < limit and choice.takes(letter):
            found.append(letter)
    return found
