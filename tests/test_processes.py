"""Each service as the process that is deployed: it says what is wrong with its settings, serves, and stops cleanly."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intake.settings import IntakeSettings
from linli.chassis.issuer import LocalIssuer
from linli.chassis.settings import ServiceSettings, load_settings
from linli.testing.service import SERVICES, ServiceProcess, service_environment, service_process, service_program
from linli.testing.waiting import wait_until
from notify.settings import NotifySettings
from routing.settings import RoutingSettings
from volunteer.settings import VolunteerSettings

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


@pytest.mark.parametrize("name", SERVICES)
def test_a_missing_setting_is_named_and_ends_the_process(told: Callable[[str], Told], name: str) -> None:
    missing = f"{name.upper()}_AMQP_URL"
    environment = {key: value for key, value in {**os.environ, **told(name)}.items() if key != missing}
    done = subprocess.run(
        [service_program(name)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert missing in done.stderr


@pytest.mark.parametrize(
    ("settings", "variable", "value"),
    [
        (IntakeSettings, "INTAKE_DATABASE_URL", None),
        (IntakeSettings, "INTAKE_DATABASE_URL", f"mysql://x:{SECRET}@y/z"),
        (IntakeSettings, "INTAKE_AMQP_URL", f"http://{SECRET}@nowhere"),
        (IntakeSettings, "INTAKE_OIDC_JWKS_URL", None),
        (IntakeSettings, "INTAKE_CONTACT_KEY", SECRET),
        (NotifySettings, "NOTIFY_WEBHOOK_KEY", SECRET),
        (NotifySettings, "NOTIFY_WEBHOOK_NETWORKS", "10.0.0.0/99"),
        (NotifySettings, "NOTIFY_CONSUMER_BATCH", "0"),
        (NotifySettings, "NOTIFY_CONSUMER_GATHER_S", "1.5"),
        (NotifySettings, "NOTIFY_MANAGEMENT_URL", f"amqp://x:{SECRET}@nowhere"),
        (RoutingSettings, "ROUTING_COLOUR", SECRET),
        (RoutingSettings, "ROUTING_CONSUMER_GATHER_S", "-0.1"),
        (VolunteerSettings, "VOLUNTEER_RECIPIENT_KEY", SECRET),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    settings: type[ServiceSettings],
    variable: str,
    value: str | None,
) -> None:
    name = variable.partition("_")[0].lower()
    nowhere = {"database_url": "postgresql://nobody@127.0.0.1:1/none", "amqp_url": "amqp://127.0.0.1:1"}
    for each, to in service_environment(name, **nowhere, jwks=tmp_path / "jwks.json").items():
        monkeypatch.setenv(each, to)
    load_settings(settings)
    if value is None:
        monkeypatch.delenv(variable)
    else:
        monkeypatch.setenv(variable, value)
    with pytest.raises(SystemExit) as ended:
        load_settings(settings)
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert variable in said.err
    assert SECRET not in said.out + said.err


def test_only_routing_for_which_all_wait_gathers_no_events() -> None:
    every = (IntakeSettings, RoutingSettings, VolunteerSettings, NotifySettings)
    waits = {settings: settings.model_fields["consumer_gather_s"].default for settings in every}
    assert [settings for settings, seconds in waits.items() if not seconds] == [RoutingSettings]


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
