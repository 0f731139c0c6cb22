"""A replay that cannot be asked for ends with a reason; one that can is tried by the guide for departments."""

import pytest
from typer.testing import CliRunner

from linli.cli.main import app
from linli.testing.local_rabbitmq import free_ports

ASKED = ["events", "replay", "--department", "housing", "--token", "x"]


@pytest.mark.parametrize("url", ["127.0.0.1", "ftp://127.0.0.1", "http://"])
def test_what_is_no_address_is_told(url: str) -> None:
    ended = CliRunner().invoke(app, [*ASKED, "--since", "2026-01-01", "--url", url])
    assert ended.exit_code == 1
    assert "linli: " in ended.output


def test_a_suite_that_does_not_answer_is_told() -> None:
    [port] = free_ports(1)
    ended = CliRunner().invoke(app, [*ASKED, "--since", "2026-01-01", "--url", f"http://127.0.0.1:{port}"])
    assert ended.exit_code == 1
    assert "linli: " in ended.output


@pytest.mark.parametrize("wrong", [["--since", "yesterday"], ["--since", "2026-01-01", "--per-s", "0"]])
def test_what_cannot_be_meant_is_refused(wrong: list[str]) -> None:
    ended = CliRunner().invoke(app, [*ASKED, *wrong, "--url", "http://127.0.0.1:1"])
    assert ended.exit_code == 2
