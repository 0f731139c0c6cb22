"""Standalone as a child process, for as long as the demonstration lasts."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx

from standalone.demo.suite import DemoError

START_WITHIN_S = 120.0
STOP_WITHIN_S = 90.0
HOST = "127.0.0.1"


@contextmanager
def running_standalone(
    data: Path, *, amqp_url: str | None, database_url: str | None, days_ahead: int = 0
) -> Iterator[str]:
    """Start standalone on a free port; yield its URL once it answers; stop it at the end.

    ``days_ahead`` is how far its clock runs ahead.

    Raises:
        DemoError: it ends, or does not answer in two minutes; the message has its last words.
    """
    data.mkdir(parents=True, exist_ok=True)
    log = data / "standalone.log"
    port = _free_port()
    # By the environment: anybody on the machine can read a command line, and URLs hold passwords.
    places = {"LINLI_AMQP_URL": amqp_url, "LINLI_DATABASE_URL": database_url}
    environment = {**os.environ, **{name: value for name, value in places.items() if value}}
    ahead = ["--days-ahead", str(days_ahead)]
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "standalone", "--data", data, "--host", HOST, "--port", str(port), *ahead],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    url = f"http://{HOST}:{port}"
    try:
        _wait_until_answering(child, url, log)
        yield url
    finally:
        _stop(child)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until_answering(child: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = monotonic() + START_WITHIN_S
    while not _answers(url):
        if child.poll() is not None or monotonic() > deadline:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            raise DemoError(f"standalone did not start:\n{last}")
        sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
