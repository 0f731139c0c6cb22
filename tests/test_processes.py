"""Each service as the process that is deployed: it says what is wrong with its settings, serves, and stops cleanly."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from linli.chassis.issuer import ISSUER, LocalIssuer
from linli.testing.local_rabbitmq import free_ports
from linli.testing.waiting import wait_until

SERVICES = pytest.mark.parametrize("name", ["intake", "routing", "volunteer", "notify"])
SECRET = "a-secret-that-must-not-be-printed"
Told = dict[str, str]


@pytest.fixture
def told(tmp_path: Path, amqp_url: str, new_database: Callable[[], str]) -> Callable[[str], Told]:
    """Make the environment of a service."""
    LocalIssuer.load_or_create(tmp_path / "issuer.json").write_jwks(tmp_path / "jwks.json")

    def environment(name: str) -> Told:
        settings = {
            "DATABASE_URL": new_database(),
            "AMQP_URL": amqp_url,
            "OIDC_ISSUER": ISSUER,
            "OIDC_JWKS_URL": (tmp_path / "jwks.json").as_uri(),
            **({"CONTACT_KEY": "bGlubGktdGVzdC1rZXktb2YtMzItYnl0ZXMtbG9uZyE="} if name == "intake" else {}),
        }
        return {f"{name.upper()}_{key}": value for key, value in settings.items()}

    return environment


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@contextmanager
def running(name: str, told: Told, *words: str) -> Iterator[tuple["subprocess.Popen[bytes]", httpx.Client, Path]]:
    """Run a service until the block ends; yields the process, a client of it, and its log."""
    [port] = free_ports(1)
    with (
        tempfile.NamedTemporaryFile(prefix=f"{name}-") as log,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
        subprocess.Popen(
            [program(name), *words, "--host", "127.0.0.1", "--port", str(port)],
            env={**os.environ, **told},
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            wait_until(lambda: process.poll() is not None or ready(client), f"{name} to be ready", seconds=60)
            yield process, client, Path(log.name)
        finally:
            process.kill()


def ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("name", "fault", "named"),
    [
        *((name, {"AMQP_URL": None}, "AMQP_URL") for name in ("intake", "routing", "volunteer", "notify")),
        ("intake", {"DATABASE_URL": None}, "DATABASE_URL"),
        ("intake", {"DATABASE_URL": f"mysql://x:{SECRET}@y/z"}, "DATABASE_URL"),
        ("intake", {"AMQP_URL": f"http://{SECRET}@nowhere"}, "AMQP_URL"),
        ("intake", {"OIDC_JWKS_URL": None}, "OIDC_JWKS_URL"),
        ("intake", {"CONTACT_KEY": SECRET}, "CONTACT_KEY"),
        ("routing", {"COLOUR": SECRET}, "COLOUR"),
        ("notify", {"CONSUMER_BATCH": "0"}, "CONSUMER_BATCH"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_the_process(
    told: Callable[[str], Told], name: str, fault: dict[str, str | None], named: str
) -> None:
    settings: dict[str, str | None] = {**told(name), **{f"{name.upper()}_{key}": to for key, to in fault.items()}}
    environment = {**os.environ, **{key: value for key, value in settings.items() if value is not None}}
    done = subprocess.run([program(name)], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"{name.upper()}_{named}" in done.stderr
    assert SECRET not in done.stderr + done.stdout


@SERVICES
def test_a_service_serves_and_ends_cleanly_when_told(told: Callable[[str], Told], name: str) -> None:
    with running(name, told(name)) as (process, client, log):
        assert client.get("/healthz").status_code == 200
        assert "linli_consumed_total" in client.get("/metrics").text
        assert client.get("/openapi.json").json()["info"]["title"]
        assert client.get("/no/such/path").headers["content-type"] == "application/problem+json"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert "Traceback" not in log.read_text()


def test_api_and_worker_can_run_apart(told: Callable[[str], Told]) -> None:
    settings = told("intake")
    with running("intake", settings, "--role", "api") as (_, api, _):
        assert api.post("/v1/issues", json={"description": "楼顶漏雨"}).status_code == 201
        with running("intake", settings, "--role", "worker") as (_, worker, _):
            assert worker.post("/v1/issues", json={"description": "楼顶漏雨"}).status_code == 404
            wait_until(lambda: published(worker) >= 1, "the worker to publish the report", seconds=20)


def published(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("linli_published_total "))
