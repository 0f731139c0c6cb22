"""Links by which a calendar program, which has no bearer token, reads somebody's shifts."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from volunteer.domain.actor import Actor
from volunteer.domain.faults import RefusedError, UnknownError
from volunteer.queries.rows import AnyRow
from volunteer.tables import calendar_feeds, idempotency_keys, volunteers
from volunteer.usecases.people import load

TOKEN_BYTES = 32
MOST = 10
"""Links that somebody has at a time."""


async def open_feed(
    connection: AsyncConnection, feed_id: UUID, *, actor: Actor, at: datetime, key: IdempotencyKey | None
) -> tuple[AnyRow, str]:
    """Return a link to the actor's calendar and its token, which is kept nowhere.

    With an idempotency key that was seen before, the link of then gets another token: whoever asks again has not seen
    the first one, which opens nothing any more.

    Raises:
        UnknownError: they are no volunteer.
        RefusedError: they have as many links as anybody may.
        ProblemError: the key came with another body before.
    """
    feed_id = await claim_key(
        connection, idempotency_keys, key, scope=f"calendar-feed:{actor.subject}", resource_id=feed_id
    )
    volunteer = await load(connection, volunteers.c.subject == actor.subject, lock=True)
    if sum(other.id != feed_id for other in await list_feeds(connection, actor)) >= MOST:
        raise RefusedError("too-many-feeds", f"Nobody has more than {MOST} links: revoke one.")
    token = token_urlsafe(TOKEN_BYTES)
    told = {"token_sha256": _digest(token)}
    new = insert(calendar_feeds).values(id=feed_id, volunteer_id=volunteer.id, created_at=at, **told)
    opened = new.on_conflict_do_update(index_elements=[calendar_feeds.c.id], set_=told)
    row: AnyRow = (await connection.execute(opened.returning(calendar_feeds))).one()
    return row, token


async def list_feeds(connection: AsyncConnection, actor: Actor) -> Sequence[AnyRow]:
    """Return the actor's links, newest first."""
    query = select(calendar_feeds.c.id, calendar_feeds.c.created_at).join(volunteers)
    query = query.where(volunteers.c.subject == actor.subject).order_by(calendar_feeds.c.id.desc())
    return (await connection.execute(query)).all()


async def revoke_feed(connection: AsyncConnection, feed_id: UUID, *, actor: Actor) -> None:
    """Let a link of the actor open nothing any more.

    Raises:
        UnknownError: they have no such link.
    """
    theirs = select(volunteers.c.id).where(volunteers.c.subject == actor.subject).scalar_subquery()
    gone = delete(calendar_feeds).where(calendar_feeds.c.id == feed_id, calendar_feeds.c.volunteer_id == theirs)
    if (await connection.execute(gone)).rowcount == 0:
        raise UnknownError("calendar-feed")


async def whose_feed(connection: AsyncConnection, token: str) -> UUID:
    """Return whose calendar a token opens.

    Raises:
        UnknownError: it opens none.
    """
    query = select(calendar_feeds.c.volunteer_id).where(calendar_feeds.c.token_sha256 == _digest(token))
    found: UUID | None = await connection.scalar(query)
    if found is None:
        raise UnknownError("calendar")
    return found


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
