"""PostgreSQL servers and databases for tests."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from linli.chassis.migrations import migrate
from linli.embedded import embedded_postgres
from linli.embedded.server import server_pid
from linli.messaging.embedded import EmbeddedTransport
from linli.testing.choice import DATABASE_VARIABLE, Kind, ServersError, choose_kind
from linli.testing.containers import START_SECONDS, postgres_container
from linli.testing.reaper import reaped_folder
from linli.testing.waiting import wait_until


@contextmanager
def postgres_server(kind: Kind | None = None) -> Iterator[str]:
    """Gives a PostgreSQL server for as long as the block lasts.

    Args:
        kind: where it comes from; None chooses (see `choose_kind`).

    Yields:
        `postgresql+asyncpg://...`, the URL of an administrator who may make databases.

    Raises:
        ServersError: there is none to be had.
    """
    kind = kind or choose_kind(DATABASE_VARIABLE)
    if kind is Kind.ENVIRONMENT:
        yield as_asyncpg_url(os.environ[DATABASE_VARIABLE])
    elif kind is Kind.CONTAINERS:
        with postgres_container() as url:
            wait_until(lambda: accepts_statements(url), "PostgreSQL to accept connections", seconds=START_SECONDS)
            yield url
    else:
        # A database is a few hundred files: where they need no disk, making one takes a quarter of the time.
        pid = "data/postmaster.pid"
        with reaped_folder(pid, in_memory=True) as folder, embedded_postgres(folder, durable=False) as url:
            yield url


class LocalPostgres:
    """A PostgreSQL server of this machine for us alone, to be ended and started again; what is committed, it keeps.

    Attributes:
        url: the administrator's, the same after every start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._uses = ExitStack()
        self.url = ""
        self.start()

    def start(self) -> None:
        """Starts the server and waits until it accepts connections."""
        self.url = self._uses.enter_context(embedded_postgres(self._folder))

    def end(self, number: signal.Signals) -> None:
        """Ends the server with a signal: SIGINT as a restart does, SIGKILL as a power cut does."""
        pid = server_pid(self._folder)
        if pid is None:
            raise ServersError("PostgreSQL does not run")
        os.kill(pid, number)
        wait_until(lambda: server_pid(self._folder) is None, "PostgreSQL to end", seconds=START_SECONDS)

    def close(self) -> None:
        """Ends it for good."""
        self._uses.close()


@contextmanager
def local_postgres() -> Iterator[LocalPostgres]:
    """Gives a server to harm for as long as the block lasts."""
    with reaped_folder("data/postmaster.pid") as folder, closing(LocalPostgres(folder)) as server:
        yield server


def create_database(admin_url: str, *, template: str | None = None) -> str:
    """Makes a database with a name of its own, in some 40 ms.

    Args:
        admin_url: as `postgres_server` gives it.
        template: URL of a database to copy, to which nobody may be connected; None makes an empty one.

    Returns:
        The URL of the new database.
    """
    name = f"test_{uuid4().hex}"
    # Not the server's own encoding: some images are set to ASCII.
    source = f'"{_name(template)}"' if template else "template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
    # Copying files is twice as quick as writing all to the log where nothing is synced to the disk.
    run_sql(admin_url, f'create database "{name}" template {source} strategy file_copy')
    return urlsplit(admin_url)._replace(path=f"/{name}").geturl()


def create_template(admin_url: str, package: str) -> str:
    """Makes a database with the migrations of a service, to be copied by `create_database`; nobody stays connected."""
    url = create_database(admin_url)
    _run(_prepared(url, lambda engine: migrate(engine, package)))
    return url


def create_bus_template(admin_url: str) -> str:
    """Makes a database with the tables of an embedded bus, to be copied likewise."""
    url = create_database(admin_url)
    _run(_prepared(url, lambda engine: EmbeddedTransport(engine).exists("")))
    return url


def drop_database(admin_url: str, url: str) -> None:
    """Drops the database that `url` names, also when someone is still connected."""
    run_sql(admin_url, f'drop database if exists "{_name(url)}" with (force)')


def run_sql(url: str, statement: str) -> None:
    """Executes one statement outside a transaction, from any thread, inside or outside an event loop."""
    _run(_execute(url, statement))


def _run(doing: Coroutine[Any, Any, None]) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, doing).result()


async def _prepared(url: str, prepare: Callable[[AsyncEngine], Awaitable[object]]) -> None:
    engine = create_async_engine(url)
    try:
        await prepare(engine)
    finally:
        await engine.dispose()


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def accepts_statements(url: str) -> bool:
    """Whether the server answers there now."""
    try:
        run_sql(url, "select 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    return True


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(urlsplit(url)._replace(scheme="postgresql").geturl())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def as_asyncpg_url(url: str) -> str:
    """The same address with the driver that the suite uses."""
    return urlsplit(url)._replace(scheme="postgresql+asyncpg").geturl()
