"""The trace that work belongs to, carried by ``traceparent`` (W3C Trace Context) through requests and events."""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from linli.messaging.message import TRACE_HEADER, Message

_PROPAGATOR = TraceContextTextMapPropagator()


def current_traceparent() -> str | None:
    """Return the ``traceparent`` of the current trace, or None outside of one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def current_trace_id() -> str | None:
    """Return the id of the current trace, 32 hexadecimal digits, or None outside of one."""
    span = trace.get_current_span().get_span_context()
    return trace.format_trace_id(span.trace_id) if span.is_valid else None


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
