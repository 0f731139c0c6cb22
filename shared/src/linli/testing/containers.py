"""Servers in throw-away containers, for machines with a Docker engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer

from linli.testing.choice import CHOICE_VARIABLE, ServersError

POSTGRES_IMAGE = "postgres:17"
RABBITMQ_IMAGE = "rabbitmq:4-management"
START_SECONDS = 120.0


@contextmanager
def postgres_container() -> Iterator[str]:
    """Runs PostgreSQL in a container; gives its administrator's URL at once, maybe before it accepts connections."""
    password = token_hex()
    settings = "postgres -c max_connections=300 -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    container = DockerContainer(POSTGRES_IMAGE, command=settings, ports=[5432], env={"POSTGRES_PASSWORD": password})
    with _running(container):
        yield f"postgresql+asyncpg://postgres:{password}@{_address(container, 5432)}/postgres"


@contextmanager
def rabbitmq_container(user: str, password: str) -> Iterator[tuple[str, str]]:
    """Runs RabbitMQ in a container; gives `host:port` of AMQP and of the management API, maybe before they answer."""
    account = {"RABBITMQ_DEFAULT_USER": user, "RABBITMQ_DEFAULT_PASS": password}
    container = DockerContainer(RABBITMQ_IMAGE, ports=[5672, 15672], env=account)
    with _running(container):
        yield _address(container, 5672), _address(container, 15672)


@contextmanager
def _running(container: DockerContainer) -> Iterator[None]:
    try:
        container.start()
    except DockerException as error:
        container.stop()
        raise ServersError(
            f"{container.image} does not start: {error}. {CHOICE_VARIABLE}=local takes servers of this machine."
        ) from error
    try:
        yield
    finally:
        container.stop()


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"
