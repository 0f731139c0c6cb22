"""Servers and service processes to measure."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from linli.chassis.issuer import LocalIssuer
from linli.testing.postgres import create_database, postgres_server
from linli.testing.rabbitmq import rabbitmq_server
from linli.testing.service import SERVICES as SERVICES
from linli.testing.service import service_environment, service_process


@dataclass(frozen=True, slots=True)
class Ground:
    """A PostgreSQL server, a virtual host, and what a service process is told."""

    postgres_url: str
    amqp_url: str
    issuer: LocalIssuer
    folder: Path

    def database(self) -> str:
        """Return the URL of a new, empty database."""
        return create_database(self.postgres_url)


@dataclass(frozen=True, slots=True)
class Process:
    """A running service."""

    pid: int
    url: str

    def cpu_s(self) -> float:
        """Return the processor time that it has used, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self) -> float:
        """Return its resident memory, in megabytes."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def ground() -> Iterator[Ground]:
    """Start the servers for one measurement."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="linli-bench-")))
        issuer = LocalIssuer.load_or_create(folder / "issuer.json")
        issuer.write_jwks(folder / "jwks.json")
        postgres = stack.enter_context(postgres_server())
        broker = stack.enter_context(rabbitmq_server())
        yield Ground(postgres, broker.new_vhost(), issuer, folder)


@contextmanager
def service(on: Ground, name: str, *, database: str | None = None, role: str = "all", **more: str) -> Iterator[Process]:
    """Run one service as a process until the block ends; ``more`` are further variables that it is told."""
    told = service_environment(
        name, database_url=database or on.database(), amqp_url=on.amqp_url, jwks=on.folder / "jwks.json"
    )
    quiet = {f"{name.upper()}_LOG_LEVEL": "WARNING"}
    with service_process(name, {**told, **quiet, **more}, "--role", role) as running:
        running.start()
        running.wait_until_ready()
        yield Process(running.pid, running.url)


def fresh_key() -> str:
    """Return an idempotency key that was never used."""
    return token_urlsafe(16)
