"""What a service runs beside its API: consumers, the relay."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Protocol

import structlog
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

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

    @property
    def failures(self) -> Mapping[str, int]:
        """How often the work had to begin anew, by reason."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """Finish what was begun, then end."""


class WorkerMetrics(Collector):
    """Tells of the workers of this process whether and how steadily they go on."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        """Yield what the workers say of themselves at this moment."""
        healthy = GaugeMetricFamily("linli_worker_healthy", "Whether a worker goes on", labels=["worker"])
        failures = CounterMetricFamily(
            "linli_worker_failures", "Times that a worker had to begin anew, by reason", labels=["worker", "reason"]
        )
        for worker in self._workers:
            healthy.add_metric([worker.name], worker.healthy)
            for reason, times in worker.failures.items():
                failures.add_metric([worker.name, reason], times)
        yield healthy
        yield failures


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
