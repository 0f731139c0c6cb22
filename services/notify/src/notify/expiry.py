"""The worker that ends the credentials of departments when they expire."""

from prometheus_client import CollectorRegistry, Gauge

from linli.messaging.worker import Worker
from notify.usecases import Admission, end_due

LOOK_S = 10.0
"""How long at most after its moment an expired credential is ended."""


class Expiry(Worker):
    """Looks for what has expired; any number of processes may. While the broker is away it goes on looking."""

    def __init__(self, admission: Admission, *, registry: CollectorRegistry) -> None:
        super().__init__("expiry")
        self._admission = admission
        self._overdue = Gauge(
            "linli_credentials_overdue", "Expired credentials that could not be ended", registry=registry
        )

    async def _session(self) -> None:
        while not self._stopping.is_set():
            self._overdue.set(await end_due(self._admission))
            self._works()
            await self._pause(LOOK_S)
