import json
import socket
import subprocess
from pathlib import Path
from threading import Thread

import pytest

from .stack import SERVICES

ROOT = Path(__file__).parents[2]
COMMON_SYNC = "RUN /opt/uv/bin/uv sync --package linli --extra otlp --no-dev --locked --no-install-workspace"


def dockerfile(service: str) -> str:
    return (ROOT / "services" / service / "Dockerfile").read_text()


def every_dockerfile() -> list[str]:
    return [*map(dockerfile, SERVICES), (ROOT / "examples" / "Dockerfile").read_text()]


def test_no_two_dockerfiles_have_one_size() -> None:
    # BuildKit takes files of one size and one time (a checkout gives them one) for one file, and so builds one of the
    # images twice, under both names: https://github.com/moby/buildkit/issues/1368
    assert len({len(one.encode()) for one in every_dockerfile()}) == len(every_dockerfile())


def test_dockerfiles_differ_in_the_name_of_the_service_only() -> None:
    assert len({nameless(service) for service in SERVICES}) == 1


def test_every_dockerfile_takes_the_project_of_every_member() -> None:
    members = ["shared", "standalone", *(f"services/{service}" for service in SERVICES)]
    for one in every_dockerfile():
        assert [member for member in members if f"COPY {member}/pyproject.toml {member}/\n" not in one] == []


def test_the_services_share_the_layers_of_what_all_of_them_need() -> None:
    common = [dockerfile(service).splitlines()[1:] for service in SERVICES]
    shared = [lines[: lines.index(COMMON_SYNC) + 1] for lines in common]
    assert shared == [shared[0]] * len(SERVICES)


@pytest.mark.parametrize(
    ("answer", "healthy"),
    [(b"HTTP/1.1 200 OK\r\n\r\n", True), (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False), (None, False)],
    ids=["answers", "refuses", "hangs"],
)
def test_a_container_is_healthy_while_its_service_answers(answer: bytes | None, *, healthy: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = json.loads(dockerfile("intake").split("  CMD ")[1].splitlines()[0])
        words[-1] = words[-1].replace("/8000", f"/{server.getsockname()[1]}")
        if answer is not None:
            Thread(target=answer_once, args=(server, answer), daemon=True).start()
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    assert (done.returncode == 0) is healthy


def answer_once(server: socket.socket, answer: bytes) -> None:
    asked, _ = server.accept()
    with asked:
        assert asked.recv(1000).startswith(b"GET /healthz HTTP/1.0\r\n")
        asked.sendall(answer)


def nameless(service: str) -> str:
    # The first line says what the service is; the lock wants every member's pyproject.toml.
    lines = [line for line in dockerfile(service).splitlines()[1:] if not line.endswith("/")]
    return "\n".join(lines).replace(service, "NAME")
