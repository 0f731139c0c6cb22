"""How far behind a consumer is."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from linli.contracts import Event, EventData
from linli.messaging.message import Delivery
from linli.messaging.metrics import OUTCOMES, MessagingMetrics


class Progress:
    """Measures what one queue's consumer does; the lag is worked out when somebody asks for it."""

    def __init__(self, *, queue: str, types: Iterable[str], metrics: MessagingMetrics) -> None:
        self._consumed = {outcome: metrics.consumed.labels(queue, outcome) for outcome in OUTCOMES}
        self._redelivered = metrics.redelivered.labels(queue)
        # Looking up a child by its labels takes longer than observing.
        self._delay = {name: metrics.delay.labels(name) for name in types}
        self._oldest: datetime | None = None
        metrics.lag.labels(queue).set_function(self._lag_s)

    def taken(self, deliveries: Iterable[Delivery], events: Sequence[Event[EventData]]) -> None:
        """Note a batch; what it holds stays in hand, growing older, until ``settled``."""
        self._redelivered.inc(sum(one.redelivered for one in deliveries))
        self._oldest = min((event.time for event in events), default=None)

    def took_effect(self, fresh: Sequence[Event[EventData]], *, skipped: int) -> None:
        """Note what a committed transaction did."""
        self._consumed["done"].inc(len(fresh))
        self._consumed["skipped"].inc(skipped)
        now = datetime.now(UTC)
        for event in fresh:
            # The clocks of two machines differ: an effect is never earlier than its cause.
            self._delay[event.type].observe(max(0.0, (now - event.time).total_seconds()))

    def settled(self) -> None:
        """Note that nothing is in hand."""
        self._oldest = None

    def _lag_s(self) -> float:
        return 0.0 if self._oldest is None else max(0.0, (datetime.now(UTC) - self._oldest).total_seconds())
