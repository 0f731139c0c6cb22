"""Looking into a service's database, and standing in its way."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from linli.contracts import DispatchRequested
from linli.messaging.outbox import record

NOTED = "linli.dispatch.requested.v1"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urlsplit(url)._replace(scheme="postgresql").geturl())
    try:
        yield connection
    finally:
        await connection.close()


async def column(url: str, query: str) -> list[Any]:
    """Return the first column of what a query finds."""
    async with connected(url) as connection:
        return [row[0] for row in await connection.fetch(query)]


async def number(url: str, query: str) -> int:
    [found] = await column(url, query)
    return int(found)


async def execute(url: str, statements: str) -> None:
    async with connected(url) as connection:
        await connection.execute(statements)


@asynccontextmanager
async def transaction(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction of a use case: committed at the end of the block, unless that raises."""
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def note(connection: AsyncConnection, cases: Sequence[UUID], version: int) -> None:
    """Record one event of each case in its outbox, as its ``version``-th; no service reacts to it."""
    now = datetime.now(UTC)
    for case in cases:
        data = DispatchRequested(
            category="facility.roof-leak", area="top/one", case_id=case, department="housing", role="lead", deadline=now
        )
        await record(connection, [data], version=version, at=now)


async def drained(url: str) -> bool:
    """Say whether all that was committed has left."""
    return not await number(url, "select count(*) from outbox")
