"""The trace that work belongs to, carried by ``traceparent`` (W3C Trace Context) through requests and events.

Spans are made through OpenTelemetry's API alone: where no SDK is installed nothing is recorded, and only the trace's id
goes on. No span holds a path, a name or the words of an error: those may be personal.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from linli.messaging.message import TRACE_HEADER, Message

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("linli")

Attributes = Mapping[str, str | int]


def current_traceparent() -> str | None:
    """Return the ``traceparent`` of the current trace, or None outside of one."""
    return traceparent_of(trace.get_current_span())


def current_trace_id() -> str | None:
    """Return the id of the current trace, 32 hexadecimal digits, or None outside of one."""
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


def traceparent_of(span: Span) -> str | None:
    """Return the ``traceparent`` that makes others children of ``span``, or None where it belongs to no trace."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    ids = f"{trace.format_trace_id(context.trace_id)}-{trace.format_span_id(context.span_id)}"
    return f"00-{ids}-{context.trace_flags:02x}"


@contextmanager
def trace_from(traceparent: str | None) -> Iterator[None]:
    """Work inside the trace that ``traceparent`` names; begin a new one when it is absent or not valid."""
    token = otel_context.attach(_continued(traceparent) or _begun())
    try:
        yield
    finally:
        otel_context.detach(token)


def trace_of(message: Message) -> AbstractContextManager[None]:
    """Work inside the trace of a message, whatever its body says."""
    traceparent = message.headers.get(TRACE_HEADER)
    return trace_from(traceparent if isinstance(traceparent, str) else None)


@contextmanager
def span_from(traceparent: str | None, name: str, kind: SpanKind, attributes: Attributes) -> Iterator[Span]:
    """Work inside a span of the trace that ``traceparent`` names, or of a new one when it is absent or not valid.

    A span whose work fails says the kind of the error.
    """
    context = _continued(traceparent) or Context()
    span = _TRACER.start_span(name, context, kind, attributes)
    # Where no SDK begins a trace one is made up, so that what is logged still belongs together.
    inside = trace.set_span_in_context(span, context) if span.get_span_context().is_valid else _begun()
    token = otel_context.attach(inside)
    try:
        yield span
    except BaseException as error:
        fail(span, type(error).__name__)
        raise
    finally:
        otel_context.detach(token)
        span.end()


def started(name: str, kind: SpanKind, attributes: Attributes) -> Span:
    """Return a span of the current trace, begun now; whoever began it ends it."""
    return _TRACER.start_span(name, kind=kind, attributes=attributes)


def fail(span: Span, error: str) -> None:
    """Say of a span that its work failed, and of the error its kind only."""
    span.set_attribute("error.type", error)
    span.set_status(StatusCode.ERROR)


def _continued(traceparent: str | None) -> Context | None:
    if not traceparent:
        return None
    context = _PROPAGATOR.extract({"traceparent": traceparent}, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def _begun() -> Context:
    span = trace.SpanContext(
        trace_id=secrets.randbits(128) or 1,
        span_id=secrets.randbits(64) or 1,
        is_remote=False,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(span), Context())
