"""What a service runs beside its API: consumers, the relay."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Protocol

import structlog

_LOG = structlog.get_logger("linli.workers")


class Worker(Protocol):
    """Work that goes on as long as the service runs.

    ``start`` returns when the work goes on by itself; ``stop`` returns when what was begun is finished and nothing
    new is taken.
    """

    @property
    def name(self) -> str:
        """What logs and ``/readyz`` call it."""

    @property
    def healthy(self) -> bool:
        """Whether the work goes on."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """Finish what was begun, then end."""


@asynccontextmanager
async def at_work(workers: Sequence[Worker], grace_s: float) -> AsyncIterator[None]:
    """Start the workers in order; at the end stop them in reverse, all together within ``grace_s`` seconds."""
    started: list[Worker] = []
    try:
        for worker in workers:
            await worker.start()
            started.append(worker)
        yield
    finally:
        deadline = monotonic() + grace_s
        for worker in reversed(started):
            await _stop(worker, deadline - monotonic())


async def _stop(worker: Worker, remaining_s: float) -> None:
    try:
        async with asyncio.timeout(max(remaining_s, 0.1)):
            await worker.stop()
    except Exception:  # noqa: BLE001 - the other workers must be stopped all the same
        _LOG.exception("worker did not stop cleanly", worker=worker.name)
