"""The span of a request, named by its route; attributes are those of OpenTelemetry's semantic conventions for HTTP."""

from contextlib import AbstractContextManager

from opentelemetry.trace import Span, SpanKind
from starlette.types import Scope

from linli.chassis.metrics import METHODS
from linli.messaging.tracing import fail, span_from

_SERVER_ERROR = 500


def serving(scope: Scope, traceparent: str | None) -> AbstractContextManager[Span]:
    """Serve a request inside a span; its route is known once ``served`` tells it.

    The path, the query and the address of the caller are left out: they may be personal, or a key.
    """
    method = scope["method"] if scope["method"] in METHODS else "_OTHER"
    attributes = {"http.request.method": method, "url.scheme": scope.get("scheme", "http")}
    return span_from(traceparent, method, SpanKind.SERVER, attributes)


def served(span: Span, method: str, route: str | None, status: int) -> None:
    """Note on the span which route answered, None for no route, and how; status 0 is no answer."""
    if status:
        span.set_attribute("http.response.status_code", status)
    if route is not None:
        span.set_attribute("http.route", route)
        span.update_name(f"{method if method in METHODS else 'HTTP'} {route}")
    if status >= _SERVER_ERROR:
        fail(span, str(status))
