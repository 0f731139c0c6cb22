"""A service as the process that is deployed, for tests and measurements."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from linli.chassis.issuer import AUDIENCE, ISSUER
from linli.testing.local_rabbitmq import free_ports
from linli.testing.reaper import reaped_folder
from linli.testing.waiting import wait_until

SERVICES = ("intake", "routing", "volunteer", "notify")
START_SECONDS = 60.0
STOP_SECONDS = 60.0
_KEY = "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="
_KEYS = {"intake": {"CONTACT_KEY": _KEY}, "notify": {"WEBHOOK_KEY": _KEY}}
_PID_FILE = "pid"
# Most of a start is importing, and most of that compiling where bytecode may not be kept beside the source.
_QUICK_START = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(Path(sys.prefix) / "pycache")}


class ServiceProcessError(Exception):
    """The process ended although it should serve; the text has the last lines of its log."""


def service_environment(name: str, *, database_url: str, amqp_url: str, jwks: Path) -> dict[str, str]:
    """Gives what the service `name` must be told; `jwks` is the file of the keys that it trusts."""
    told = {
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": jwks.as_uri(),
        **_KEYS.get(name, {}),
    }
    return {f"{name.upper()}_{key}": value for key, value in told.items()}


def service_program(name: str) -> str:
    """Path of the command that runs the service."""
    return str(Path(sys.executable).with_name(name))


class ServiceProcess:
    """One service on a port of its own, which it keeps when it is started again.

    Attributes:
        name: of the service.
        url: where it is reached; no path.
        client: talks to it, from one thread.
    """

    def __init__(self, name: str, environment: Mapping[str, str], words: tuple[str, ...], folder: Path) -> None:
        [port] = free_ports(1)
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.client = httpx.Client(base_url=self.url, trust_env=False)
        self._command = [service_program(name), *words, "--host", "127.0.0.1", "--port", str(port)]
        self._environment = {**os.environ, **_QUICK_START, **environment}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Operating-system process id; changes with every start."""
        return self._started().pid

    def start(self) -> None:
        """Starts the process; it may not be ready yet."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the suite's own program
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        (self._folder / _PID_FILE).write_text(str(self._process.pid))

    def wait_until_ready(self) -> None:
        """Waits until `/readyz` says so.

        Raises:
            ServiceProcessError: the process ended instead.
            WaitingError: it is not ready in a minute.
        """
        wait_until(self._ready_or_ended, f"{self.name} to be ready", seconds=START_SECONDS)

    def is_ready(self) -> bool:
        """Whether it can work now, by its own account."""
        try:
            return self.client.get("/readyz", timeout=10).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Tells it to end, as an operator does, and returns its exit status."""
        self._started().send_signal(signal.SIGTERM)
        return self._started().wait(STOP_SECONDS)

    def kill(self) -> None:
        """Ends it at once, as a power cut does; a process already gone is fine."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)

    def close(self) -> None:
        """Ends it and lets go of the client."""
        self.kill()
        self.client.close()

    def log(self) -> str:
        """Everything that it has printed, all starts together."""
        return (self._folder / "log").read_text(errors="replace")

    def metric(self, sample: str, **labels: str) -> float:
        """The sum of the samples of that name with these labels, as `/metrics` tells them now."""
        families = text_string_to_metric_families(self.client.get("/metrics").raise_for_status().text)
        samples = (one for family in families for one in family.samples if one.name == sample)
        return sum(one.value for one in samples if labels.items() <= one.labels.items())

    def _ready_or_ended(self) -> bool:
        if self._started().poll() is not None:
            raise ServiceProcessError(f"{self.name} ended:\n" + "\n".join(self.log().splitlines()[-20:]))
        return self.is_ready()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise ServiceProcessError(f"{self.name} was not started")
        return self._process


@contextmanager
def service_process(name: str, environment: Mapping[str, str], *words: str) -> Iterator[ServiceProcess]:
    """Gives a service that is not started yet; at the end of the block it is killed, and so it is if we are.

    Args:
        name: `intake` and so on.
        environment: added to our own; see `service_environment`.
        words: of its command line, such as `--role worker`.
    """
    with reaped_folder(_PID_FILE) as folder:
        service = ServiceProcess(name, environment, words, folder)
        try:
            yield service
        finally:
            service.close()
