"""What is said where no broker can be had."""

from pathlib import Path

import pytest

from linli.testing import local_rabbitmq
from linli.testing.choice import ServersError


def test_missing_broker_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local_rabbitmq, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServersError, match=r"start a Docker engine, or install one \(Debian: apt-get install rabbitmq"):
        local_rabbitmq.rabbitmq_programs()


def test_missing_account_of_the_broker_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local_rabbitmq, "_ACCOUNT", "nobody-has-this-name")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(ServersError, match="nobody-has-this-name"):
        local_rabbitmq._give_to_account(tmp_path)
