"""The suite in containers, as docker-compose.yml says, under a name and on ports of its own."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from httpx import AsyncClient

from linli.chassis.issuer import LocalIssuer

from ..e2e.suite import Suite  # noqa: TID252 - tests are no package that could be named

ROOT = Path(__file__).parents[2]
SERVICES = ("intake", "routing", "volunteer", "notify")
COMMAND_SECONDS = 540  # building the four images from nothing, on a slow line
CLEAR_LINE = "\x1b[2K"  # some versions of compose write it also where no terminal is


@dataclass(frozen=True)
class Stack:
    """The running containers of one compose project."""

    project: str
    folder: Path
    settings: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{self.settings['LINLI_HTTP_ADDRESS']}"

    @property
    def bus_url(self) -> str:
        account = f"{self.settings['RABBITMQ_USER']}:{self.settings['RABBITMQ_PASSWORD']}"
        return f"amqp://{account}@{self.settings['LINLI_AMQP_ADDRESS']}/"

    @property
    def issuer_key(self) -> Path:
        return self.folder / ".linli" / "compose" / "issuer.json"

    def compose(self, *words: str, check: bool = True) -> str:
        """Run a docker compose command on this project and return what it said, both streams as one."""
        done = subprocess.run(
            ["docker", "compose", "--ansi=never", f"--project-name={self.project}", *words],
            cwd=ROOT,
            env={**os.environ, **self.settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0 or not check, f"docker compose {' '.join(words)}\n{done.stdout[-4000:]}"
        return done.stdout.replace(CLEAR_LINE, "")

    def logs(self, *services: str) -> str:
        """Return what containers have written, of all when none is named."""
        return self.compose("logs", "--no-color", "--no-log-prefix", *services)

    def python(self, service: str, program: str) -> str:
        """Run a program in the container of a service and return what it said, its end as a failure included."""
        return self.compose("exec", "--no-TTY", service, "python", "-c", program, check=False)

    def down(self) -> None:
        """Take everything away but the images."""
        self.compose("--profile=departments", "down", "--volumes", "--timeout=5", check=False)

    @asynccontextmanager
    async def suite(self) -> AsyncIterator[Suite]:
        """Reach all services through nginx, and sign with the key that the stack trusts."""
        issuer = LocalIssuer.load_or_create(self.issuer_key)
        suite = Suite(issuer, self.bus_url, {})
        async with AsyncExitStack() as clients:
            for name in SERVICES:
                client = AsyncClient(base_url=f"{self.url}/{name}", timeout=30, trust_env=False)
                suite.clients[name] = await clients.enter_async_context(client)
            yield suite


@contextmanager
def stack_in(folder: Path) -> Iterator[Stack]:
    """Build what has changed, start everything, and leave nothing behind but the images."""
    stack = Stack(f"linli-test-{token_hex(4)}", folder, _settings(folder))
    try:
        stack.compose("up", "--build", "--detach", "--wait", "--quiet-pull")
        yield stack
    finally:
        stack.down()


def _settings(folder: Path) -> dict[str, str]:
    shutil.copy(ROOT / ".env.example", folder)
    subprocess.run([sys.executable, ROOT / "deploy" / "compose" / "prepare.py", folder], check=True, timeout=60)
    lines = (line for line in (folder / ".env").read_text().splitlines() if line and not line.startswith("#"))
    http, amqp = _free_ports(2)
    return {
        **dict(line.split("=", 1) for line in lines),
        "LINLI_HTTP_ADDRESS": f"127.0.0.1:{http}",
        "LINLI_AMQP_ADDRESS": f"127.0.0.1:{amqp}",
        "LINLI_KEYS_FOLDER": str(folder / ".linli" / "compose" / "public"),
        "LINLI_DEPARTMENTS_FOLDER": str(folder / ".linli" / "compose" / "departments"),
    }


def _free_ports(count: int) -> list[int]:
    # Held all at once, so that no port is given twice.
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
