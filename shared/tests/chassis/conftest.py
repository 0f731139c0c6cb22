import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from pydantic_settings import SettingsConfigDict

from linli.chassis.issuer import LocalIssuer
from linli.chassis.settings import ServiceSettings

ENV = "from linli.chassis.database import run_env\nfrom {package} import metadata\n\nrun_env(metadata)\n"

MAKO = """revision = ${repr(up_revision)}
"""

FIRST = """from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("things", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, unique=True))
    op.execute(
        "create table parts (id integer primary key, thing_id integer not null"
        " references things (id) deferrable initially deferred)"
    )
"""

PACKAGE = """from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()
things = Table(
    "things", metadata, Column("id", Integer, primary_key=True), Column("name", Text, unique=True)
)
"""


class TinySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TINY_")


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    # structlog's own default draws a picture of every variable around an exception, which takes seconds.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer.load_or_create(tmp_path_factory.mktemp("issuer") / "key.json")


@pytest.fixture(scope="session")
def jwks_url(issuer: LocalIssuer, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("jwks") / "jwks.json"
    issuer.write_jwks(path)
    return path.as_uri()


@pytest.fixture
def make_settings(issuer: LocalIssuer, jwks_url: str) -> Callable[..., TinySettings]:
    def make(database_url: str = "postgresql://u@127.0.0.1:1/nowhere", **changes: Any) -> TinySettings:
        return TinySettings(database_url=database_url, oidc_issuer=issuer.issuer, oidc_jwks_url=jwks_url, **changes)

    return make


@pytest.fixture
def environment(issuer: LocalIssuer, jwks_url: str) -> dict[str, str]:
    """What a process of the tiny service needs to start, but for its database."""
    return {
        "PATH": os.environ["PATH"],
        "TINY_OIDC_ISSUER": issuer.issuer,
        "TINY_OIDC_JWKS_URL": jwks_url,
    }


@pytest.fixture
def tiny_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an importable package with one migration."""
    name = f"tiny_{uuid4().hex}"
    write_package(tmp_path / "src" / name, tmp_path / "migrations")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    return name


def write_package(home: Path, migrations: Path) -> None:
    (migrations / "versions").mkdir(parents=True)
    home.mkdir(parents=True)
    (home / "__init__.py").write_text(PACKAGE)
    (migrations / "env.py").write_text(ENV.format(package=home.name))
    (migrations / "script.py.mako").write_text(MAKO)
    (migrations / "versions" / "0001_first.py").write_text(FIRST)
