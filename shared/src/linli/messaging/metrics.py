"""What the messaging parts count."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram


@dataclass(frozen=True, slots=True)
class MessagingMetrics:
    """Counters of one service; ``queue`` is the consumer's inbox."""

    published: Counter
    publish_failures: Counter
    outbox_age: Histogram
    consumed: Counter

    @classmethod
    def in_registry(cls, registry: CollectorRegistry) -> "MessagingMetrics":
        """Return the metrics, registered."""
        return cls(
            published=Counter("linli_published_total", "Events confirmed by the broker", registry=registry),
            publish_failures=Counter(
                "linli_publish_failures_total", "Publishes not confirmed, by reason", ["reason"], registry=registry
            ),
            outbox_age=Histogram(
                "linli_outbox_age_seconds",
                "From commit to the broker's confirmation",
                registry=registry,
                buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
            ),
            consumed=Counter(
                "linli_consumed_total",
                "Messages settled, by outcome: done, skipped (duplicate or stale), retried, held, dead",
                ["queue", "outcome"],
                registry=registry,
            ),
        )
