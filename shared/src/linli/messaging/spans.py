"""The spans of an event's way, named by its type: published where it is recorded, processed where it takes effect.

Attributes are those of OpenTelemetry's semantic conventions for messaging. The span of the publication is the event's
creation context and the parent of every span that processes it. Routing keys are left out: they name a place.
"""

from contextlib import AbstractContextManager
from uuid import UUID

from opentelemetry.trace import Span, SpanKind

from linli.contracts import Event, EventData
from linli.messaging.topology import INGRESS
from linli.messaging.tracing import Attributes, span_from, started, traceparent_of


def published(event_type: str, event_id: UUID) -> str | None:
    """Note that an event is recorded for publication; return its ``traceparent``, or None outside of any trace."""
    # "create": the relay sends it later, and a transaction that fails publishes nothing.
    span = started(
        f"publish {event_type}", SpanKind.PRODUCER, _attributes("publish", "create", INGRESS, event_type, event_id)
    )
    span.end()
    return traceparent_of(span)


def processing(event: Event[EventData], queue: str) -> AbstractContextManager[Span]:
    """Let an event from ``queue`` take effect inside a span of its trace."""
    attributes = _attributes("process", "process", queue, event.type, event.id)
    return span_from(event.traceparent, f"process {event.type}", SpanKind.CONSUMER, attributes)


def _attributes(name: str, kind: str, destination: str, event_type: str, event_id: UUID) -> Attributes:
    return {
        # Where spans are exported the bus is RabbitMQ: the embedded one stays within a process.
        "messaging.system": "rabbitmq",
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
        "messaging.destination.name": destination,
        "messaging.message.id": str(event_id),
        "cloudevents.event_type": event_type,
    }
