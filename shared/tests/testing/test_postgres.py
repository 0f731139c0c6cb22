from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from linli.testing.choice import Kind
from linli.testing.postgres import create_database, drop_database, postgres_server, run_sql


async def ask(url: str, question: str) -> object:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        return (await connection.execute(text(question))).scalar_one()


@pytest.fixture(scope="module")
def local_server() -> Iterator[str]:
    with postgres_server(Kind.LOCAL) as url:
        yield url


async def test_database_is_empty(database_url: str) -> None:
    tables = "select count(*) from information_schema.tables where table_schema = 'public'"

    assert await ask(database_url, tables) == 0


async def test_databases_of_one_test_are_apart(new_database: Callable[[], str]) -> None:
    one, other = new_database(), new_database()
    run_sql(one, "create table cases (id int)")

    assert await ask(other, "select to_regclass('cases')::text") is None


async def test_copy_of_a_template_has_its_tables_and_rows(new_database: Callable[..., str]) -> None:
    template = new_database()
    run_sql(template, "create table units as select 'jinpu' as code")

    assert await ask(new_database(template=template), "select code from units") == "jinpu"


async def test_dropped_database_is_gone_though_someone_is_connected(postgres_url: str) -> None:
    url = create_database(postgres_url)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(text("select 1"))
        drop_database(postgres_url, url)
        await connection.invalidate()
    await engine.dispose()

    name = make_url(url).database
    assert await ask(postgres_url, f"select count(*) from pg_database where datname = '{name}'") == 0


async def test_server_of_the_environment_is_used_as_it_is(local_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_TEST_SERVERS", raising=False)
    monkeypatch.setenv("LINLI_TEST_DATABASE_URL", local_server.replace("+asyncpg", ""))

    with postgres_server() as url:
        assert url == local_server
        assert await ask(url, "select 1") == 1


async def test_server_allows_many_connections(local_server: str) -> None:
    assert int(str(await ask(local_server, "select current_setting('max_connections')"))) >= 200


@pytest.mark.docker
async def test_server_in_a_container_makes_databases() -> None:
    with postgres_server(Kind.CONTAINERS) as admin:
        url = create_database(admin)
        assert await ask(url, "select current_database()") == make_url(url).database
