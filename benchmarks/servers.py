"""Servers and service processes to measure."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import httpx

from linli.chassis.issuer import AUDIENCE, ISSUER, LocalIssuer
from linli.testing.local_rabbitmq import free_ports
from linli.testing.postgres import create_database, postgres_server
from linli.testing.rabbitmq import rabbitmq_server

SERVICES = ("intake", "routing", "volunteer", "notify")
START_S = 60


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
def service(on: Ground, name: str, *, database: str | None = None, role: str = "all") -> Iterator[Process]:
    """Run one service as a process until the block ends."""
    [port] = free_ports(1)
    prefix = name.upper()
    told = {
        "DATABASE_URL": database or on.database(),
        "AMQP_URL": on.amqp_url,
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": (on.folder / "jwks.json").as_uri(),
        "LOG_LEVEL": "WARNING",
        **({"CONTACT_KEY": "bGlubGktYmVuY2gta2V5LW9mLTMyLWJ5dGVzLWxvbmc="} if name == "intake" else {}),
    }
    environment = {**os.environ, **{f"{prefix}_{key}": value for key, value in told.items()}}
    program = Path(sys.executable).parent / name
    words = [str(program), "--role", role, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(words, env=environment)
    running = Process(process.pid, f"http://127.0.0.1:{port}")
    try:
        _wait_until_ready(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(60)


def _wait_until_ready(running: Process, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{running.url}/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{running.url} was not ready in {START_S} s")


def fresh_key() -> str:
    """Return an idempotency key that was never used."""
    return token_urlsafe(16)
