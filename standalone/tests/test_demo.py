"""The demonstration, for real: nothing of the year is lost."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from linli.testing.postgres import drop_database

from .conftest import PROGRAMS, run

DEMO = PROGRAMS / "linli-demo"
WITHIN_S = 900.0
"""The demonstration plays a year; on a busy machine it takes minutes."""

LAST_LINE = "56 reported · 44 settled by community · 12 settled by subdistrict · 0 lost"


@pytest.mark.timeout(WITHIN_S)
def test_year_on_embedded_parts_loses_nothing() -> None:
    ended = run(DEMO, within_s=WITHIN_S)
    assert (ended.stderr, ended.returncode) == ("", 0)
    lines = ended.stdout.splitlines()
    assert lines[-1] == LAST_LINE
    assert "56 of 56 issues have come to their end" in lines
    rates = [line for line in lines if "return visits)" in line]
    assert rates[1].startswith("solution 解决率: 98.25 % (56 of 57")


@pytest.fixture
def server_url(postgres_url: str) -> Iterator[str]:
    yield postgres_url
    for service in ("intake", "routing", "volunteer", "notify"):
        drop_database(postgres_url, urlsplit(postgres_url)._replace(path=f"/linli_{service}").geturl())


@pytest.mark.timeout(WITHIN_S)
def test_year_on_a_real_broker_loses_nothing(amqp_url: str, server_url: str) -> None:
    ended = run(DEMO, "--amqp-url", amqp_url, "--database-url", server_url, within_s=WITHIN_S)
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert ended.stdout.splitlines()[-1] == LAST_LINE


def test_missing_key_is_told(tmp_path: Path) -> None:
    ended = run(DEMO, "--url", "http://127.0.0.1:1", "--issuer-key", tmp_path / "none.json")
    assert ended.returncode == 2
    assert "none.json is missing" in ended.stderr
