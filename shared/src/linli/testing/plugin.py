"""Pytest fixtures on real servers; loaded with `-p linli.testing.plugin`."""

import gc
from collections.abc import Callable, Iterator

import pytest

from linli.messaging import tracing
from linli.testing.choice import (
    AMQP_VARIABLE,
    DATABASE_VARIABLE,
    MANAGEMENT_VARIABLE,
    Kind,
    ServersError,
    choose_kind,
    docker_engine_answers,
)
from linli.testing.local_rabbitmq import rabbitmq_programs
from linli.testing.postgres import (
    create_bus_template,
    create_database,
    create_template,
    drop_database,
    postgres_server,
)
from linli.testing.rabbitmq import Broker, rabbitmq_server
from linli.testing.spans import Spans

GC_THRESHOLDS = 3000, 10, 30
"""Tests drop whole services, and little of each stays: with Python's own numbers a tenth of a run is collecting."""


def pytest_configure() -> None:
    """Collect no garbage while tests are collected: all of it stays."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Collect garbage from now on, and only among what comes later; also where workers run the tests."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say what a run of the whole suite leaves out; asking takes too long for a run of a few tests."""
    if not config.getoption("numprocesses", None) or docker_engine_answers():
        return None
    return "no Docker engine answers: the tests marked docker are left out"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what needs a Docker engine where none answers; says at once when servers are missing."""
    wanting = [item for item in items if item.get_closest_marker("docker")]
    if wanting and not docker_engine_answers():
        config.hook.pytest_deselected(items=wanting)
        items[:] = [item for item in items if item not in wanting]
    if hasattr(config, "workerinput"):
        _check_groups(config, items)
        return  # a usage error inside an xdist worker reads as a crash; there the fixtures tell
    used = {name for item in items for name in getattr(item, "fixturenames", ())}
    try:
        _check_servers(used)
    except ServersError as error:
        raise pytest.UsageError(str(error)) from error


def _check_groups(config: pytest.Config, items: list[pytest.Item]) -> None:
    grouped = (item for item in items if item.get_closest_marker("xdist_group"))
    if config.getoption("loadgroup", default=False) and not all("@" in item.nodeid for item in grouped):
        raise RuntimeError(
            "pytest-xdist keeps no group of tests together with this pytest: each worker starts all servers"
        )


def _check_servers(fixtures: set[str]) -> None:
    if "postgres_url" in fixtures:
        choose_kind(DATABASE_VARIABLE)
    if "broker" in fixtures and choose_kind(AMQP_VARIABLE, MANAGEMENT_VARIABLE) is Kind.LOCAL:
        rabbitmq_programs()


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The RabbitMQ server of this test process."""
    with rabbitmq_server() as server:
        yield server


@pytest.fixture
def amqp_url(broker: Broker) -> Iterator[str]:
    """AMQP URL of an empty virtual host, for this test alone."""
    url = broker.new_vhost()
    yield url
    broker.delete_vhost(url)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Administrator's URL of the PostgreSQL server of this test process."""
    with postgres_server() as url:
        yield url


@pytest.fixture
def new_database(postgres_url: str) -> Iterator[Callable[..., str]]:
    """Makes databases for this test alone: `new_database()` an empty one, `new_database(template=url)` a copy.

    The template must have no connections while it is copied.
    """
    made: list[str] = []

    def make(template: str | None = None) -> str:
        made.append(create_database(postgres_url, template=template))
        return made[-1]

    yield make
    for url in made:
        drop_database(postgres_url, url)


@pytest.fixture(scope="session")
def template_of(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """Gives, by the name of a service, the URL of a database with its migrations, to be copied."""
    made: dict[str, str] = {}

    def template(package: str) -> str:
        made[package] = made.get(package) or create_template(postgres_url, package)
        return made[package]

    yield template
    for url in made.values():
        drop_database(postgres_url, url)


@pytest.fixture(scope="session")
def bus_template(postgres_url: str) -> Iterator[str]:
    """URL of a database with the tables of the embedded bus, to be copied."""
    url = create_bus_template(postgres_url)
    yield url
    drop_database(postgres_url, url)


@pytest.fixture
def bus_database(new_database: Callable[..., str], bus_template: str) -> str:
    """URL of an embedded bus without queues, for this test alone."""
    return new_database(template=bus_template)


@pytest.fixture
def database_url(new_database: Callable[..., str]) -> str:
    """URL of an empty database, for this test alone."""
    return new_database()


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    """The spans of this test alone: OpenTelemetry's own provider can be set once a process."""
    made = Spans()
    monkeypatch.setattr(tracing, "_TRACER", made.tracer)
    return made
