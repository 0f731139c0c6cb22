"""The four services in one process: each its own database, one bus between them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from intake.main import create_app as create_intake
from intake.settings import IntakeSettings
from linli.chassis.problems import problem_handlers
from linli.chassis.runtime import utc_now
from linli.messaging.amqp import AmqpTransport
from linli.messaging.embedded import EmbeddedTransport
from linli.messaging.message import TransportError
from linli.messaging.topology import CORE
from linli.messaging.transport import Transport
from notify.main import create_app as create_notify
from notify.settings import NotifySettings
from routing.main import create_app as create_routing
from routing.settings import RoutingSettings
from standalone.folder import DataFolder
from standalone.pages import page_routes
from volunteer.main import create_app as create_volunteer
from volunteer.settings import VolunteerSettings

SERVICES = ("intake", "routing", "volunteer", "notify")
BUS = "linli_bus"
READY_WITHIN_S = 60.0
BUS_CONNECTIONS = 20


class NotReadyError(Exception):
    """A service did not become ready in time; the message says which, and what fails."""


class BrokerError(Exception):
    """The broker cannot be used; the message says why and repeats no password."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the suite finds what it runs on; without ``amqp_url`` the bus is a database on the server of ``admin``."""

    admin: URL
    amqp_url: str | None

    def database(self, name: str) -> str:
        """Return the URL of a service's database, or of the bus."""
        return self.admin.set(database=name).render_as_string(hide_password=False)

    @property
    def databases(self) -> tuple[str, ...]:
        """The names of the databases that must be there."""
        return (*(database_of(name) for name in SERVICES), *(() if self.amqp_url else (BUS,)))


def database_of(service: str) -> str:
    """Return the name of a service's database."""
    return f"linli_{service}"


async def ensure_broker(places: Places) -> None:
    """Make sure that the broker, where one is given, can be used.

    Raises:
        BrokerError: it cannot.
    """
    if places.amqp_url is None:
        return
    transport = AmqpTransport(places.amqp_url)
    try:
        await transport.declare(CORE)
    except TransportError as error:
        raise BrokerError(f"the broker does not answer as it should: {error}") from None
    finally:
        await transport.close()


def create_suite(places: Places, folder: DataFolder, now: Callable[[], datetime] = utc_now) -> Starlette:
    """Return all services as one application, each below its name, with the pages in front of them.

    It takes requests once every consumer listens: an event published before would find no queue.
    """
    apps = _service_apps(places, folder, now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            await _until_ready(apps)
            yield

    mounts = [Mount(f"/{name}", app=app) for name, app in apps.items()]
    # Where the dataschema of each event leads to; notify serves it under this very path.
    schemas = Route("/schemas/{name}", apps["notify"])
    suite = Starlette(
        routes=[*page_routes(SERVICES), schemas, *mounts], lifespan=lifespan, exception_handlers=problem_handlers({})
    )
    suite.state.closing = tuple(app.state.runtime.closing for app in apps.values())
    return suite


def _service_apps(places: Places, folder: DataFolder, now: Callable[[], datetime]) -> Mapping[str, FastAPI]:
    issuer, transport = folder.issuer(), _transports(places)

    def told(service: str) -> dict[str, Any]:
        return {
            "database_url": SecretStr(places.database(database_of(service))),
            "amqp_url": places.amqp_url,
            "oidc_issuer": issuer.issuer,
            "oidc_audience": issuer.audience,
            "oidc_jwks_url": folder.jwks.resolve().as_uri(),
        }

    contact_key, webhook_key = SecretStr(folder.contact_key()), SecretStr(folder.webhook_key())
    recipient_key = SecretStr(folder.recipient_key())
    volunteering = VolunteerSettings(**told("volunteer"), contact_key=contact_key, recipient_key=recipient_key)
    intake = IntakeSettings(**told("intake"), contact_key=contact_key, storage_dir=folder.attachments)
    # What leaves the app is written into the log: whoever tries the suite has no provider.
    channels = SecretStr('{"console": {}}')
    telling = NotifySettings(
        **told("notify"),
        webhook_key=webhook_key,
        recipient_key=recipient_key,
        contact_key=contact_key,
        channels=channels,
    )
    return {
        "intake": create_intake(intake, transport(), now=now),
        "routing": create_routing(RoutingSettings(**told("routing")), transport(), now=now),
        "volunteer": create_volunteer(volunteering, transport(), now=now),
        "notify": create_notify(telling, transport(), now=now),
    }


def _transports(places: Places) -> Callable[[], Transport]:
    amqp_url = places.amqp_url
    if amqp_url:
        return lambda: AmqpTransport(amqp_url)
    # One for all: it wakes a consumer of this process at once, and knows the bindings that another service makes.
    # Each service closes it at its end, which lets go of idle connections only.
    shared = EmbeddedTransport(
        create_async_engine(places.database(BUS), pool_size=BUS_CONNECTIONS, hide_parameters=True)
    )
    return lambda: shared


async def _until_ready(apps: Mapping[str, FastAPI]) -> None:
    failing: dict[str, list[str]] = {}
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            while failing := {name: found for name, app in apps.items() if (found := await _failing(app))}:  # noqa: ASYNC110 - readiness sets no event
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise NotReadyError(f"not ready after {READY_WITHIN_S:g} s: {failing}") from None


async def _failing(app: FastAPI) -> list[str]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://standalone") as client:
        answer = await client.get("/readyz")
    return [] if answer.is_success else list(answer.json()["failing"])
