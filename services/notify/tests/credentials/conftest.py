"""Notify beside a real broker whose accounts it manages; its own events go the quicker embedded way."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from pydantic import SecretStr

from linli.messaging.amqp import AmqpTransport
from linli.messaging.message import TransportError
from linli.messaging.topology import CORE, department_topology
from linli.testing.local_rabbitmq import free_ports
from linli.testing.rabbitmq import Broker
from linli.testing.waiting import eventually
from notify import expiry
from notify.settings import NotifySettings
from notify.usecases import Admission

Headers = dict[str, str]
Token = Callable[..., Headers]
Given = dict[str, Any]
UrlOf = Callable[[Given], str]
Users = Callable[[], set[str]]

HOUSING = "/v1/departments/housing/credentials"
INBOX = "dept.housing.inbox"
UNFINISHED = timedelta(minutes=6)
WRONG = "s3cret-word"
"""A password of no account: nothing may show it."""


@dataclass
class Clock:
    """A clock that a test turns."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture(params=["managed"])
def management(request: pytest.FixtureRequest) -> str:
    """How the broker's accounts are managed: a test may ask for `none`, `refused` or `embedded` instead."""
    return str(request.param)


@pytest.fixture
def settings(settings: NotifySettings, amqp_url: str, broker: Broker, management: str) -> NotifySettings:
    address = urlsplit(broker.management_url)
    urls = {
        "none": f"http://linli:{WRONG}@127.0.0.1:{free_ports(1)[0]}",
        "refused": f"http://linli:{WRONG}@{address.hostname}:{address.port}",
    }
    url = SecretStr(urls.get(management, broker.management_url))
    bus = None if management == "embedded" else SecretStr(amqp_url)
    return settings.model_copy(update={"amqp_url": bus, "management_url": url})


@pytest.fixture(autouse=True)
async def _queue_of_housing(amqp_url: str) -> None:
    admin = AmqpTransport(amqp_url)
    await admin.declare(CORE)
    await admin.declare(department_topology("housing", ["case.*.facility.#"]))
    await admin.close()


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "LOOK_S", 0.1)


@pytest.fixture
def admission(app: FastAPI) -> Admission:
    found: Admission = app.state.runtime.extra(Admission)
    return found


@pytest.fixture
def platform(token: Token) -> Headers:
    return token("platform", subject="li-desk")


@pytest.fixture
def housing(token: Token) -> Headers:
    return token("department", subject="housing-system", department="housing")


@pytest.fixture
def url_of(amqp_url: str) -> UrlOf:
    """Fill in the URL that an answer shows, as a department does."""
    address = urlsplit(amqp_url)

    def fill(given: Given) -> str:
        pattern: str = given["amqp_url"]
        return pattern.format(password=given["password"], host=address.hostname, port=address.port)

    return fill


@pytest.fixture
def users(broker: Broker, amqp_url: str) -> Iterator[Users]:
    """Say which accounts of departments may use the bus; they are gone with the test."""

    def present() -> set[str]:
        with broker.management() as api:
            granted = api.get(f"/api/vhosts{urlsplit(amqp_url).path}/permissions").raise_for_status().json()
        return {one["user"] for one in granted if one["user"].startswith("dept.")}

    yield present
    with broker.management() as api:
        for name in present():
            api.delete(f"/api/users/{name}").raise_for_status()


@pytest.fixture(autouse=True)
def _no_account_stays(users: Users) -> None:
    """Leave the broker as it was."""


async def made(answer: Awaitable[Response]) -> Given:
    """Return what was given."""
    got = await answer
    assert got.status_code == 201, got.text
    given: Given = got.json()
    return given


async def listed(client: AsyncClient, headers: Headers) -> list[Given]:
    answer = await client.get(HOUSING, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[Given] = answer.json()["items"]
    return found


async def lets_in(url: str) -> bool:
    """Say whether an account may read its queue."""
    transport = AmqpTransport(url)
    try:
        async with transport.consume(INBOX, prefetch=1):
            return True
    except TransportError:
        return False
    finally:
        await transport.close()


async def left(users: Users, *wanted: str) -> None:
    """Wait until the broker has these accounts of departments and no others."""

    async def holds() -> bool:
        return users() == set(wanted)

    await eventually(holds, "the other accounts to be ended", seconds=10)


async def ended(client: AsyncClient, headers: Headers, credential_id: str) -> None:
    """Wait until a credential is listed as revoked."""

    async def holds() -> bool:
        shown = {one["id"]: one["revoked_at"] for one in await listed(client, headers)}
        return shown[credential_id] is not None

    await eventually(holds, "the credential to have ended", seconds=10)
