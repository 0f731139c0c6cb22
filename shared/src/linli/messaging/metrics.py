"""What the messaging parts count."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from linli.messaging.message import PublishRefusedError, TransportError, UnpublishableError

OUTBOX_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300)
OUTCOMES = ("done", "skipped", "retried", "held", "dead")
REASONS = (PublishRefusedError.__name__, TransportError.__name__, UnpublishableError.__name__)
DELAY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 86400)


@dataclass(frozen=True, slots=True)
class MessagingMetrics:
    """Counters of one service; ``queue`` is the consumer's inbox, ``type`` an event type of the catalogue."""

    published: Counter
    publish_failures: Counter
    outbox_age: Histogram
    leader: Gauge
    consumed: Counter
    redelivered: Counter
    delay: Histogram
    lag: Gauge

    @classmethod
    def in_registry(cls, registry: CollectorRegistry) -> "MessagingMetrics":
        """Return the metrics, registered."""
        made = cls._made(registry)
        for reason in REASONS:
            # A rate needs to see the 0 before the first failure.
            made.publish_failures.labels(reason)
        return made

    @classmethod
    def _made(cls, registry: CollectorRegistry) -> "MessagingMetrics":
        return cls(
            published=Counter("linli_published_total", "Events confirmed by the broker", registry=registry),
            publish_failures=Counter(
                "linli_publish_failures_total", "Publishes not confirmed, by reason", ["reason"], registry=registry
            ),
            outbox_age=Histogram(
                "linli_outbox_age_seconds",
                "From commit to the broker's confirmation",
                registry=registry,
                buckets=OUTBOX_BUCKETS,
            ),
            leader=Gauge("linli_relay_leader", "Whether this process relays its service's outbox", registry=registry),
            consumed=Counter(
                "linli_consumed_total",
                "Messages settled, by outcome: done, skipped (duplicate or stale), retried, held, dead",
                ["queue", "outcome"],
                registry=registry,
            ),
            redelivered=Counter(
                "linli_redelivered_total", "Deliveries that the bus had made before", ["queue"], registry=registry
            ),
            delay=Histogram(
                "linli_event_delay_seconds",
                "From when an event happened to the commit of its effect here",
                ["type"],
                registry=registry,
                buckets=DELAY_BUCKETS,
            ),
            lag=Gauge(
                "linli_consumer_lag_seconds",
                "Age of the oldest event in hand; 0 when none waits",
                ["queue"],
                registry=registry,
            ),
        )
