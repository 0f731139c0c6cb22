"""Links by which a calendar program, which has no bearer token, reads a department's calendar."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts.wording import LanguageTag
from notify.queries import AnyRow
from notify.tables import calendar_feeds

TOKEN_BYTES = 32


async def open_feed(
    connection: AsyncConnection,
    feed_id: UUID,
    department: str,
    *,
    language: LanguageTag,
    by: str,
    at: datetime,
) -> tuple[AnyRow, str]:
    """Return a link's row and its token, which is kept nowhere.

    One that exists gets another token: whoever asks again has not seen the first one, which opens nothing any more.
    """
    token = token_urlsafe(TOKEN_BYTES)
    told = {"token_sha256": _digest(token), "language": language}
    new = insert(calendar_feeds).values(id=feed_id, department=department, created_at=at, created_by=by, **told)
    opened = new.on_conflict_do_update(index_elements=[calendar_feeds.c.id], set_=told).returning(calendar_feeds)
    row: AnyRow = (await connection.execute(opened)).one()
    return row, token


async def find_feed(connection: AsyncConnection, department: str, token: str) -> AnyRow | None:
    """Return the link of a department that a token opens."""
    query = select(calendar_feeds).where(
        calendar_feeds.c.token_sha256 == _digest(token), calendar_feeds.c.department == department
    )
    return (await connection.execute(query)).one_or_none()


async def list_feeds(connection: AsyncConnection, department: str) -> Sequence[AnyRow]:
    """Return a department's links, newest first."""
    query = select(calendar_feeds).where(calendar_feeds.c.department == department)
    return (await connection.execute(query.order_by(calendar_feeds.c.id.desc()))).all()


async def revoke_feed(connection: AsyncConnection, department: str, feed_id: UUID) -> bool:
    """Let a link of a department open nothing any more. Return False when there is none."""
    its = (calendar_feeds.c.id == feed_id, calendar_feeds.c.department == department)
    gone = await connection.execute(delete(calendar_feeds).where(*its).returning(calendar_feeds.c.id))
    return gone.first() is not None


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()
