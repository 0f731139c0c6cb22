"""Notify on a real database and the embedded transport; the other services are played by publishing their events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from uuid_utils.compat import uuid7

from linli.chassis.issuer import AUDIENCE, ISSUER, LocalIssuer
from linli.chassis.runtime import utc_now
from linli.contracts import EventData, new_event
from linli.messaging.connect import open_transport
from linli.messaging.message import message_from
from linli.messaging.transport import Transport
from linli.testing.postgres import create_database, drop_database
from notify.main import create_app
from notify.settings import NotifySettings

from .builders import AT
from .outside import CONTACT_KEY

WEBHOOK_KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    # structlog's own default draws a picture of every variable around an exception, which takes seconds.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer.load_or_create(tmp_path_factory.mktemp("issuer") / "issuer.json")


@pytest.fixture(scope="session")
def jwks(issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jwks") / "jwks.json"
    issuer.write_jwks(path)
    return path


@pytest.fixture(scope="session")
async def begun(
    postgres_url: str, template_of: Callable[[str], str], bus_template: str, jwks: Path
) -> AsyncIterator[tuple[str, str]]:
    """URLs of databases of a service, and of its bus, that was ready once, to be copied: the second time takes less."""
    urls = [create_database(postgres_url, template=each) for each in (template_of("notify"), bus_template)]
    async with running(settings_of(urls[0], jwks), urls[1]):
        pass
    yield urls[0], urls[1]
    for each in urls:
        drop_database(postgres_url, each)


def settings_of(database_url: str, jwks: Path) -> NotifySettings:
    return NotifySettings(
        database_url=database_url,
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=jwks.as_uri(),
        database_pool_size=5,
        webhook_key=WEBHOOK_KEY,
        contact_key=CONTACT_KEY,
        webhook_networks="127.0.0.0/8",
    )


@pytest.fixture(params=["embedded"])
def bus_kind(request: pytest.FixtureRequest) -> str:
    """Where the bus is; a test that takes both says so."""
    kind: str = request.param
    return kind


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, new_database: Callable[..., str], bus_kind: str, jwks: Path
) -> NotifySettings:
    embedded = bus_kind == "embedded"
    template = request.getfixturevalue("begun")[0] if embedded else request.getfixturevalue("template_of")("notify")
    return settings_of(new_database(template=template), jwks)


@pytest.fixture
def bus_url(request: pytest.FixtureRequest, new_database: Callable[..., str], bus_kind: str) -> str:
    if bus_kind == "embedded":
        return new_database(template=request.getfixturevalue("begun")[1])
    url: str = request.getfixturevalue("amqp_url")
    return url


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Transport]:
    made = open_transport(bus_url)
    yield made
    await made.close()


@pytest.fixture
def now() -> Callable[[], datetime]:
    """The clock of the service."""
    return utc_now


@pytest.fixture
async def app(settings: NotifySettings, bus_url: str, now: Callable[[], datetime]) -> AsyncIterator[FastAPI]:
    made = create_app(settings, open_transport(bus_url), now=now)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with speaking_to(app) as made:
        yield made


@asynccontextmanager
async def speaking_to(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """Give a client of a service as soon as it is ready."""
    async with AsyncClient(transport=ASGITransport(app), base_url="http://notify") as made:
        async with asyncio.timeout(20):
            while (await made.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        yield made


@asynccontextmanager
async def running(settings: NotifySettings, bus_url: str) -> AsyncIterator[AsyncClient]:
    """Run the service for a while, as often as a test wants."""
    app = create_app(settings, open_transport(bus_url))
    async with app.router.lifespan_context(app), speaking_to(app) as client:
        yield client


@pytest.fixture
def token(issuer: LocalIssuer) -> Callable[..., dict[str, str]]:
    def headers(
        *roles: str,
        subject: str = "li-jinpu",
        language: str | None = None,
        department: str | None = None,
    ) -> dict[str, str]:
        minted = issuer.mint(subject, name="测试", roles=roles, areas=["sanchajie"], department=department)
        return {"Authorization": f"Bearer {minted}", **({"Accept-Language": language} if language else {})}

    return headers


@pytest.fixture
def tell(bus: Transport) -> Callable[..., Any]:
    """Publish what another service would tell."""

    async def publish(data: EventData, sequence: int = 1, at: datetime = AT) -> None:
        event = new_event(data, id=uuid7(), sequence=sequence, time=at)
        assert await bus.publish([message_from(event)]) == [None]

    return publish
