"""The spans that code under test makes."""

from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Tracer


class Spans:
    """Keeps the spans that ``tracer`` has ended."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = provider.get_tracer("linli")

    def ended(self) -> Sequence[ReadableSpan]:
        """Return the spans in the order in which they ended."""
        return self._exporter.get_finished_spans()

    def one(self, name: str, **attributes: str) -> ReadableSpan:
        """Return the only span of that name and those attributes; ``__`` stands for the dot in an attribute's name."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        [found] = [
            span for span in self.ended() if span.name == name and wanted.items() <= dict(span.attributes or {}).items()
        ]
        return found
