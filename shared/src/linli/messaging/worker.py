"""Something that runs beside the API until it is told to stop."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress

import structlog

from linli.messaging.backoff import Backoff
from linli.messaging.message import TransportError

log = structlog.get_logger()


class Worker(ABC):
    """A loop that outlives every failure but its own cancellation.

    Subclasses give ``_session``: work until an error or until ``_stopping`` is set. After an error the loop waits,
    longer each time, and begins another session.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._stopping = asyncio.Event()
        self._backoff = Backoff()
        self._task: asyncio.Task[None] | None = None
        self.healthy = False
        self.failures = {"broker": 0, "other": 0}
        """How many sessions ended in an error: the broker was lost, or anything else."""

    async def start(self) -> None:
        """Begin to work in the background."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Finish what is under way, then end. Whoever bounds the wait cancels this call."""
        self._stopping.set()
        self._wake()
        if self._task is None:
            return
        try:
            await self._task
        except asyncio.CancelledError:
            self._task.cancel()
            raise

    @abstractmethod
    async def _session(self) -> None: ...

    def _wake(self) -> None:  # noqa: B027 - most have nothing to end
        """End what holds the session up when the worker is to stop; a `_pause` ends by itself."""

    def _ready(self) -> None:
        """Say that the session stands and nothing is in its way so far."""
        self.healthy = True

    def _works(self) -> None:
        """Say that work was done: a failure from now on is a first one."""
        self._ready()
        self._backoff.reset()

    async def _pause(self, seconds: float) -> None:
        """Wait, until the worker is told to stop at most."""
        if seconds > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()

    async def _wait_for_more(self, taken: int, *, of: int, seconds: float) -> None:
        """Wait after a batch that was less than half full, so that the next one is worth what it costs."""
        if taken < of / 2:
            await self._pause(seconds)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._session()
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                # aio-pika cancels whoever waits on a broker that froze; the wait is over, the worker is not.
                self.failures["broker"] += 1
                log.warning("worker lost its broker", worker=self.name)
            except Exception as error:  # noqa: BLE001 - a worker survives whatever its session met, and says so
                self.failures["broker" if isinstance(error, TransportError) else "other"] += 1
                log.warning("worker failed and will try again", worker=self.name, error=describe(error))
            self.healthy = False
            if not self._stopping.is_set():
                await self._backoff.wait(self._stopping)


def describe(error: BaseException) -> str:
    """Return what may be told of an error: its kind and, of the errors of this distribution, its words.

    Other errors may quote what they failed on: a database error its row, a conversion its text.
    """
    name = type(error).__name__
    return f"{name}: {error}"[:300] if type(error).__module__.partition(".")[0] == "linli" else name
