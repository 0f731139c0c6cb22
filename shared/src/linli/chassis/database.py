"""PostgreSQL: the engine, the migrations, and one transaction per request that ends before the answer is sent."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from linli.chassis.migrations import migrate as migrate
from linli.chassis.migrations import migrations_current as migrations_current
from linli.chassis.migrations import migrations_folder as migrations_folder
from linli.chassis.migrations import run_env as run_env
from linli.chassis.migrations import schema_drift as schema_drift
from linli.chassis.problems import unavailable_problem
from linli.chassis.runtime import Runtime
from linli.chassis.settings import ServiceSettings

CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 30.0
POOL_WAIT_S = 5.0

SERVER_SETTINGS = {
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "60s",
    # A plan that is kept from when a table was small reads all of it once it has grown, until statistics are gathered.
    "plan_cache_mode": "force_custom_plan",
}
"""What every connection of a service asks of its server."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints and indexes, for ``MetaData(naming_convention=NAMING)``."""


def create_engine(settings: ServiceSettings) -> AsyncEngine:
    """Return an engine on the service's database; it connects when first used.

    At most ``database_pool_size`` connections. Connecting, waiting for a pooled connection and each statement have a
    time limit. A connection that the server has closed is replaced when it is taken from the pool.
    """
    engine = create_async_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": STATEMENT_TIMEOUT_S,
            "server_settings": SERVER_SETTINGS,
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(dbapi_connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401 - asyncpg's adapter
    # Sees a restart of the server without a round trip per checkout, as a ping would need.
    if dbapi_connection.driver_connection.is_closed():
        raise InvalidatePoolError


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Hold a connection; a database out of reach is a 503 problem."""
    connection = engine.connect()
    try:
        await connection.start()
    except OSError as error:
        raise unavailable_problem("database") from error
    try:
        yield connection
    finally:
        await connection.close()


async def transaction(request: Request) -> AsyncIterator[AsyncConnection]:
    """Hold the transaction of the request: committed when the route returns, rolled back when it raises.

    While the outbox is full nothing is changed: a change would have to be told.
    """
    runtime: Runtime = request.app.state.runtime
    async with connected(runtime.engine) as connection, connection.begin():
        if runtime.outbox_limit is not None:
            await runtime.outbox_limit.check(connection)
        yield connection
    runtime.after_commit()
    for tell in getattr(request.state, "once_committed", ()):
        tell()


def once_committed(request: Request, tell: Callable[[], None]) -> None:
    """Call ``tell`` when the transaction of the request has been committed, and not at all when it fails."""
    if not hasattr(request.state, "once_committed"):
        request.state.once_committed = []
    request.state.once_committed.append(tell)


async def reading(request: Request) -> AsyncIterator[AsyncConnection]:
    """Hold a connection that the database lets only read; all its statements see the same moment."""
    runtime: Runtime = request.app.state.runtime
    async with connected(runtime.engine) as connection:
        yield await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


# Without scope="function" FastAPI would end them after the response: a failed commit would still answer 201.
Transaction = Annotated[AsyncConnection, Depends(transaction, scope="function")]
"""The transaction of the request, as a parameter of a route that changes something."""

Reading = Annotated[AsyncConnection, Depends(reading, scope="function")]
"""A read-only connection, as a parameter of a route that changes nothing."""
