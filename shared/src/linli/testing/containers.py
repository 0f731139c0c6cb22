"""Servers in throw-away containers, for machines with a Docker engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

from docker.errors import APIError, DockerException
from testcontainers.core.container import DockerContainer

from linli.testing.choice import CHOICE_VARIABLE, ServersError
from linli.testing.local_rabbitmq import NO_BUSY_WAIT, free_ports
from linli.testing.waiting import wait_until

POSTGRES_IMAGE = "postgres:17"
RABBITMQ_IMAGE = "rabbitmq:4-management"
POSTGRES_DATA = "/var/lib/postgresql/data"
START_SECONDS = 120.0
FREEZE_SECONDS = 10.0


@contextmanager
def postgres_container() -> Iterator[str]:
    """Runs PostgreSQL in a container; gives its administrator's URL at once, maybe before it accepts connections."""
    password = token_hex()
    settings = "postgres -c max_connections=300 -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    container = DockerContainer(POSTGRES_IMAGE, command=settings, ports=[5432], env={"POSTGRES_PASSWORD": password})
    container.with_tmpfs_mount(POSTGRES_DATA)
    with _running(container):
        yield f"postgresql+asyncpg://postgres:{password}@{_address(container, 5432)}/postgres"


class ContainerRabbitMQ:
    """One RabbitMQ node in a container of its own, which keeps its ports and its data when it is started again.

    Attributes:
        amqp_address: `host:port` of AMQP 0-9-1.
        management_address: `host:port` of the management HTTP API.
    """

    def __init__(self, container: DockerContainer) -> None:
        self._container = container
        self.amqp_address = _address(container, 5672)
        self.management_address = _address(container, 15672)

    def start(self) -> None:
        """Starts the node on its kept data."""
        self._container.get_wrapped_container().start()

    def kill(self) -> None:
        """Ends the node at once, as a power cut does; a node already gone is fine."""
        if self.is_running():
            self._container.get_wrapped_container().kill()
            self._container.get_wrapped_container().wait()

    def freeze(self) -> None:
        """Stops the node in its tracks; its connections stay open."""
        wait_until(self._pauses, "the engine to freeze the broker", seconds=FREEZE_SECONDS)

    def _pauses(self) -> bool:
        try:
            self._container.get_wrapped_container().pause()
        except APIError as error:
            # A runtime on cgroup v1 gives up where a process forks while it is being frozen; asked again, it succeeds.
            if "unable to freeze" in str(error):
                return False
            raise
        return True

    def thaw(self) -> None:
        """Lets it go on."""
        self._container.get_wrapped_container().unpause()

    def is_running(self) -> bool:
        """Whether the container runs, answering or not."""
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        return wrapped.status in {"running", "paused"}

    def control(self, *words: str) -> str:
        """Runs `rabbitmqctl` with these words in the container and returns what it prints."""
        status, said = self._container.get_wrapped_container().exec_run(["rabbitmqctl", *words])
        if status != 0:
            raise ServersError(f"rabbitmqctl {words[0]}: {said.decode(errors='replace')[-500:]}")
        return str(said.decode())

    def last_log_lines(self) -> str:
        """The end of what the node printed, for error messages."""
        return str(self._container.get_wrapped_container().logs(tail=20).decode(errors="replace"))


@contextmanager
def rabbitmq_container(user: str, password: str) -> Iterator[ContainerRabbitMQ]:
    """Runs RabbitMQ in a container; it may not answer yet."""
    account = {"RABBITMQ_DEFAULT_USER": user, "RABBITMQ_DEFAULT_PASS": password}
    container = DockerContainer(RABBITMQ_IMAGE, env={**account, "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": NO_BUSY_WAIT})
    # Ports that the engine chooses would be others after a restart.
    for inside, outside in zip((5672, 15672), free_ports(2), strict=True):
        container.with_bind_ports(inside, outside)
    with _running(container):
        yield ContainerRabbitMQ(container)


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
