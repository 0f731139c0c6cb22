"""Each service as the process that is deployed: it says what is wrong with its settings, serves, and stops cleanly."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from linli.chassis.issuer import LocalIssuer
from linli.testing.service import SERVICES, ServiceProcess, service_environment, service_process, service_program
from linli.testing.waiting import wait_until

SECRET = "a-secret-that-must-not-be-printed"
Told = dict[str, str]


@pytest.fixture
def told(tmp_path: Path, amqp_url: str, new_database: Callable[[], str]) -> Callable[[str], Told]:
    """Make the environment of a service."""
    LocalIssuer.load_or_create(tmp_path / "issuer.json").write_jwks(tmp_path / "jwks.json")

    def environment(name: str) -> Told:
        return service_environment(name, database_url=new_database(), amqp_url=amqp_url, jwks=tmp_path / "jwks.json")

    return environment


@contextmanager
def running(name: str, told: Told, *words: str) -> Iterator[ServiceProcess]:
    with service_process(name, told, *words) as service:
        service.start()
        service.wait_until_ready()
        yield service


@pytest.mark.parametrize(
    ("name", "fault", "named"),
    [
        *((name, {"AMQP_URL": None}, "AMQP_URL") for name in ("intake", "routing", "volunteer", "notify")),
        ("intake", {"DATABASE_URL": None}, "DATABASE_URL"),
        ("intake", {"DATABASE_URL": f"mysql://x:{SECRET}@y/z"}, "DATABASE_URL"),
        ("intake", {"AMQP_URL": f"http://{SECRET}@nowhere"}, "AMQP_URL"),
        ("intake", {"OIDC_JWKS_URL": None}, "OIDC_JWKS_URL"),
        ("intake", {"CONTACT_KEY": SECRET}, "CONTACT_KEY"),
        ("notify", {"WEBHOOK_KEY": SECRET}, "WEBHOOK_KEY"),
        ("notify", {"WEBHOOK_NETWORKS": "10.0.0.0/99"}, "WEBHOOK_NETWORKS"),
        ("routing", {"COLOUR": SECRET}, "COLOUR"),
        ("notify", {"CONSUMER_BATCH": "0"}, "CONSUMER_BATCH"),
        ("notify", {"MANAGEMENT_URL": f"amqp://x:{SECRET}@nowhere"}, "MANAGEMENT_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_the_process(
    told: Callable[[str], Told], name: str, fault: dict[str, str | None], named: str
) -> None:
    settings: dict[str, str | None] = {**told(name), **{f"{name.upper()}_{key}": to for key, to in fault.items()}}
    environment = {**os.environ, **{key: value for key, value in settings.items() if value is not None}}
    done = subprocess.run(
        [service_program(name)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert f"{name.upper()}_{named}" in done.stderr
    assert SECRET not in done.stderr + done.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_serves_and_ends_cleanly_when_told(told: Callable[[str], Told], name: str) -> None:
    with running(name, told(name)) as service:
        assert service.client.get("/healthz").status_code == 200
        assert "linli_consumed_total" in service.client.get("/metrics").text
        assert service.client.get("/openapi.json").json()["info"]["title"]
        assert service.client.get("/no/such/path").headers["content-type"] == "application/problem+json"
        assert service.stop() == 0
        assert "Traceback" not in service.log()


def test_api_and_worker_can_run_apart(told: Callable[[str], Told]) -> None:
    settings = told("intake")
    with running("intake", settings, "--role", "api") as api:
        assert api.client.post("/v1/issues", json={"description": "楼顶漏雨"}).status_code == 201
        with running("intake", settings, "--role", "worker") as worker:
            assert worker.client.post("/v1/issues", json={"description": "楼顶漏雨"}).status_code == 404
            wait_until(
                lambda: worker.metric("linli_published_total") >= 1, "the worker to publish the report", seconds=20
            )
