"""What the tests of the service share."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import structlog
from sqlalchemy.ext.asyncio import create_async_engine

from linli.chassis.issuer import LocalIssuer
from linli.chassis.settings import Role
from linli.district import District, load_district
from linli.messaging.amqp import AmqpTransport
from linli.messaging.embedded import EmbeddedTransport
from linli.messaging.transport import Transport
from routing.domain.rulebook import Rulebook
from routing.settings import RoutingSettings

from .builders import rules
from .service import Service, running


@pytest.fixture(scope="session")
def district() -> District:
    """The district that ships as an example."""
    return load_district()


@pytest.fixture(scope="session")
def rulebook(district: District) -> Rulebook:
    """The rules of the example district."""
    return rules(district)


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    # structlog's own default draws a picture of every variable around an exception, which takes seconds.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer.load_or_create(tmp_path_factory.mktemp("issuer") / "key.json")


@pytest.fixture(scope="session")
def jwks(issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jwks") / "jwks.json"
    issuer.write_jwks(path)
    return path


@pytest.fixture(scope="session")
def migrated_url(template_of: Callable[[str], str]) -> str:
    """A database with the service's migrations, to be copied."""
    return template_of("routing")


@pytest.fixture
def make_settings(
    new_database: Callable[..., str], migrated_url: str, issuer: LocalIssuer, jwks: Path
) -> Callable[[Role], RoutingSettings]:
    def make(role: Role) -> RoutingSettings:
        return RoutingSettings(
            database_url=new_database(template=migrated_url),
            oidc_issuer=issuer.issuer,
            oidc_jwks_url=jwks.as_uri(),
            role=role,
        )

    return make


@pytest.fixture
async def service(make_settings: Callable[[Role], RoutingSettings], issuer: LocalIssuer) -> AsyncIterator[Service]:
    """The API alone: what it records stays in the outbox."""
    settings = make_settings("api")
    unused = EmbeddedTransport(create_async_engine(settings.database_url.get_secret_value()))
    async with running(settings, unused, issuer) as one:
        yield one


@pytest.fixture(params=["amqp", "embedded"])
async def whole_service(
    request: pytest.FixtureRequest,
    make_settings: Callable[[Role], RoutingSettings],
    issuer: LocalIssuer,
) -> AsyncIterator[Service]:
    """API, consumer and relay on each transport."""
    if request.param == "amqp":
        transport: Transport = AmqpTransport(request.getfixturevalue("amqp_url"))
    else:
        transport = EmbeddedTransport(create_async_engine(request.getfixturevalue("bus_database")))
    async with running(make_settings("all"), transport, issuer) as one:
        yield one
