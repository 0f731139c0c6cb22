import subprocess
import sys
from collections.abc import Callable

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from linli.chassis.settings import ServiceSettings, load_settings
from linli.messaging.consumer import Pace

PROGRAM = """
from pydantic_settings import SettingsConfigDict
from linli.chassis.settings import ServiceSettings, load_settings

class TinySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TINY_")

settings = load_settings(TinySettings)
print(settings.port, repr(settings))
"""
SECRET = "hunter2hunter2"
DATABASE = {"TINY_DATABASE_URL": f"postgresql://tiny:{SECRET}@localhost:5432/tiny"}


class TinySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TINY_")


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_settings_come_from_the_environment_and_keep_secrets(environment: dict[str, str]) -> None:
    done = start({**environment, **DATABASE, "TINY_PORT": "8123"})
    assert done.returncode == 0
    assert done.stdout.startswith("8123 ")
    assert SECRET not in done.stdout


def test_every_missing_setting_is_named() -> None:
    done = start({})
    assert done.returncode == 2
    for name in ("TINY_DATABASE_URL", "TINY_OIDC_ISSUER", "TINY_OIDC_JWKS_URL"):
        assert f"{name}: Field required" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What is said of an environment that no service can start in."""

    def said(environment: dict[str, str]) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            load_settings(TinySettings)
        assert ended.value.code == 2
        return capsys.readouterr().err

    return said


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"TINY_DATABSE_URL": f"postgresql://x:{SECRET}@y/z"}, "TINY_DATABSE_URL"),
        ({"TINY_DATABASE_URL": ""}, "TINY_DATABASE_URL"),
        ({"TINY_DATABASE_URL": f"mysql://x:{SECRET}@y/z"}, "TINY_DATABASE_URL"),
        ({"TINY_DATABASE_URL": f"postgresql://x:{SECRET}@y"}, "TINY_DATABASE_URL"),
        ({"TINY_AMQP_URL": f"http://x:{SECRET}@y"}, "TINY_AMQP_URL"),
        ({"TINY_OIDC_JWKS_URL": "ftp://keys"}, "TINY_OIDC_JWKS_URL"),
        ({"TINY_PORT": "eighty"}, "TINY_PORT"),
        ({"TINY_PORT": "70000"}, "TINY_PORT"),
        ({"TINY_ROLE": "boss"}, "TINY_ROLE"),
        ({"TINY_LOG_LEVEL": "loud"}, "TINY_LOG_LEVEL"),
        ({"TINY_ROOT_PATH": "tiny"}, "TINY_ROOT_PATH"),
        ({"TINY_SHUTDOWN_GRACE_S": "0"}, "TINY_SHUTDOWN_GRACE_S"),
    ],
)
def test_a_wrong_setting_is_named_and_never_repeated(
    said: Callable[..., str], environment: dict[str, str], change: dict[str, str], names: str
) -> None:
    told = said({**environment, **DATABASE, **change})
    assert names in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgresql://u:p%40ss@h:5432/d", "postgresql+asyncpg://u:p%40ss@h:5432/d"),
        ("postgres://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
        ("postgresql://u@/d?host=/run/pg", "postgresql+asyncpg://u@/d?host=%2Frun%2Fpg"),
    ],
)
def test_the_database_url_is_kept_for_asyncpg(
    make_settings: Callable[..., ServiceSettings], given: str, kept: str
) -> None:
    assert make_settings(given).database_url.get_secret_value() == kept


def test_the_consumer_takes_as_much_as_it_is_told(make_settings: Callable[..., ServiceSettings]) -> None:
    told = make_settings(consumer_prefetch=30, consumer_batch=20, consumer_concurrency=2, consumer_gather_s=0.5)
    assert told.pace == Pace(prefetch=30, batch=20, concurrency=2, gather_s=0.5)


def test_settings_cannot_be_changed(make_settings: Callable[..., ServiceSettings]) -> None:
    settings = make_settings()
    with pytest.raises(ValidationError):
        setattr(settings, "port", 1)  # noqa: B010 - mypy knows that it is frozen, we try all the same
