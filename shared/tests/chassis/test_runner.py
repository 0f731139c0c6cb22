import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI

from linli.chassis.runner import run
from linli.chassis.settings import ServiceSettings
from linli.messaging.transport import Transport

PROGRAM = """
import asyncio
from pathlib import Path
import sys

from fastapi import APIRouter
from pydantic_settings import SettingsConfigDict

from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.runner import run
from linli.chassis.settings import ServiceSettings

class TinySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TINY_")

class Worker:
    name = "relay"
    healthy = True
    failures = {}

    async def start(self):
        print("worker started", flush=True)

    async def stop(self):
        print("worker stopped", flush=True)

def create_app(settings, transport):
    router = APIRouter()
    gate = Path(sys.argv.pop())

    @router.get("/slow")
    async def slow():
        print("slow begun", flush=True)
        while not gate.exists():
            await asyncio.sleep(0.01)
        print("slow ended", flush=True)
        return "done"

    return service_app(name="tiny", title="Tiny", settings=settings, engine=create_engine(settings), package=None,
                       routers=[router], workers=[Worker()])

run("tiny", TinySettings, create_app, sys.argv[1:-1])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    def __init__(self, environment: dict[str, str], gate: Path, log: Path, *options: str) -> None:
        self.port = free_port()
        self.log = log
        arguments = [sys.executable, "-c", PROGRAM, "--host", "127.0.0.1", "--port", str(self.port), *options]
        with log.open("w") as file:
            self.process = subprocess.Popen([*arguments, str(gate)], env=environment, stdout=file, stderr=file)
        self.url = f"http://127.0.0.1:{self.port}"

    def until(self, words: str) -> None:
        end = time.monotonic() + 100
        while words not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Process]]:
    running: list[Process] = []
    given = {
        **environment,
        "TINY_DATABASE_URL": "postgresql://u@127.0.0.1:1/nowhere",
        "TINY_AMQP_URL": "amqp://127.0.0.1:1/",
    }

    def start(*options: str, **settings: str) -> Process:
        process = Process({**given, **settings}, tmp_path / "gate", tmp_path / "log", *options)
        running.append(process)
        return process

    yield start
    for process in running:
        process.process.kill()
        process.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_before_the_process_ends(
    start: Callable[..., Process], tmp_path: Path, number: int
) -> None:
    service = start()
    service.until("Uvicorn running")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, f"{service.url}/slow", timeout=30)
        service.until("slow begun")
        service.end(number)
        service.until("Shutting down")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{service.url}/healthz")
        (tmp_path / "gate").touch()
        assert answer.result().json() == "done"
    assert service.process.wait(timeout=100) == 0
    log = service.log.read_text()
    assert log.index("worker started") < log.index("slow ended") < log.index("worker stopped")


def test_a_request_that_does_not_end_holds_the_process_for_the_grace_only(start: Callable[..., Process]) -> None:
    service = start(TINY_SHUTDOWN_GRACE_S="0.5")
    service.until("Uvicorn running")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.get, f"{service.url}/slow", timeout=30)
        service.until("slow begun")
        service.end()
        assert service.process.wait(timeout=10) == 0
        assert isinstance(answer.exception(), httpx.HTTPError) or answer.result().status_code >= 500
    assert "worker stopped" in service.log.read_text()


def test_a_process_behind_a_proxy_names_the_outer_path_and_keeps_idle_connections_longer_than_clients_do(
    start: Callable[..., Process],
) -> None:
    service = start(TINY_ROOT_PATH="/tiny/")
    service.until("Uvicorn running")
    connection = HTTPConnection(urlsplit(service.url).netloc, timeout=30)
    connection.request("GET", "/openapi.json")
    assert json.load(connection.getresponse())["servers"] == [{"url": "/tiny"}]
    connection.sock.settimeout(7)
    with pytest.raises(TimeoutError):
        connection.sock.recv(1)  # which would return at once, with nothing, where it is closed
    connection.close()


def test_the_command_line_chooses_the_role(start: Callable[..., Process]) -> None:
    service = start("--role", "api", TINY_ROLE="worker")
    service.until("Uvicorn running")
    assert httpx.get(f"{service.url}/openapi.json").json()["paths"].keys() == {"/slow"}
    assert "worker started" not in service.log.read_text()


@pytest.mark.parametrize(
    "options", [["--role", "boss"], ["--port", "x"], ["--port", "70000"], ["--bind", "x"], ["dig"]]
)
def test_a_wrong_command_line_is_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("tiny", ServiceSettings, never, options)
    assert ended.value.code == 2
    assert options[-1] in capsys.readouterr().err


def never(_settings: ServiceSettings, _transport: Transport) -> FastAPI:
    raise AssertionError


def test_a_wrong_setting_is_refused(start: Callable[..., Process]) -> None:
    service = start(TINY_PROT="8000")
    assert service.process.wait(timeout=100) == 2
    assert "TINY_PROT" in service.log.read_text()


def test_a_port_in_use_ends_the_process_with_a_failure(start: Callable[..., Process]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        service = start("--port", str(taken.getsockname()[1]))
        assert service.process.wait(timeout=100) not in {0, 2}
    assert "worker stopped" in service.log.read_text()


async def test_migrate_brings_the_database_to_the_newest_revision(
    environment: dict[str, str], database_url: str, tiny_package: str, tmp_path: Path
) -> None:
    program = PROGRAM.replace('run("tiny"', f'run("{tiny_package}"').replace("sys.argv[1:-1]", "sys.argv[1:]")
    given = {**environment, "TINY_DATABASE_URL": database_url, "PYTHONPATH": str(tmp_path / "src")}

    def migrate() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, "migrate"],
            env=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    for done in (migrate(), migrate()):
        assert done.returncode == 0, done.stderr
        assert '"database migrated"' in done.stdout
