"""A department's consumer: its queue in, its own functions called, one event after the other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from inspect import iscoroutinefunction
from typing import TypeVar

from linli.contracts import Event, EventData, EventError, event_type
from linli.messaging.backoff import Backoff
from linli.messaging.connect import open_transport
from linli.messaging.message import Delivery, TransportError
from linli.messaging.refusal import BusError, refusal_of
from linli.messaging.topology import department_queue
from linli.messaging.transport import Subscription
from linli.subscriber.seen import MemorySeen, Seen
from linli.subscriber.settling import Handle, Outcome, Settling
from linli.subscriber.stopping import on_signals

# The standard library's logs: a department brings its own way to write them.
log = logging.getLogger("linli.subscriber")

Data = TypeVar("Data", bound=EventData)
TypedHandle = Callable[["Event[Data]"], Awaitable[None]]

PAUSES_S = (1.0, 5.0, 30.0)
PREFETCH = 50


class Subscriber:
    """Feeds the queue of one subscription of a department to functions.

        subscriber = Subscriber("amqps://housing:...@bus.example", department="housing", seen=SqliteSeen("seen.db"))

        @subscriber.on(CaseRouted)
        async def open_work_order(event: Event[CaseRouted]) -> None: ...

        asyncio.run(subscriber.run())

    An event is settled when its function has returned and its id is in ``seen``; a crash between the two calls the
    function again. A function that fails is tried again after each of ``pauses_s`` (seconds) while later events wait,
    so that order holds; after the last the event goes to the dead letters (``dept.<department>.<name>.dead``), and so
    does at once what is no event. Events of a type without a function, also of types that this release does not know,
    are taken from the queue and dropped. A lost connection is made again. So is, after a while, one that was refused:
    the account or the queue may be on its way. With ``insists=False`` a refusal ends `run` instead.

    Only the right to read the queue is needed. A department tries its functions out with `linli.subscriber.rehearsal`.
    """

    def __init__(
        self,
        url: str,
        *,
        department: str,
        subscription: str = "inbox",
        seen: Seen | None = None,
        pauses_s: Sequence[float] = PAUSES_S,
        insists: bool = True,
    ) -> None:
        self._queue = department_queue(department, subscription)
        self._transport = open_transport(url)
        self._insists = insists
        self._handles: dict[str, Handle] = {}
        self._stopping = asyncio.Event()
        self.settling = Settling(
            queue=self._queue,
            handles=self._handles,
            seen=seen or MemorySeen(),
            pauses_s=pauses_s,
            stopping=self._stopping,
            failed=self._tell,
        )
        self._backoff = Backoff()
        self._subscription: Subscription | None = None

    def on(self, model: type[Data]) -> Callable[["TypedHandle[Data]"], "TypedHandle[Data]"]:
        """Return a decorator that has a coroutine function called with each event of ``model``.

        Raises:
            ValueError: the type has a function already.
            TypeError: not a coroutine function.
            KeyError: the model is not in the catalogue.
        """
        name = event_type(model).name

        def register(handle: "TypedHandle[Data]") -> "TypedHandle[Data]":
            if name in self._handles:
                raise ValueError(f"{name} has a function already")
            if not iscoroutinefunction(handle):
                raise TypeError(f"the function for {name} must be `async def`")
            self._handles[name] = handle
            return handle

        return register

    async def run(self) -> None:
        """Receive events until `stop`, SIGTERM, SIGINT or cancellation; the function under way is let finish.

        Raises:
            BusError: the subscriber does not insist, and the login is refused or the queue does not exist.
        """
        working = asyncio.create_task(self._work(), name=self._queue)
        with on_signals(self.stop):
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                self.stop()
                await working
                raise

    def stop(self) -> None:
        """Let `run` return once the function under way has."""
        self._stopping.set()
        if self._subscription is not None:
            self._subscription.finish()

    async def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    await self._session()
                except TransportError as error:
                    refused = None if self._insists else refusal_of(error)
                    if refused is not None:
                        raise BusError(f"{self._queue}: {refused}") from error
                    log.warning("%s: %s; trying again", self._queue, error)
                await self._backoff.wait(self._stopping)
        finally:
            await self._transport.close()

    async def _session(self) -> None:
        async with self._transport.consume(self._queue, prefetch=PREFETCH) as subscription:
            self._subscription = subscription
            try:
                while not self._stopping.is_set() and (batch := await subscription.next_batch(PREFETCH)):
                    self._backoff.reset()
                    await self._settle(subscription, batch)
            finally:
                self._subscription = None

    async def _settle(self, subscription: Subscription, batch: Sequence[Delivery]) -> None:
        for delivery in batch:
            if self._stopping.is_set():
                return
            try:
                outcome = await self.settling.settle(delivery.message.body)
            except EventError as error:
                log.error("%s: message %s is dead: %s", self._queue, delivery.message.id, error)  # noqa: TRY400 - known
                await subscription.reject([delivery])
            else:
                if outcome is not Outcome.LEFT:
                    await subscription.ack([delivery])

    def _tell(self, event: Event[EventData], error: Exception, _pause_s: float | None) -> None:
        # The words of an error may quote what it failed on: only whoever asks for them gets them.
        log.warning("%s: %s %s failed: %s", self._queue, event.type, event.id, type(error).__name__)
        log.debug("", exc_info=error)
