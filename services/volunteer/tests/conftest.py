"""Volunteer as it runs: its own composition root on a real database and the embedded transport."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import structlog
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.issuer import LocalIssuer
from linli.contracts import EventData, decode_event
from linli.messaging.embedded import EmbeddedTransport
from linli.messaging.message import message_from
from linli.messaging.topology import ARCHIVE
from linli.messaging.transport import Transport
from volunteer.main import create_app
from volunteer.settings import VolunteerSettings

from .builders import AREA, CATEGORY, event, routed

CONTACT_KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="

Mint = Callable[..., dict[str, str]]


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    # structlog's own default draws a picture of every variable around an exception, which takes seconds.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer.load_or_create(tmp_path_factory.mktemp("issuer") / "key.json")


@pytest.fixture(scope="session")
def jwks_url(issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("jwks") / "jwks.json"
    issuer.write_jwks(path)
    return path.as_uri()


@pytest.fixture(scope="session")
def migrated_url(template_of: Callable[[str], str]) -> str:
    """A database with the service's migrations, to be copied."""
    return template_of("volunteer")


@pytest.fixture
def settings(
    new_database: Callable[..., str], migrated_url: str, issuer: LocalIssuer, jwks_url: str
) -> VolunteerSettings:
    return VolunteerSettings.model_validate(
        {
            "database_url": new_database(template=migrated_url),
            "oidc_issuer": issuer.issuer,
            "oidc_jwks_url": jwks_url,
            "contact_key": CONTACT_KEY,
        }
    )


@pytest.fixture
def transport(bus_database: str) -> Transport:
    return EmbeddedTransport(create_async_engine(bus_database))


@dataclass
class Clock:
    """The service's clock, which a test puts ahead."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(settings: VolunteerSettings, transport: Transport, clock: Clock) -> AsyncIterator[FastAPI]:
    made = create_app(settings, transport, now=clock)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://volunteer") as made:
        yield made


@pytest.fixture
def token(issuer: LocalIssuer) -> Mint:
    """The headers of a caller."""

    def mint(subject: str, *roles: str, areas: tuple[str, ...] = ()) -> dict[str, str]:
        return {"Authorization": f"Bearer {issuer.mint(subject, name=subject, roles=roles, areas=areas)}"}

    return mint


@pytest.fixture
def department(issuer: LocalIssuer) -> Mint:
    """The headers of a department."""

    def mint(name: str) -> dict[str, str]:
        made = issuer.mint(f"clerk-of-{name}", name=name, roles=("department",), department=name)
        return {"Authorization": f"Bearer {made}"}

    return mint


@dataclass
class World:
    """The other services, as far as volunteer notices them."""

    client: AsyncClient
    transport: Transport

    async def tell(self, data: EventData, sequence: int = 1) -> None:
        assert await self.transport.publish([message_from(event(data, sequence))]) == [None]

    async def needs(self, **query: str | int) -> list[dict[str, object]]:
        answer = await self.client.get("/v1/needs", params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, object]] = answer.json()["items"]
        return items

    async def open_need(
        self, wanted: int = 3, case_id: UUID | None = None, *, area: str = AREA, category: str = CATEGORY
    ) -> dict[str, object]:
        """Let a case come that wants helpers; return its need once it is open."""
        before = {need["id"] for need in await self.needs(limit=200)}
        await self.tell(routed(case_id or uuid4(), wanted=wanted, area=area, category=category))

        async def opened() -> list[dict[str, object]]:
            return [need for need in await self.needs(limit=200) if need["id"] not in before]

        await eventually(opened)
        return (await opened())[0]

    async def heard(self, kind: type[EventData], count: int) -> list[EventData]:
        """Return what was published of one kind, from the archive, once it is that many."""
        async with self.transport.consume(ARCHIVE, prefetch=1000) as archive, asyncio.timeout(20):
            found: list[EventData] = []
            while len(found) < count:
                batch = await archive.next_batch(100)
                data = [decode_event(one.message.body).data for one in batch]
                found += [one for one in data if type(one) is kind]
        return found


@pytest.fixture
async def world(client: AsyncClient, transport: Transport) -> World:
    made = World(client, transport)

    async def ready() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await eventually(ready)
    return made


async def eventually(condition: Callable[[], Awaitable[object]], *, within_s: float = 20) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    async with asyncio.timeout(within_s):
        while not await condition():
            await asyncio.sleep(0.05)
