"""An operator's connection to a database of the suite."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, NullPool
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from linli.messaging.postgres_url import asyncpg_url
from linli.messaging.refusal import BusError, refusal_of

CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 30.0

NO_TABLE = "42P01"


@asynccontextmanager
async def operator_database(url: str, whose: str) -> AsyncIterator[AsyncConnection]:
    """Connect to the database ``whose`` at ``url``.

    What the database raises on the way or in the block is told as a `BusError`.
    """
    engine = create_async_engine(
        asyncpg_url(url),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": CONNECT_TIMEOUT_S, "command_timeout": STATEMENT_TIMEOUT_S},
    )
    try:
        async with engine.connect() as connection:
            yield connection
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise BusError(f"{whose}: {_reason(error, engine.url)}") from None
    finally:
        await engine.dispose()


def _reason(error: BaseException, url: URL) -> str:
    # Not taken apart by urlsplit, which would stumble over passwords that the driver takes, and quote them.
    where = f"{url.host or 'localhost'}:{url.port}" if url.port else url.host or "localhost"
    if refused := refusal_of(error):
        return f"{where}: {refused}"
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    if state == NO_TABLE:
        return "it is the database of something else, or was never migrated"
    return f"{where} does not answer ({state or type(error).__name__})"
