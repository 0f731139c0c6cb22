from collections.abc import Iterator
from itertools import product
from pathlib import Path

import asyncpg
import pytest
from testcontainers.core.container import DockerContainer

from linli.testing.postgres import accepts_statements
from linli.testing.waiting import wait_until

INIT = Path(__file__).parents[2] / "deploy" / "postgres"
SERVICES = ("intake", "routing", "volunteer", "notify")
# A quote and a dollar: a password that was pasted into SQL or a shell would break.
PASSWORDS = {service: f"{service}'s $ecret" for service in SERVICES}

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("postgres_roles")]


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    variables = {f"{service.upper()}_DATABASE_PASSWORD": password for service, password in PASSWORDS.items()}
    variables |= {"POSTGRES_USER": "postgres", "POSTGRES_DB": "postgres", "POSTGRES_PASSWORD": "administrator"}
    mount = (str(INIT), "/docker-entrypoint-initdb.d", "ro")
    with DockerContainer("postgres:17", ports=[5432], env=variables, volumes=[mount]) as container:
        host, port = container.get_container_host_ip(), container.get_exposed_port(5432)
        admin = f"postgresql://postgres:administrator@{host}:{port}/postgres"
        wait_until(lambda: accepts_statements(admin), "PostgreSQL to accept connections", seconds=90)
        yield host, port


async def connect(address: tuple[str, int], user: str, database: str, password: str = "") -> asyncpg.Connection:
    host, port = address
    password = password or PASSWORDS[user]
    return await asyncpg.connect(host=host, port=port, user=user, database=database, password=password)


@pytest.mark.parametrize("service", SERVICES)
async def test_service_makes_tables_in_its_own_database(service: str, address: tuple[str, int]) -> None:
    connection = await connect(address, service, service)
    await connection.execute("create table cases (id int)")
    await connection.close()


async def test_databases_hold_every_language_whatever_the_image_is_set_to(address: tuple[str, int]) -> None:
    connection = await connect(address, "intake", "intake")
    encoding = await connection.fetchval("show server_encoding")
    stored = await connection.fetchval("""select '{"en": "\\u5c4b"}'::jsonb ->> 'en'""")
    await connection.close()

    assert (encoding, stored) == ("UTF8", "屋")


@pytest.mark.parametrize(
    ("service", "database"),
    [pair for pair in product(SERVICES, [*SERVICES, "postgres", "template1"]) if len({*pair}) > 1],
)
async def test_service_cannot_connect_to_another_database(
    service: str, database: str, address: tuple[str, int]
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connect(address, service, database)


async def test_password_of_another_service_is_refused(address: tuple[str, int]) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(address, "routing", "routing", PASSWORDS["intake"])


async def test_service_has_no_power_over_the_server(address: tuple[str, int]) -> None:
    connection = await connect(address, "notify", "notify")
    powers = await connection.fetchrow(
        "select rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles where rolname = user"
    )
    await connection.close()

    assert powers is not None
    assert not any(powers)
