"""One service as an ASGI application, the same under uvicorn and mounted beside others in one process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from uuid_utils.compat import uuid7

from linli.chassis.auth import Authenticator
from linli.chassis.database import connected
from linli.chassis.describing import described
from linli.chassis.health import Check, add_health
from linli.chassis.limits import BodyLimit
from linli.chassis.metrics import HttpMetrics
from linli.chassis.migrations import migrate, migrations_current
from linli.chassis.observer import Observer
from linli.chassis.problems import Problem, ProblemError, problem_handlers
from linli.chassis.runtime import Runtime, nothing_to_do, utc_now
from linli.chassis.settings import ServiceSettings
from linli.chassis.workers import Worker as Worker
from linli.chassis.workers import WorkerMetrics, at_work
from linli.messaging.outbox_limit import OutboxLimit
from linli.messaging.transport import Transport

_PROBLEM_ANSWER: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem (RFC 9457)",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}


ASKED_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID")
TOLD_HEADERS = ("Content-Disposition", "ETag", "Location", "Retry-After")
"""What pages of other origins may send and read, besides what they always may."""

PREFLIGHT_S = 600

_UNTOLD = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""FastAPI's own spans and logs hold paths, queries and the words of errors: the key to an issue, what was reported."""


class ServiceApp(FastAPI):
    """FastAPI, whose OpenAPI document describes the problem answers."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault("Problem", Problem.model_json_schema())
        return described(document, self.state.examples)


def service_app(  # noqa: PLR0913 - the one place where a service names its parts
    *,
    name: str,
    title: str,
    settings: ServiceSettings,
    engine: AsyncEngine,
    package: str | None,
    routers: Sequence[APIRouter],
    workers: Sequence[Worker] = (),
    api_workers: Sequence[Worker] = (),
    problems: Mapping[type[Exception], Callable[[Any], ProblemError]] | None = None,
    transport: Transport | None = None,
    metrics: HttpMetrics | None = None,
    after_commit: Callable[[], None] = nothing_to_do,
    outbox_limit: OutboxLimit | None = None,
    extras: Mapping[type[Any], Any] | None = None,
    closing: asyncio.Event | None = None,
    authenticator: Authenticator | None = None,
    prepare: Callable[[], Awaitable[None]] | None = None,
    body_limits: Mapping[str, int] | None = None,
    examples: Mapping[str, dict[str, Any]] | None = None,
    now: Callable[[], datetime] = utc_now,
    new_id: Callable[[], UUID] = uuid7,
) -> FastAPI:
    """Return the application of a service.

    Its lifespan migrates the database with the migrations of ``package`` (None: it has none), awaits ``prepare``,
    starts ``workers`` unless the role is ``api`` and ``api_workers``, which routes need, unless it is ``worker``, and
    at the end stops them and lets go of ``transport`` and ``engine``. Role ``worker`` serves health and metrics only.
    Paths in ``body_limits`` take larger bodies; ``examples`` are shown of the schemas with these names. ``closing`` is
    the runtime's, for parts that are made before it. ``problems`` says what each error of the domain becomes. Without
    ``authenticator`` tokens are checked as the settings say; routes find ``extras`` with ``runtime.extra(kind)``.
    """
    runtime = Runtime(
        name=name,
        settings=settings,
        engine=engine,
        authenticator=authenticator
        or Authenticator(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url),
        metrics=metrics or HttpMetrics(),
        now=now,
        new_id=new_id,
        after_commit=after_commit,
        outbox_limit=outbox_limit,
        extras=extras or {},
        closing=closing or asyncio.Event(),
    )
    beside_the_api = () if settings.role == "worker" else tuple(api_workers)
    running = beside_the_api if settings.role == "api" else (*workers, *beside_the_api)
    runtime.metrics.registry.register(WorkerMetrics(running))
    app = ServiceApp(
        title=title,
        lifespan=_lifespan(runtime, package, transport, running, prepare),
        responses=_PROBLEM_ANSWER,
        exception_handlers=problem_handlers(problems or {}),
        middleware=[
            *_cors(settings.cors_origins),
            Middleware(Observer, service=name, metrics=runtime.metrics),
            Middleware(BodyLimit, max_bytes=settings.max_body_bytes, larger=body_limits or {}),
        ],
        redirect_slashes=False,
        telemetry=_UNTOLD,
    )
    app.state.runtime = runtime
    app.state.examples = examples or {}
    add_health(app, _checks(runtime, package, transport, running), runtime.metrics.registry)
    for router in () if settings.role == "worker" else routers:
        app.router.routes.extend(_included(router))
    return app


def _cors(origins: Sequence[str]) -> Sequence[Middleware]:
    """Return what lets pages of some origins call; who calls is told by a token, so cookies are of no use."""
    if not origins:
        return ()
    return (
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=ASKED_HEADERS,
            expose_headers=TOLD_HEADERS,
            max_age=PREFLIGHT_S,
        ),
    )


_WHOLE: dict[int, APIRouter] = {}


def _included(router: APIRouter) -> Sequence[BaseRoute]:
    """Return a router's routes as an application takes them in; what each asks for is found out once a process."""
    whole = _WHOLE.get(id(router))
    if whole is None:
        whole = _WHOLE[id(router)] = APIRouter(responses=_PROBLEM_ANSWER)
        whole.include_router(router)  # which keeps it, and so its id
    return whole.routes


def _lifespan(
    runtime: Runtime,
    package: str | None,
    transport: Transport | None,
    workers: Sequence[Worker],
    prepare: Callable[[], Awaitable[None]] | None,
) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            if package is not None:
                await migrate(runtime.engine, package)
            if prepare is not None:
                await prepare()
            async with at_work(workers, runtime.settings.shutdown_grace_s):
                yield
        finally:
            if transport is not None:
                await transport.close()
            await runtime.engine.dispose()

    return lifespan


def _checks(
    runtime: Runtime, package: str | None, transport: Transport | None, workers: Sequence[Worker]
) -> Mapping[str, Check]:
    async def database() -> bool:
        async with connected(runtime.engine) as connection:
            return await connection.scalar(text("select true")) is True

    async def broker() -> bool:
        return transport is None or await transport.ready()

    async def migrations() -> bool:
        return package is None or await migrations_current(runtime.engine, package)

    async def workers_healthy() -> bool:
        return all(worker.healthy for worker in workers)

    return {
        "database": database,
        "broker": broker,
        "migrations": migrations,
        "workers": workers_healthy,
    }
