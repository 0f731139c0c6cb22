"""What intake counts of its own."""

from prometheus_client import CollectorRegistry, Counter

from intake.domain.issue import Source


class ReportMetrics:
    """Counts the reports that were accepted, by the channel that they came in through."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter = Counter(
            "linli_reports_accepted_total", "Reports accepted, by channel", ["channel"], registry=registry
        )
        self._by_channel = {source: counter.labels(source.value) for source in Source}

    def accepted(self, source: Source) -> None:
        """Count one report, once it is committed."""
        self._by_channel[source].inc()
