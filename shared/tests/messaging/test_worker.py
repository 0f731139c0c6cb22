"""A worker outlives what goes wrong, and does not spin meanwhile."""

import asyncio

from linli.messaging.backoff import Backoff
from linli.messaging.worker import Worker


class Failing(Worker):
    """Fails at once, however often it begins."""

    def __init__(self, backoff: Backoff) -> None:
        super().__init__("failing")
        self._backoff = backoff
        self.sessions = 0

    async def _session(self) -> None:
        self.sessions += 1
        raise RuntimeError


async def turns(worker: Failing, number: int) -> None:
    await worker.start()
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_worker_that_always_fails_waits_before_it_begins_again() -> None:
    worker = Failing(Backoff(first_s=60, most_s=60))
    await turns(worker, 1000)
    assert worker.sessions == 1
    await worker.stop()  # ends the wait
    assert worker.sessions == 1


async def test_a_worker_that_fails_begins_again() -> None:
    worker = Failing(Backoff(first_s=0, most_s=0))
    await turns(worker, 1000)
    assert worker.sessions > 1
    await worker.stop()
    assert worker.failures["other"] == worker.sessions
