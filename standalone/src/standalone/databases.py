"""The databases on the server that standalone is given or embeds: one a service, and one for the embedded bus."""

from collections.abc import Iterable

from sqlalchemy import AsyncAdaptedQueuePool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine


class DatabaseError(Exception):
    """The server cannot be used; the message says why and repeats no password."""


def admin_url(given: str) -> URL:
    """Return the URL of an account that may create databases.

    Raises:
        DatabaseError: not a PostgreSQL URL.
    """
    try:
        url = make_url(given)
    except ArgumentError:
        raise DatabaseError("a database URL is like postgresql://user:password@host:5432/postgres") from None
    if url.get_backend_name() not in {"postgresql", "postgres"}:
        raise DatabaseError("a database URL begins with postgresql://")
    return url.set(drivername="postgresql+asyncpg", database=url.database or "postgres")


IN_UTF8 = "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
"""Whatever the server itself is set to: the languages of the suite need more than ASCII."""


async def ensure_databases(admin: URL, names: Iterable[str]) -> None:
    """Create those of the databases that are missing.

    Raises:
        DatabaseError: the server does not answer, or the account may not.
    """
    engine = create_async_engine(admin, isolation_level="AUTOCOMMIT", poolclass=AsyncAdaptedQueuePool)
    try:
        async with engine.connect() as connection:
            there = set(await connection.scalars(text("select datname from pg_database")))
            for name in names:
                if name not in there:
                    await connection.execute(text(f'create database "{name}" {IN_UTF8}'))
    except (DBAPIError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseError(f"{admin.host or 'the database server'}: {reason}") from None
    finally:
        await engine.dispose()
