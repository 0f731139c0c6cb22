"""A creating request that is sent twice creates once."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim
from volunteer.tables import idempotency_keys


async def first_id(connection: AsyncConnection, key: IdempotencyKey | None, scope: str, new_id: UUID) -> UUID:
    """Return the id of what the key created before, ``new_id`` where it is new or there is none.

    Raises:
        ProblemError: the key came with another body before.
    """
    if key is None:
        return new_id
    return await claim(
        connection, idempotency_keys, key=key.key, scope=scope, body_sha256=key.body_sha256, resource_id=new_id
    )
