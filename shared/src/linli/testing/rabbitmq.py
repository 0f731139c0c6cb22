"""RabbitMQ servers and virtual hosts for tests."""

import os
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from linli.testing.choice import AMQP_VARIABLE, MANAGEMENT_VARIABLE, Kind, ServersError, choose_kind
from linli.testing.containers import START_SECONDS, ContainerRabbitMQ, rabbitmq_container
from linli.testing.local_rabbitmq import PID_FILES, LocalRabbitMQ
from linli.testing.reaper import reaped_folder
from linli.testing.waiting import WaitingError, wait_until

_USER = "linli"

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak plain HTTP: reading the machine's certificates takes each of them 15 ms."""


class Node(Protocol):
    """The server of a broker that is ours alone, and what can be done to it."""

    def start(self) -> None:
        """Starts it on its kept data; it may not answer yet."""

    def kill(self) -> None:
        """Ends it at once, as a power cut does; a node already gone is fine."""

    def freeze(self) -> None:
        """Stops it in its tracks; its connections stay open."""

    def thaw(self) -> None:
        """Lets it go on."""

    def is_running(self) -> bool:
        """Whether it exists, answering or not."""
        ...

    def control(self, *words: str) -> str:
        """Runs `rabbitmqctl` with these words and returns what it prints."""
        ...

    def last_log_lines(self) -> str:
        """The end of what it printed."""
        ...


@dataclass(frozen=True)
class Broker:
    """A running RabbitMQ server and an account that may do everything on it.

    Attributes:
        amqp_url: `amqp://user:password@host:port`, no virtual host.
        management_url: `http://user:password@host:port` of its HTTP API (paths `/api/...`).
        kind: where it comes from.
        node: its process or container, when it runs for us alone: faults are made there.
    """

    amqp_url: str = field(repr=False)
    management_url: str = field(repr=False)
    kind: Kind
    node: Node | None = field(default=None, repr=False)

    @property
    def version(self) -> str:
        """As the server tells it, `4.0.5`."""
        with self.management() as api:
            return str(api.get("/api/overview").raise_for_status().json()["rabbitmq_version"])

    def kill(self) -> None:
        """Ends the server at once, as a power cut does; `restart` brings it back."""
        self._own_node().kill()

    def freeze(self) -> None:
        """Stops the server in its tracks, with its connections open, until `thaw`."""
        self._own_node().freeze()

    def thaw(self) -> None:
        """Lets a frozen server go on."""
        self._own_node().thaw()

    def restart(self) -> None:
        """Kills the server if it still runs, starts it on the same ports and data, waits until it answers."""
        node = self._own_node()
        node.kill()
        node.start()
        self.wait_until_ready()

    def control(self, *words: str) -> str:
        """Runs `rabbitmqctl` with these words, for alarms and the like; returns what it prints."""
        return self._own_node().control(*words)

    def new_vhost(self) -> str:
        """Makes an empty virtual host (some 20 ms) and returns the AMQP URL that leads into it."""
        name = f"test-{uuid4().hex}"
        user = urlsplit(self.management_url).username
        with self.management() as api:
            api.put(f"/api/vhosts/{name}").raise_for_status()
            everything = {"configure": ".*", "write": ".*", "read": ".*"}
            api.put(f"/api/permissions/{name}/{user}", json=everything).raise_for_status()
        return f"{self.amqp_url}/{name}"

    def delete_vhost(self, amqp_url: str) -> None:
        """Deletes the virtual host of that URL with all in it, closing its connections; a missing one is fine."""
        with self.management() as api:
            answer = api.delete(f"/api/vhosts{urlsplit(amqp_url).path}")
        if answer.status_code != httpx.codes.NOT_FOUND:
            answer.raise_for_status()

    def management(self) -> httpx.Client:
        """A client of the management HTTP API, to be closed by the caller."""
        return httpx.Client(base_url=self.management_url, timeout=30, trust_env=False, verify=NO_AUTHORITIES)

    def wait_until_ready(self) -> None:
        """Waits until the management API answers, the last thing that a starting server opens.

        Raises:
            ServersError: it does not, in two minutes; the text has the last lines of its log.
        """
        try:
            wait_until(self._answers, "RabbitMQ to answer", seconds=START_SECONDS)
        except WaitingError as error:
            log = self.node.last_log_lines() if self.node else "see the log of the container or server"
            raise ServersError(f"{error}; {log}") from error

    def _answers(self) -> bool:
        if self.node and not self.node.is_running():
            raise ServersError(f"RabbitMQ stopped while starting:\n{self.node.last_log_lines()}")
        try:
            with self.management() as api:
                return api.get("/api/vhosts").is_success
        except httpx.TransportError:
            return False

    def _own_node(self) -> Node:
        if self.node is None:
            raise ServersError(f"a broker of kind {self.kind} cannot be harmed; take a container or a local one")
        return self.node


@contextmanager
def rabbitmq_server(kind: Kind | None = None) -> Iterator[Broker]:
    """Gives a RabbitMQ server for as long as the block lasts; a local one starts in about five seconds.

    Args:
        kind: where it comes from; None chooses (see `choose_kind`).

    Raises:
        ServersError: there is none to be had.
    """
    starts = {Kind.ENVIRONMENT: _environment_broker, Kind.CONTAINERS: _container_broker, Kind.LOCAL: _local_broker}
    with starts[kind or choose_kind(AMQP_VARIABLE, MANAGEMENT_VARIABLE)]() as broker:
        broker.wait_until_ready()
        yield broker


@contextmanager
def _environment_broker() -> Iterator[Broker]:
    amqp, management = os.environ[AMQP_VARIABLE].rstrip("/"), os.environ[MANAGEMENT_VARIABLE].rstrip("/")
    if "@" not in management:
        account, _, _ = urlsplit(amqp).netloc.rpartition("@")
        management = management.replace("://", f"://{account}@", 1)
    yield Broker(amqp, management, Kind.ENVIRONMENT)


@contextmanager
def _container_broker() -> Iterator[Broker]:
    account = f"{_USER}:{(password := token_hex())}"
    with rabbitmq_container(_USER, password) as node:
        yield _broker_of(account, node, Kind.CONTAINERS)


@contextmanager
def _local_broker() -> Iterator[Broker]:
    account = f"{_USER}:{(password := token_hex())}"
    with reaped_folder(*PID_FILES) as folder, closing(LocalRabbitMQ(folder, user=_USER, password=password)) as node:
        yield _broker_of(account, node, Kind.LOCAL)


def _broker_of(account: str, node: LocalRabbitMQ | ContainerRabbitMQ, kind: Kind) -> Broker:
    return Broker(f"amqp://{account}@{node.amqp_address}", f"http://{account}@{node.management_address}", kind, node)
