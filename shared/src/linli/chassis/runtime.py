"""What a running service works with, reachable from every request."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from linli.chassis.auth import Authenticator
from linli.chassis.metrics import HttpMetrics
from linli.chassis.settings import ServiceSettings
from linli.messaging.outbox_limit import OutboxLimit

Part = TypeVar("Part")


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def nothing_to_do() -> None:
    """Do nothing after a commit: the service publishes no events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """The parts of one running service, put together in its composition root and kept at ``app.state.runtime``.

    ``after_commit`` is called when a request's transaction has been committed (it wakes the relay). With
    ``outbox_limit`` requests that change something are refused while the outbox is full. ``extras`` holds what the
    service adds, by type: ``runtime.extra(Catalogue)`` is the catalogue. ``closing`` is set when the server begins to
    shut down: answers that would go on for ever end then.
    """

    name: str
    settings: ServiceSettings
    engine: AsyncEngine
    authenticator: Authenticator
    metrics: HttpMetrics
    now: Callable[[], datetime] = utc_now
    new_id: Callable[[], UUID] = uuid7
    after_commit: Callable[[], None] = nothing_to_do
    outbox_limit: OutboxLimit | None = None
    extras: Mapping[type[Any], Any] = field(default_factory=dict)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def extra(self, kind: type[Part]) -> Part:
        """Return what the service added under ``kind``.

        Raises:
            KeyError: the composition root added nothing of the kind.
        """
        part: Part = self.extras[kind]
        return part


# Dependencies are coroutines on purpose: FastAPI sends a plain function through a thread.


async def runtime_of(request: Request) -> Runtime:
    """Return the runtime of the service that serves the request."""
    runtime: Runtime = request.app.state.runtime
    return runtime


async def _now(request: Request) -> datetime:
    return (await runtime_of(request)).now()


CurrentRuntime = Annotated[Runtime, Depends(runtime_of)]
"""The runtime, as a parameter of a route."""

Now = Annotated[datetime, Depends(_now)]
"""The time of the request by the service's clock, as a parameter of a route."""
