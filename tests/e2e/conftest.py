"""The suite, once on RabbitMQ and once on the embedded transport."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from linli.chassis.issuer import LocalIssuer
from linli.messaging.connect import open_transport
from linli.messaging.transport import Transport

from .suite import Suite, compose


@pytest.fixture(params=["amqp", "embedded"])
def bus_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue("amqp_url" if request.param == "amqp" else "bus_database")
    return url


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Transport]:
    made = open_transport(bus_url)
    yield made
    await made.close()


@pytest.fixture
def suite(bus_url: str, new_database: Callable[..., str], template_of: Callable[[str], str], tmp_path: Path) -> Suite:
    issuer = LocalIssuer.load_or_create(tmp_path / "issuer.json")
    issuer.write_jwks(tmp_path / "jwks.json")
    return compose(issuer, tmp_path / "jwks.json", bus_url, lambda name: new_database(template=template_of(name)))
