"""A service's migrations: found beside its package, run once however many processes start."""

import asyncio
import functools
import importlib
import zlib
from pathlib import Path

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, NullPool, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# Alembic keeps its context in a module: two services in one process take turns.
_TURN = asyncio.Lock()


class MigrationsError(Exception):
    """The migrations of a package cannot be found or run."""


def migrations_folder(package: str) -> Path:
    """Return the folder of the package's migrations: inside an installed package, beside ``src`` in a checkout.

    Raises:
        MigrationsError: neither exists.
    """
    source = importlib.import_module(package).__file__
    if source is None:
        raise MigrationsError(f"{package} is not an ordinary package")
    home = Path(source).parent
    for folder in (home / "migrations", home.parent.parent / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise MigrationsError(f"{package} has no migrations beside it")


async def migrate(engine: AsyncEngine, package: str) -> None:
    """Bring the database of ``engine`` to the newest revision of ``package``, in one transaction.

    Processes that start together wait for each other. Statements have no time limit here.

    Raises:
        MigrationsError: the database is not in UTF-8, so that it would refuse what residents write.
    """
    config = _config(package)
    own = create_async_engine(engine.url, poolclass=NullPool, hide_parameters=True)
    try:
        async with _TURN, own.begin() as connection:
            await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": zlib.crc32(package.encode())})
            encoding = await connection.scalar(text("show server_encoding"))
            if encoding != "UTF8":
                raise MigrationsError(f"the database of {package} is in {encoding}; create it with encoding 'UTF8'")
            if await connection.run_sync(_revisions) == _heads(package):
                return  # alembic would load every revision to find that out
            config.attributes["connection"] = connection.sync_connection
            await connection.run_sync(lambda _connection: command.upgrade(config, "head"))
    finally:
        await own.dispose()


async def migrations_current(engine: AsyncEngine, package: str) -> bool:
    """Tell whether the database has exactly the newest revision of ``package``."""
    async with engine.connect() as connection:
        return await connection.run_sync(_revisions) == _heads(package)


async def schema_drift(engine: AsyncEngine, metadata: MetaData) -> list[str]:
    """Return where the database differs from ``metadata``: nothing, when the migrations are complete."""
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: [str(one) for one in _differences(sync, metadata)])


def run_env(metadata: MetaData) -> None:
    """Run alembic on the connection that `migrate` has put into its configuration; all that an ``env.py`` does.

    Raises:
        MigrationsError: alembic was started without a connection.
    """
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise MigrationsError("start migrations with the service's own command `migrate`")
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


def _config(package: str) -> Config:
    config = Config()
    # Configuration values are interpolated: a per cent sign in a path is doubled.
    config.set_main_option("script_location", str(migrations_folder(package)).replace("%", "%%"))
    return config


@functools.cache
def _heads(package: str) -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(_config(package)).get_heads())


def _revisions(connection: Connection) -> frozenset[str]:
    if connection.scalar(_VERSIONED) is None:
        return frozenset()
    return frozenset(connection.scalars(_VERSIONS))


_VERSIONED = text("select to_regclass('alembic_version')")
_VERSIONS = text("select version_num from alembic_version")


def _differences(connection: Connection, metadata: MetaData) -> list[object]:
    differences: list[object] = compare_metadata(MigrationContext.configure(connection), metadata)
    return differences
