"""``/healthz`` (alive), ``/readyz`` (able to work) and ``/metrics``."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.responses import JSONResponse, Response

from linli.chassis.problems import ProblemError

_LOG = structlog.get_logger("linli.health")

CHECK_TIMEOUT_S = 2.0

HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
"""What monitoring asks for all the time, and no log should be filled with."""

Check = Callable[[], Awaitable[bool]]
"""Tells whether one thing that the service needs works; raising counts as no."""


def add_health(app: FastAPI, checks: Mapping[str, Check], registry: CollectorRegistry) -> None:
    """Serve the three paths; ``/readyz`` answers 503 with the names of the ``checks`` that fail."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        failing = await _failing(checks)
        if failing:
            raise ProblemError(503, "not-ready", "The service cannot work now", failing=failing)
        return JSONResponse({"status": "ready"})

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.add_route("/healthz", healthz, include_in_schema=False)
    app.add_route("/readyz", readyz, include_in_schema=False)
    app.add_route("/metrics", metrics, include_in_schema=False)


async def _failing(checks: Mapping[str, Check]) -> list[str]:
    passed = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
    return sorted(name for name, ok in zip(checks, passed, strict=True) if not ok)


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the part, the answer is "not ready"
        _LOG.warning("check failed", check=name, reason=type(error).__name__)
        return False
