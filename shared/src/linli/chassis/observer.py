"""What happens around every request: its trace, its metrics, one log line, and an answer to failures nobody foresaw."""

from collections.abc import Mapping
from time import perf_counter

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from opentelemetry import trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linli.chassis.health import HEALTH_PATHS
from linli.chassis.metrics import HttpMetrics
from linli.chassis.problems import problem_response, unexpected_problem
from linli.chassis.spans import served, serving
from linli.messaging.tracing import trace_from

_LOG = structlog.get_logger("linli.requests")

UNMATCHED = "unmatched"
"""The route of a request that no route serves."""


class Observer:
    """ASGI middleware around one service; a single one, because each layer costs time on every request."""

    def __init__(self, app: ASGIApp, service: str, metrics: HttpMetrics) -> None:
        self.app = app
        self.service = service
        self.metrics = metrics
        self._templates: Mapping[int, str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif trace.get_current_span().is_recording():
            # Whoever serves the application has begun the span of this request.
            await self._observed(scope, receive, send)
        elif scope["path"].removeprefix(scope.get("root_path", "")) in HEALTH_PATHS:
            with trace_from(_traceparent(scope)):
                await self._observed(scope, receive, send)
        else:
            with serving(scope, _traceparent(scope)):
                await self._observed(scope, receive, send)

    async def _observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0
        started = perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception:
            _LOG.exception("request failed", service=self.service, route=self._route(scope))
            if status:
                raise
            await problem_response(scope["path"], unexpected_problem())(scope, receive, noted)
        finally:
            self._record(scope, status, perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], self._route(scope)
        self.metrics.observe(method, route, status, seconds)
        if route not in HEALTH_PATHS:
            served(trace.get_current_span(), method, None if route == UNMATCHED else route, status)
        log = _LOG.debug if route in HEALTH_PATHS else _LOG.info
        log("request", service=self.service, method=method, route=route, status=status, ms=round(seconds * 1000, 2))

    def _route(self, scope: Scope) -> str:
        # Never the path: it may hold a tracking code.
        # FastAPI notes no route, only the endpoint, for what is no API route (health, documents).
        served_by = scope.get("route") or scope.get("endpoint")
        if served_by is None:
            return UNMATCHED
        if self._templates is None:
            self._templates = _templates(scope["app"])
        return self._templates.get(id(served_by), UNMATCHED)


def _templates(app: FastAPI) -> dict[int, str]:
    templates: dict[int, str] = {}
    for context in iter_route_contexts(app.routes):
        template = context.path_format or UNMATCHED
        templates |= {id(context.endpoint): template, id(context.original_route): template}
    return templates


def _traceparent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            text: str = value.decode("latin-1")
            return text
    return None
