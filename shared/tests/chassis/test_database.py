import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from fastapi import APIRouter, FastAPI, Request
from httpx import ASGITransport, AsyncClient
from sqlalchemy import URL, Column, Integer, MetaData, NullPool, Table, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from linli.chassis.app import service_app
from linli.chassis.database import (
    Reading,
    Transaction,
    create_engine,
    migrate,
    migrations_current,
    migrations_folder,
    once_committed,
    schema_drift,
)
from linli.chassis.migrations import MigrationsError
from linli.chassis.settings import ServiceSettings
from linli.testing.postgres import drop_database, run_sql

PASSING = {"type": "https://linli.example/problems/temporarily-unavailable", "status": 503}


def tiny_app(settings: ServiceSettings, engine: AsyncEngine, package: str | None, committed: list[int]) -> FastAPI:
    router = APIRouter(prefix="/v1")

    @router.post("/things", status_code=201)
    async def add(request: Request, connection: Transaction, name: str, part_of: int = 1) -> dict[str, str]:
        once_committed(request, lambda: committed.append(2))
        await connection.execute(text("insert into things values (1, :name)"), {"name": name})
        await connection.execute(text("insert into parts values (1, :thing)"), {"thing": part_of})
        if name == "refused":
            raise ValueError(name)
        return {"name": name}

    @router.get("/things")
    async def read(connection: Reading) -> list[str]:
        return [row.name for row in await connection.execute(text("select name from things"))]

    @router.get("/isolation")
    async def isolation(connection: Reading) -> str:
        return str(await connection.scalar(text("show transaction isolation level")))

    @router.get("/cheat")
    async def cheat(connection: Reading) -> None:
        await connection.execute(text("insert into things values (2, 'by reading')"))

    return service_app(
        name="tiny",
        title="Tiny",
        settings=settings,
        engine=engine,
        package=package,
        routers=[router],
        after_commit=lambda: committed.append(1),
    )


@pytest.fixture
async def engine(make_settings: Callable[..., ServiceSettings], database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(make_settings(database_url))
    yield engine
    await engine.dispose()


@pytest.fixture
def committed() -> list[int]:
    return []


@pytest.fixture
async def client(
    make_settings: Callable[..., ServiceSettings], engine: AsyncEngine, tiny_package: str, committed: list[int]
) -> AsyncIterator[AsyncClient]:
    app = tiny_app(make_settings(), engine, tiny_package, committed)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client,
    ):
        yield client


async def test_a_request_is_committed_before_its_answer(client: AsyncClient, committed: list[int]) -> None:
    answer = await client.post("/v1/things", params={"name": "bench"})
    assert answer.status_code == 201
    assert committed == [1, 2]
    assert (await client.get("/v1/things")).json() == ["bench"]


async def test_a_failing_commit_is_not_answered_201(client: AsyncClient, committed: list[int]) -> None:
    # The foreign key is checked when the transaction commits, after the route has returned.
    answer = await client.post("/v1/things", params={"name": "bench", "part_of": 99})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/internal-error")
    assert committed == []
    assert (await client.get("/v1/things")).json() == []


async def test_a_failing_route_leaves_nothing(client: AsyncClient, committed: list[int]) -> None:
    assert (await client.post("/v1/things", params={"name": "refused"})).status_code == 500
    assert committed == []
    assert (await client.get("/v1/things")).json() == []


async def test_a_reading_route_cannot_write(client: AsyncClient) -> None:
    assert (await client.get("/v1/cheat")).status_code == 500
    assert (await client.get("/v1/things")).json() == []
    # The connection that was read-only goes back as it was.
    assert (await client.post("/v1/things", params={"name": "bench"})).status_code == 201


async def test_text_that_cannot_be_stored_is_the_callers_mistake(client: AsyncClient) -> None:
    answer = await client.post("/v1/things", params={"name": "a\0b"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/unstorable-text")


async def test_closed_connections_are_replaced_without_a_failing_request(
    client: AsyncClient, engine: AsyncEngine
) -> None:
    opened: list[asyncpg.Connection] = []
    event.listen(engine.sync_engine, "connect", lambda adapted, _record: opened.append(adapted.driver_connection))
    await asyncio.gather(*(client.get("/v1/things") for _ in range(5)))
    assert len(opened) > 1
    for connection in opened:
        await _terminate(engine.url, connection.get_server_pid())
    await _until(lambda: all(connection.is_closed() for connection in opened))
    answers = await asyncio.gather(*(client.get("/v1/things") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5


async def test_a_connection_lost_in_a_request_is_a_passing_problem(
    make_settings: Callable[..., ServiceSettings], engine: AsyncEngine, database_url: str
) -> None:
    router = APIRouter()

    @router.get("/")
    async def lose(connection: Reading) -> None:
        await connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    app = service_app(
        name="tiny", title="Tiny", settings=make_settings(database_url), engine=engine, package=None, routers=[router]
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        answer = await client.get("/")
    assert answer.json().items() >= PASSING.items()
    assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    "url", ["postgresql://u@127.0.0.1:1/nowhere", "postgresql://u@nowhere.invalid/d", "postgresql://u@/d?host=/nowhere"]
)
async def test_a_database_out_of_reach_is_a_passing_problem(
    make_settings: Callable[..., ServiceSettings], url: str
) -> None:
    settings = make_settings(url)
    app = tiny_app(settings, create_engine(settings), None, [])
    async with AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        answer = await client.get("/v1/things")
    assert answer.json().items() >= PASSING.items()
    assert answer.headers["retry-after"] == "2"


async def test_a_full_pool_is_a_passing_problem(
    make_settings: Callable[..., ServiceSettings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linli.chassis.database.POOL_WAIT_S", 0.05)
    settings = make_settings(database_url, database_pool_size=1)
    engine = create_engine(settings)
    app = tiny_app(settings, engine, None, [])
    async with engine.connect(), AsyncClient(transport=ASGITransport(app), base_url="http://tiny") as client:
        answer = await client.get("/v1/things")
    await engine.dispose()
    assert answer.json().items() >= PASSING.items()


async def test_processes_that_start_together_migrate_once(
    make_settings: Callable[..., ServiceSettings], database_url: str, tiny_package: str
) -> None:
    engines = [create_engine(make_settings(database_url)) for _ in range(3)]
    assert not await migrations_current(engines[0], tiny_package)
    await asyncio.gather(*(migrate(engine, tiny_package) for engine in engines))
    assert await migrations_current(engines[0], tiny_package)
    for engine in engines:
        await engine.dispose()


async def test_a_database_that_cannot_hold_chinese_is_refused_before_anything_is_made(
    make_settings: Callable[..., ServiceSettings], postgres_url: str, tiny_package: str
) -> None:
    name = f"ascii_{uuid4().hex}"
    # The server's own locale may be one that knows UTF-8 alone.
    locale = "locale_provider libc lc_collate 'C' lc_ctype 'C'"
    run_sql(postgres_url, f"create database {name} template template0 encoding 'SQL_ASCII' {locale}")
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    engine = create_engine(make_settings(url))
    with pytest.raises(MigrationsError, match="SQL_ASCII"):
        await migrate(engine, tiny_package)
    await engine.dispose()
    drop_database(postgres_url, url)


async def test_a_process_waits_for_the_migration_of_another(engine: AsyncEngine, tiny_package: str) -> None:
    # A migration under way elsewhere is one that holds the lock.
    async with engine.connect() as other:
        await other.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _lock(tiny_package)})
        waiting = asyncio.create_task(migrate(engine, tiny_package))
        await _until_blocked(engine)
        assert not waiting.done()
        await other.rollback()
    await waiting
    assert await migrations_current(engine, tiny_package)


async def _terminate(url: URL, pid: int) -> None:
    other = create_async_engine(url, poolclass=NullPool)
    async with other.connect() as connection:
        await connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    await other.dispose()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def _lock(package: str) -> int:
    return zlib.crc32(package.encode())


async def _until_blocked(engine: AsyncEngine) -> None:
    waiting = text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    async with asyncio.timeout(10), engine.connect() as connection:
        while await connection.scalar(waiting) == 0:
            await asyncio.sleep(0.01)


async def test_tables_that_differ_from_the_migrations_are_found(engine: AsyncEngine, tiny_package: str) -> None:
    await migrate(engine, tiny_package)
    metadata = MetaData()
    Table("things", metadata, Column("id", Integer, primary_key=True), Column("colour", Integer))
    drift = await schema_drift(engine, metadata)
    assert any("add_column" in one and "colour" in one for one in drift)


def test_migrations_are_found_beside_the_sources_and_inside_a_package(tiny_package: str, tmp_path: Path) -> None:
    assert migrations_folder(tiny_package) == tmp_path / "migrations"
    inside = tmp_path / "src" / tiny_package / "migrations"
    inside.mkdir()
    (inside / "env.py").touch()
    assert migrations_folder(tiny_package) == inside


def test_migrations_started_past_the_service_are_refused(tiny_package: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder(tiny_package)))
    with pytest.raises(MigrationsError, match="migrate"):
        command.upgrade(config, "head")


def test_a_package_without_migrations_is_refused() -> None:
    with pytest.raises(MigrationsError, match="json has no migrations"):
        migrations_folder("json")


async def test_all_that_a_request_reads_is_of_one_moment(client: AsyncClient) -> None:
    assert (await client.get("/v1/isolation")).json() == "repeatable read"
