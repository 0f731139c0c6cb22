"""Each department receives what it subscribes to and nothing else, also after its subscription changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from uuid_utils.compat import uuid7

from linli.chassis.district import Districts
from linli.chassis.runtime import utc_now
from linli.district import Department, Subscription, Text, load_district
from linli.messaging.connect import open_transport
from linli.messaging.message import Message
from linli.messaging.topology import CORE
from linli.messaging.transport import Transport
from notify.streams import Streams
from notify.tables import district_entries, metadata, subscriptions

from . import builders
from .test_subscribing import eventually

Tell = Callable[..., Any]
Token = Callable[..., dict[str, str]]
DISTRICT = load_district()
BOTH = pytest.mark.parametrize("bus_kind", ["embedded", "amqp"], indirect=True)


@pytest.fixture(scope="module")
def begun(template_of: Callable[[str], str], bus_template: str) -> tuple[str, str]:
    """Databases of a service that never ran."""
    return template_of("notify"), bus_template


@BOTH
async def test_an_event_reaches_the_departments_of_its_category_and_no_other(
    client: AsyncClient, tell: Tell, bus: Transport
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    issue = uuid4()
    await tell(builders.reported(issue))
    await tell(builders.routed(issue))
    assert await bus.depth("dept.housing.inbox") == 1
    assert await bus.depth("dept.civil-affairs.inbox") == 0


async def test_staff_see_the_streams_and_what_waits(client: AsyncClient, tell: Tell, token: Token) -> None:
    await tell(builders.routed(uuid4()))

    async def listed() -> Any:
        shown = (await client.get("/v1/subscriptions", headers=token("staff", language="en"))).json()
        housing = next(one for one in shown if one["department"] == "housing")
        return (housing, len(shown)) if housing["waiting"] else None

    housing, count = await eventually(listed)
    assert (housing["department_name"], housing["queue"], housing["waiting"], housing["dead"]) == (
        "Housing",
        "dept.housing.inbox",
        1,
        0,
    )
    assert "case.*.facility.*.sanchajie.#" in housing["patterns"]
    assert count == len(DISTRICT.departments)


async def test_the_streams_are_shown_to_staff_only(client: AsyncClient, token: Token) -> None:
    assert (await client.get("/v1/subscriptions")).status_code == 401
    assert (await client.get("/v1/subscriptions", headers=token("handler"))).status_code == 403


def department(*categories: str, slug: str = "housing") -> Department:
    subscription = Subscription(events=("case.*",), categories=categories, areas=("top",))
    return Department(slug=slug, name=Text(zh_hans="房管"), subscription=subscription)


def streams(engine: AsyncEngine, bus: Transport, *departments: Department) -> Streams:
    return Streams(
        departments=departments,
        districts=Districts(DISTRICT, district_entries),
        engine=engine,
        transport=bus,
        now=utc_now,
        new_id=uuid7,
    )


async def fit(engine: AsyncEngine, bus: Transport, *departments: Department) -> None:
    """Let the worker fit the queues once."""
    worker = streams(engine, bus, *departments)
    await worker.start()
    async with asyncio.timeout(15):
        while not worker.healthy:
            await asyncio.sleep(0.01)
    await worker.stop()


@BOTH
async def test_a_changed_subscription_hears_the_new_and_no_longer_the_old(engine: AsyncEngine, bus: Transport) -> None:
    await fit(engine, bus, department("facility.*", "property.*"))
    await fit(engine, bus, department("property.*", "order.parking"))
    for key in ("case.routed.facility.lamp.top", "case.routed.property.fee.top.b", "case.routed.order.parking.top"):
        await bus.publish([Message(str(uuid4()), key, b"{}")])
    assert await bus.depth("dept.housing.inbox") == 2
    assert await bus.depth("linli.unrouted") == 1


@BOTH
async def test_a_department_that_is_gone_hears_nothing_more_and_keeps_what_it_has(
    engine: AsyncEngine, bus: Transport
) -> None:
    await fit(engine, bus, department("facility.*"))
    await bus.publish([Message(str(uuid4()), "case.routed.facility.lamp.top", b"{}")])
    await fit(engine, bus)
    await bus.publish([Message(str(uuid4()), "case.closed.facility.lamp.top", b"{}")])
    assert await bus.depth("dept.housing.inbox") == 1
    assert await bus.depth("linli.unrouted") == 1


async def test_a_binding_made_before_a_crash_is_known_and_taken_away(
    engine: AsyncEngine, bus: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = streams(engine, bus, department("facility.*"))
    await bus.declare(CORE)
    async with engine.begin() as connection:
        await crashing._seed(connection)
        seeded = (await connection.scalars(select(subscriptions.c.id))).one()
    monkeypatch.setattr(bus, "unbind", _crash)
    with pytest.raises(ConnectionError):
        await crashing.fit(seeded)
    monkeypatch.undo()
    await fit(engine, bus, department("order.parking"))
    await bus.publish([Message(str(uuid4()), "case.routed.facility.lamp.top", b"{}")])
    assert await bus.depth("linli.unrouted") == 1


@pytest.fixture
async def empty_bus(
    request: pytest.FixtureRequest, new_database: Callable[..., str], bus_kind: str
) -> AsyncIterator[Transport]:
    """Another bus of the same kind: what a broker is that has lost all."""
    embedded = bus_kind == "embedded"
    url = new_database() if embedded else request.getfixturevalue("broker").new_vhost()
    made = open_transport(url)
    yield made
    await made.close()
    if not embedded:
        request.getfixturevalue("broker").delete_vhost(url)


@BOTH
async def test_queues_that_fit_are_declared_again_where_they_are_lost(
    engine: AsyncEngine, bus: Transport, empty_bus: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notify.streams.AT_ONCE", 2)
    departments = [department("facility.*", slug=slug) for slug in ("housing", "greening", "market")]
    await fit(engine, bus, *departments)
    async with engine.connect() as connection:
        fitted = (await connection.execute(select(subscriptions).order_by("id"))).all()
    await fit(engine, empty_bus, *departments)
    await empty_bus.publish([Message(str(uuid4()), "case.routed.facility.lamp.top", b"{}")])
    assert [await empty_bus.depth(f"dept.{one.slug}.inbox") for one in departments] == [1, 1, 1]
    async with engine.connect() as connection:
        assert (await connection.execute(select(subscriptions).order_by("id"))).all() == fitted


async def _crash(_: object) -> None:
    raise ConnectionError


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(database_url)
    async with made.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield made
    await made.dispose()
