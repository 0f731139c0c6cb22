from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from linli.testing.waiting import wait_until

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx" / "nginx.conf"
# Stands for a service: answers each GET with the path it was asked for, each POST with 201, /busy with its own 503.
ECHO = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(503 if self.path == "/busy" else 200, self.path.encode())
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, b"")
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
ThreadingHTTPServer(("", 8000), Echo).serve_forever()
"""

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("gateway")]


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with Network() as made:
        yield made


@pytest.fixture(scope="module")
def gateway(network: Network) -> Iterator[httpx.Client]:
    mount = (str(CONFIGURATION), "/etc/nginx/nginx.conf", "ro")
    with DockerContainer("nginx:1.27", ports=[8080], volumes=[mount], network=network) as container:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8080)}"
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
            wait_until(lambda: status(client, "/healthz") == 200, "nginx to answer", seconds=30)
            yield client


@contextmanager
def service(network: Network, name: str) -> Iterator[None]:
    container = DockerContainer("python:3.13-slim", network=network, network_aliases=[name], init=True)
    with container.with_command(["python", "-c", ECHO]):
        yield


def status(client: httpx.Client, path: str) -> int | None:
    try:
        return client.get(path).status_code
    except httpx.TransportError:
        return None


def test_stopped_service_is_a_problem_and_comes_back_without_a_restart(gateway: httpx.Client, network: Network) -> None:
    stopped = gateway.get("/routing/v1/cases")
    assert stopped.status_code == 503
    assert stopped.headers["content-type"] == "application/problem+json"
    assert stopped.headers["retry-after"]
    assert stopped.json()["status"] == 503

    for _ in range(2):
        with service(network, "routing"):
            wait_until(lambda: status(gateway, "/routing/") == 200, "routing to be reached", seconds=30)
            assert gateway.get("/routing/v1/cases?unit=b3").text == "/v1/cases?unit=b3"
            assert gateway.get("/intake/v1/issues").status_code == 503
        wait_until(lambda: status(gateway, "/routing/") == 503, "routing to be missed", seconds=30)


def test_body_over_a_megabyte_is_refused_with_a_problem(gateway: httpx.Client, network: Network) -> None:
    with service(network, "intake"):
        wait_until(lambda: status(gateway, "/intake/") == 200, "intake to be reached", seconds=30)
        assert gateway.post("/intake/v1/issues", content=b"x" * 1_000_000).status_code == 201

        refused = gateway.post("/intake/v1/issues", content=b"x" * 1_000_001)
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["status"] == 413


def test_answer_of_a_busy_service_is_passed_on_as_it_is(gateway: httpx.Client, network: Network) -> None:
    with service(network, "notify"):
        wait_until(lambda: status(gateway, "/notify/") == 200, "notify to be reached", seconds=30)
        busy = gateway.get("/notify/busy")

    assert busy.status_code == 503
    assert busy.text == "/busy"


def test_address_of_a_schema_leads_to_notify(gateway: httpx.Client, network: Network) -> None:
    assert gateway.get("/schemas/linli.case.routed.v1.json").status_code == 503
    with service(network, "notify"):
        wait_until(lambda: status(gateway, "/notify/") == 200, "notify to be reached", seconds=30)
        schema = gateway.get("/schemas/linli.case.routed.v1.json")
        page = gateway.get("/notify/docs/events?language=en")

    assert (schema.status_code, schema.text) == (200, "/schemas/linli.case.routed.v1.json")
    assert page.text == "/docs/events?language=en"


@pytest.mark.parametrize("path", ["/", "/elsewhere/v1", "/intakes/v1"])
def test_unknown_path_is_a_problem_that_names_the_known_ones(path: str, gateway: httpx.Client) -> None:
    unknown = gateway.get(path)

    assert unknown.status_code == 404
    assert unknown.headers["content-type"] == "application/problem+json"
    assert "/intake/" in unknown.json()["detail"]


def test_metrics_are_for_operators_and_not_behind_the_front_door(gateway: httpx.Client, network: Network) -> None:
    with service(network, "intake"):
        wait_until(lambda: status(gateway, "/intake/") == 200, "intake to be reached", seconds=30)
        metrics = gateway.get("/intake/metrics")

    assert metrics.status_code == 404
    assert "application/problem+json" in metrics.headers["content-type"]
