"""The whole suite in one process, started and stopped the way somebody does."""

import shlex
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import openpyxl
import pytest
from typer.testing import CliRunner

from linli.chassis.issuer import LocalIssuer
from linli.cli.main import app as linli
from linli.embedded import server_pid
from linli.testing.postgres import drop_database
from linli.testing.waiting import wait_until
from standalone.main import main

from .conftest import PROGRAMS, Running, run, standalone

pytestmark = pytest.mark.xdist_group("standalone")

REPORT = {"description": "三号楼楼顶漏雨", "category": "facility.roof-leak", "area": "sanchajie/jinpu/lianbang/b3"}


def report(suite: Running, key: str = "a") -> dict[str, Any]:
    answer = suite.post("/intake/v1/issues", REPORT, **{"Idempotency-Key": f"standalone-test-{key}"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def has_handler(suite: Running, tracking_code: str) -> bool:
    return suite.get(f"/intake/v1/track/{tracking_code}").json()["handler"] is not None


def told_to_let_in(suite: Running, data: Path) -> str:
    """Return what an operator is told to type for a department, where no management plugin is at its usual port."""
    key = LocalIssuer.load_or_create(data / "issuer.json")
    headers = {"Authorization": f"Bearer {key.mint('li-desk', name='li-desk', roles=['platform'])}"}
    answer = suite.post("/notify/v1/departments/housing/credentials", {}, **headers)
    assert answer.status_code == 503, answer.text
    return "\n".join(answer.json()["steps"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("standalone")


@pytest.fixture(scope="module")
def suite(data: Path) -> Iterator[Running]:
    with standalone(data) as running:
        yield running


@pytest.mark.parametrize("service", ["intake", "routing", "volunteer", "notify"])
def test_every_service_is_ready_and_documented_at_once(suite: Running, service: str) -> None:
    assert suite.get(f"/{service}/readyz").status_code == 200
    document = suite.get(f"/{service}/openapi.json").json()
    assert document["servers"] == [{"url": f"/{service}"}]
    assert f'"{service}"' in suite.get("/docs").text
    assert f"/{service}" in suite.get("/").text


def test_api_page_takes_nothing_from_the_internet(suite: Running) -> None:
    page = suite.get("/docs").text
    assert "//" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"):
        assert f"docs/assets/{asset}" in page
        assert suite.get(f"/docs/assets/{asset}").status_code == 200


@pytest.mark.parametrize("path", ["/schemas/linli.case.routed.v1.json", "/notify/schemas/linli.case.routed.v1.json"])
def test_schema_of_an_event_is_at_its_address(suite: Running, path: str) -> None:
    schema = suite.get(path)
    assert schema.headers["Content-Type"] == "application/schema+json"
    assert urlsplit(schema.json()["$id"]).path == "/schemas/linli.case.routed.v1.json"


@pytest.mark.parametrize("path", ["/schemas/linli.case.vanished.v1.json", "/schemas/", "/schemas/a/b.json"])
def test_schema_that_does_not_exist_is_a_problem(suite: Running, path: str) -> None:
    refused = suite.get(path)
    assert (refused.status_code, refused.json()["instance"]) == (404, path)


def test_events_are_documented_for_people_and_machines(suite: Running) -> None:
    assert 'href="notify/docs/events"' in suite.get("/").text
    assert "The case has an owner" in suite.get("/notify/docs/events", headers={"Accept-Language": "en"}).text
    assert suite.get("/notify/docs/asyncapi.json").json()["asyncapi"] == "3.0.0"


def test_report_reaches_its_handler(suite: Running) -> None:
    code = report(suite)["tracking_code"]
    wait_until(lambda: has_handler(suite, code), "the case to be routed", seconds=30)


def test_rows_of_files_become_issues_once_and_bad_ones_are_named(suite: Running, data: Path, tmp_path: Path) -> None:
    key = LocalIssuer.load_or_create(data / "issuer.json")
    token = key.mint("li-desk", name="li-desk", roles=["platform"], areas=["sanchajie"])
    told = ["--url", suite.url, "--token", token, "--source-id", "no", "--area", "sanchajie/jinpu/lianbang/b3"]
    text, book = tmp_path / "in.csv", tmp_path / "in.xlsx"
    text.write_text(f"no,what\n1,楼道灯坏了\n2,{'长' * 4001}\n")
    sheets = openpyxl.Workbook()
    for row in (["no", "what"], [1, "楼道灯坏了"], [3, "井盖松动"]):
        sheets.worksheets[0].append(row)
    sheets.save(book)

    for _ in range(2):
        first = CliRunner().invoke(linli, ["import", str(text), *told, "--map", "what=description"])
        assert (first.exit_code, first.stdout) == (1, "1 accepted, 1 rejected\n"), first.stderr
        assert "row 3" in first.stderr
        second = CliRunner().invoke(linli, ["import", str(book), *told, "--map", "what=description"])
        assert (second.exit_code, second.stdout) == (0, "2 accepted, 0 rejected\n"), second.stderr
    listed = suite.get("/intake/v1/issues", headers={"Authorization": f"Bearer {token}"}).json()["items"]
    imported = sorted(one["description"] for one in listed if one["source"] == "import")
    assert imported == ["井盖松动", "楼道灯坏了"]


def test_alive(suite: Running) -> None:
    assert suite.get("/healthz").json() == {"status": "alive"}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/issues", 404), ("POST", "/docs", 405)])
def test_errors_in_front_of_the_services_are_problems_too(suite: Running, method: str, path: str, status: int) -> None:
    answer = httpx.request(method, f"{suite.url}{path}", trust_env=False)
    assert (answer.status_code, answer.json()["status"], answer.json()["instance"]) == (status, status, path)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_guide_says_where_the_data_are_and_secrets_are_closed(suite: Running, data: Path) -> None:
    assert str(data) in suite.guide[1]
    for secret in ("issuer.json", "contact.key", "webhook.key"):
        assert stat.S_IMODE((data / secret).stat().st_mode) == 0o600


def test_token_of_the_guide_opens_the_cases(suite: Running) -> None:
    printed = run(*shlex.split(suite.guide[3]))
    assert printed.returncode == 0, printed.stderr
    cases = suite.get("/routing/v1/cases", headers={"Authorization": f"Bearer {printed.stdout.strip()}"})
    assert cases.status_code == 200
    assert suite.get("/routing/v1/cases").status_code == 401


def test_tail_of_the_guide_shows_the_departments_events(suite: Running) -> None:
    issue = report(suite, "tail")["id"]
    shown = run(*shlex.split(suite.guide[5]), "--count", "1")
    assert shown.returncode == 0, shown.stderr
    assert "facility.roof-leak" in shown.stdout
    assert issue


def test_report_survives_a_restart(tmp_path: Path) -> None:
    with standalone(tmp_path) as first:
        code = report(first)["tracking_code"]
        assert first.stop(signal.SIGINT) == 0
    assert server_pid(tmp_path / "postgres") is None
    with standalone(tmp_path) as second:
        wait_until(lambda: has_handler(second, code), "the case to be routed", seconds=30)
        assert report(second)["tracking_code"] == code
        assert second.stop(signal.SIGTERM) == 0


@pytest.fixture
def server_url(postgres_url: str) -> Iterator[str]:
    """A server where the suite may make its databases, taken away afterwards."""
    yield postgres_url
    for service in ("intake", "routing", "volunteer", "notify"):
        drop_database(postgres_url, urlsplit(postgres_url)._replace(path=f"/linli_{service}").geturl())


def test_real_broker_and_server_are_taken_instead(tmp_path: Path, amqp_url: str, server_url: str) -> None:
    with standalone(tmp_path, "--amqp-url", amqp_url, "--database-url", server_url) as suite:
        code = report(suite)["tracking_code"]
        wait_until(lambda: has_handler(suite, code), "the case to be routed", seconds=30)
        secret = urlsplit(amqp_url).password
        assert secret is not None
        assert secret not in "".join(suite.guide)
        assert "-p " + urlsplit(amqp_url).path[1:] in told_to_let_in(suite, tmp_path)
        assert suite.stop() == 0
    assert not (tmp_path / "postgres").exists()


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """What the program says of options that it ends at, told in this process: most of a start is importing."""
    monkeypatch.setattr("standalone.main.configure_logs", lambda *_told: None)
    handler = signal.getsignal(signal.SIGTERM)

    def refused(data: Path, *options: str) -> str:
        monkeypatch.setattr("sys.argv", ["linli-standalone", "--data", str(data), "--port", "0", *options])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == 2
        assert "hidden" not in said.out + said.err
        return said.err

    yield refused
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--database-url", "mysql://127.0.0.1/x"], "postgresql://"),
        (["--database-url", "postgresql://u:hidden@127.0.0.1:1/x"], "127.0.0.1"),
        (["--port", "99999"], "--port"),
        (["--log-level", "LOUD"], "--log-level"),
        (["--amqp-url", "http://127.0.0.1", "--database-url", "postgresql://127.0.0.1:1/x"], "amqp://"),
    ],
)
def test_what_cannot_work_is_told_at_once(
    refused: Callable[..., str], tmp_path: Path, options: list[str], words: str
) -> None:
    assert words in refused(tmp_path, *options)


def test_broker_that_does_not_answer_is_told_at_once(
    refused: Callable[..., str], tmp_path: Path, server_url: str
) -> None:
    options = ["--amqp-url", "amqp://u:hidden@127.0.0.1:1/", "--database-url", server_url]
    assert "the broker does not answer" in refused(tmp_path, *options)


def test_port_that_is_taken_is_told_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run(PROGRAMS / "linli-standalone", "--data", tmp_path, "--port", port)
    assert ended.returncode == 2
    assert f"cannot listen at 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr
