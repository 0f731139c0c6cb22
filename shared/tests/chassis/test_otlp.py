"""Spans go to a collector where OpenTelemetry's variables name one, and a collector never holds up a service."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from structlog.testing import capture_logs

from linli.chassis.otlp import exporting_traces
from linli.testing.local_rabbitmq import free_ports
from linli.testing.waiting import wait_until

PROGRAM = """
import sys

from fastapi import APIRouter
from pydantic_settings import SettingsConfigDict

from linli.chassis import otlp
from linli.chassis.app import service_app
from linli.chassis.database import create_engine
from linli.chassis.runner import run
from linli.chassis.settings import ServiceSettings

class TinySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TINY_")

router = APIRouter()

@router.get("/hello/{name}")
async def hello(name: str):
    return {"exporter": sys.modules.get("opentelemetry.sdk.trace.export") is not None}

def create_app(settings, transport):
    return service_app(name="tiny", title="Tiny", settings=settings, engine=create_engine(settings), package=None,
                       routers=[router])

otlp.FLUSH_S = 1.0
if "without" in sys.argv:
    sys.modules["opentelemetry.sdk.trace"] = None
run("tiny", TinySettings, create_app, sys.argv[1:5])
"""
NOBODY = "http://127.0.0.1:1"


class Collector:
    """Keeps what it is sent; a hanging one answers nobody."""

    def __init__(self, *, hangs: bool) -> None:
        self.bodies: list[bytes] = []
        self.released = Event()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                if hangs:
                    collector.released.wait(30)
                    return
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def spans(self) -> list[tuple[str, Any]]:
        """The service that each span is of, and the span."""
        found = []
        for body in self.bodies:
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                named = {one.key: one.value.string_value for one in group.resource.attributes}
                found += [(named["service.name"], span) for scope in group.scope_spans for span in scope.spans]
        return found


@contextmanager
def collecting(*, hangs: bool = False) -> Iterator[Collector]:
    collector = Collector(hangs=hangs)
    thread = Thread(target=collector.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        collector.released.set()
        collector.server.shutdown()
        collector.server.server_close()
        thread.join()


class Service:
    def __init__(self, environment: dict[str, str], log: Path, *words: str) -> None:
        [port] = free_ports(1)
        self.log = log
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-c", PROGRAM, "--host", "127.0.0.1", "--port", str(port), *words]
        with log.open("w") as file:
            self.process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)

    def hello(self, name: str) -> Any:
        wait_until(lambda: "Uvicorn running" in self.log.read_text(), "the service to serve", seconds=30)
        return httpx.get(f"{self.url}/hello/{name}").json()

    def end(self) -> float:
        """End it as an operator would; returns how long it took, in seconds."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0
        return time.monotonic() - began

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def start(environment: dict[str, str], jwks_url: str, tmp_path: Path) -> Iterator[Callable[..., Service]]:
    started: list[Service] = []
    given = {
        **environment,
        "TINY_DATABASE_URL": "postgresql://u@127.0.0.1:1/nowhere",
        "TINY_AMQP_URL": "amqp://127.0.0.1:1/",
        "TINY_OIDC_ISSUER": "https://issuer.example",
        "TINY_OIDC_JWKS_URL": jwks_url,
        "OTEL_BSP_SCHEDULE_DELAY": "60000",
    }

    def start(*words: str, **told: str) -> Service:
        started.append(Service({**given, **told}, tmp_path / "log", *words))
        return started[-1]

    yield start
    for service in started:
        service.process.kill()
        service.process.wait()


def test_the_spans_of_a_process_reach_the_collector_also_the_last_ones(start: Callable[..., Service]) -> None:
    with collecting() as collector:
        service = start(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        assert service.hello("li-secret") == {"exporter": True}
        assert collector.bodies == []  # the next batch would leave in a minute
        service.end()
        [(name, span)] = collector.spans()
    assert (name, span.name) == ("tiny", "GET /hello/{name}")
    assert b"li-secret" not in collector.bodies[0]
    [line] = [one for one in service.lines() if one.get("route") == "/hello/{name}"]
    assert line["trace"] == span.trace_id.hex()


def test_the_operator_may_name_the_service(start: Callable[..., Service]) -> None:
    with collecting() as collector:
        url = f"{collector.url}/v1/traces"
        service = start(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=url, OTEL_SERVICE_NAME="linli-tiny")
        service.hello("you")
        service.end()
        assert [name for name, _ in collector.spans()] == ["linli-tiny"]


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "away"])
def test_a_collector_that_hangs_or_is_away_holds_up_no_request_and_no_end(
    start: Callable[..., Service], *, hangs: bool
) -> None:
    with collecting(hangs=hangs) as collector:
        service = start(
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url if hangs else NOBODY,
            OTEL_BSP_SCHEDULE_DELAY="50",
        )
        for _ in range(20):
            assert service.hello("you") == {"exporter": True}
        if hangs:
            wait_until(lambda: bool(collector.bodies), "the collector to be asked", seconds=20)
        assert service.end() < 8


@pytest.mark.parametrize(
    ("told", "words", "said"),
    [
        ({}, [], []),
        (
            {"OTEL_EXPORTER_OTLP_ENDPOINT": NOBODY},
            ["without"],
            ["traces are not exported: linli[otlp] is not installed"],
        ),
    ],
    ids=["no-endpoint", "not-installed"],
)
def test_without_a_collector_that_can_be_used_a_service_serves_and_says_why_it_exports_nothing(
    start: Callable[..., Service], told: dict[str, str], words: list[str], said: list[str]
) -> None:
    service = start(*words, **told)
    assert service.hello("you") == {"exporter": False}  # what is not wanted takes no memory
    service.end()
    assert [one["event"] for one in service.lines() if one["level"] == "warning"] == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            ["traces are not exported: of the OTLP protocols only one is spoken"],
        ),
    ],
    ids=["switched-off", "another-protocol"],
)
def test_an_export_that_is_not_wanted_or_not_spoken_is_not_begun(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], said: list[str]
) -> None:
    for name, value in {"OTEL_EXPORTER_OTLP_ENDPOINT": NOBODY, **told}.items():
        monkeypatch.setenv(name, value)
    before = trace.get_tracer_provider()
    with capture_logs() as lines, exporting_traces("tiny"):
        assert trace.get_tracer_provider() is before
    assert [line["event"] for line in lines] == said


def test_a_wrong_setting_of_the_export_ends_the_process(start: Callable[..., Service]) -> None:
    service = start(OTEL_EXPORTER_OTLP_ENDPOINT=NOBODY, OTEL_BSP_MAX_QUEUE_SIZE="0")
    assert service.process.wait(30) == 2
    assert "OTEL_*: max_queue_size" in service.log.read_text()
