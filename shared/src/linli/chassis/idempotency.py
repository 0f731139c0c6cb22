"""``Idempotency-Key``: a creating request that is sent twice creates once."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request
from sqlalchemy import Column, DateTime, Index, LargeBinary, MetaData, Table, Text, Uuid, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.problems import ProblemError

RETENTION = timedelta(days=400)
"""How long a key is remembered at least: a file that was imported may be imported again a year later."""


def idempotency_table(metadata: MetaData) -> Table:
    """Return the table of the keys that a service has seen, for its ``tables.py`` and its first migration."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("scope", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("body_sha256", LargeBinary, nullable=False),
        Column("resource_id", Uuid, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Index(None, "created_at"),
    )


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key of a request and the SHA-256 of its raw body."""

    key: str
    body_sha256: bytes


async def idempotency_key(
    request: Request,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$"),
    ] = None,
) -> IdempotencyKey | None:
    """Return the request's key with the hash of its body, or None when it has none."""
    return None if key is None else IdempotencyKey(key, sha256(await request.body()).digest())


Idempotency = Annotated[IdempotencyKey | None, Depends(idempotency_key)]
"""The request's key, as a parameter of a creating route."""


async def claim_key(
    connection: AsyncConnection, table: Table, key: IdempotencyKey | None, *, scope: str, resource_id: UUID
) -> UUID:
    """Return the id of the resource that belongs to the key: ``resource_id`` when it is new or there is none.

    Otherwise it is that of the earlier request. Call it first in the transaction that creates the resource. ``scope``
    names the operation and its caller. Of two requests at once the second waits until the first has committed.

    Raises:
        ProblemError: 422, the key came with another body before.
    """
    if key is None:
        return resource_id
    row = {"scope": scope, "key": key.key, "body_sha256": key.body_sha256, "resource_id": resource_id}
    added = insert(table).values(row).on_conflict_do_nothing().returning(table.c.resource_id)
    while (await connection.execute(added)).first() is None:
        found = await earlier(connection, table, key, scope=scope)
        if found is not None:  # else purged between the two statements
            return found
    return resource_id


async def earlier(connection: AsyncConnection, table: Table, key: IdempotencyKey, *, scope: str) -> UUID | None:
    """Return the id of the resource that belongs to the key, or None when the key is new; see `claim_key`."""
    query = select(table.c.body_sha256, table.c.resource_id).where(table.c.scope == scope, table.c.key == key.key)
    known = (await connection.execute(query)).first()
    if known is None:
        return None
    if known.body_sha256 != key.body_sha256:
        raise ProblemError(422, "idempotency-key-reused", "The idempotency key was used with another body")
    found: UUID = known.resource_id
    return found


async def purge_keys(connection: AsyncConnection, table: Table, *, before: datetime | None = None) -> int:
    """Forget keys older than ``before`` (by default those past the retention) and return how many."""
    limit = before or datetime.now(UTC) - RETENTION
    return (await connection.execute(delete(table).where(table.c.created_at < limit))).rowcount
