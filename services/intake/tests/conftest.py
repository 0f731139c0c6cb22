"""Intake on a real database and the embedded transport; other services are played by publishing their events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text

from intake.main import create_app
from intake.settings import IntakeSettings
from linli.chassis.issuer import AUDIENCE, ISSUER, LocalIssuer
from linli.contracts import EventData, new_event
from linli.messaging.connect import open_transport
from linli.messaging.message import message_from
from linli.messaging.transport import Transport
from linli.testing.postgres import create_database

from .builders import AT

CONTACT_KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
API_KEY = "a-key-for-tests"


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer.load_or_create(tmp_path_factory.mktemp("issuer") / "issuer.json")


@pytest.fixture(scope="session")
def jwks(issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jwks") / "jwks.json"
    issuer.write_jwks(path)
    return path


@pytest.fixture
def settings(
    new_database: Callable[..., str], template_of: Callable[[str], str], jwks: Path, tmp_path: Path
) -> IntakeSettings:
    return IntakeSettings(
        database_url=new_database(template=template_of("intake")),
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=jwks.as_uri(),
        contact_key=CONTACT_KEY,
        database_pool_size=5,
        storage_dir=tmp_path / "files",
    )


@pytest.fixture
def bus_url(bus_database: str) -> str:
    return bus_database


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Transport]:
    made = open_transport(bus_url)
    yield made
    await made.close()


@pytest.fixture
async def app(settings: IntakeSettings, bus_url: str) -> AsyncIterator[FastAPI]:
    made = create_app(settings, open_transport(bus_url))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://intake") as made:
        async with asyncio.timeout(20):
            while (await made.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        yield made


@pytest.fixture(scope="session")
def standing_settings(postgres_url: str, jwks: Path, tmp_path_factory: pytest.TempPathFactory) -> IntakeSettings:
    return IntakeSettings(
        database_url=create_database(postgres_url),
        oidc_issuer=ISSUER,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=jwks.as_uri(),
        contact_key=CONTACT_KEY,
        database_pool_size=5,
        open311_keys={"city-app": sha256(API_KEY.encode()).hexdigest()},
        open311_jurisdiction="sanchajie.example",
        storage_dir=tmp_path_factory.mktemp("intake") / "files",
    )


@pytest.fixture(scope="session")
def standing_bus_url(postgres_url: str) -> str:
    return create_database(postgres_url)


@pytest.fixture(scope="session")
async def standing_app(standing_settings: IntakeSettings, standing_bus_url: str) -> AsyncIterator[FastAPI]:
    """One intake for all tests that begin with an empty one: starting one costs more than most of them."""
    made = create_app(standing_settings, open_transport(standing_bus_url))
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def emptied_app(standing_app: FastAPI) -> FastAPI:
    async with standing_app.state.runtime.engine.begin() as connection:
        for table in ("issues", "idempotency_keys"):  # to truncate would wait for whatever the workers hold
            await connection.execute(text(f"delete from {table}"))
    return standing_app


@pytest.fixture
def token(issuer: LocalIssuer) -> Callable[..., dict[str, str]]:
    def headers(
        *roles: str,
        subject: str = "li-someone",
        areas: tuple[str, ...] = ("sanchajie",),
        lifetime: timedelta = timedelta(hours=1),
    ) -> dict[str, str]:
        minted = issuer.mint(subject, name="测试", roles=roles, areas=areas, lifetime=lifetime)
        return {"Authorization": f"Bearer {minted}"}

    return headers


@pytest.fixture
def tell(bus: Transport) -> Callable[..., Any]:
    """Publish what routing or volunteer would tell."""

    async def publish(data: EventData, sequence: int, event_id: UUID | None = None, at: datetime = AT) -> None:
        event = new_event(data, id=event_id or uuid4(), sequence=sequence, time=at)
        assert await bus.publish([message_from(event)]) == [None]

    return publish


@asynccontextmanager
async def draining(bus: Transport, queue: str) -> AsyncIterator[Callable[[], Any]]:
    async with bus.consume(queue, prefetch=100) as subscription:

        async def next_event() -> Any:
            [delivery] = await subscription.next_batch(1)
            await subscription.ack([delivery])
            return json.loads(delivery.message.body)

        yield next_event
