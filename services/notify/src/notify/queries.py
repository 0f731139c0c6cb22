"""The read side of notify."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.tables import messages, subscriptions

AnyRow = Row[*tuple[Any, ...]]


async def inbox_of(connection: AsyncConnection, recipient: str, *, after: UUID | None, limit: int) -> Sequence[AnyRow]:
    """Return a page of somebody's messages, newest first; ``after`` is the last id of the page before."""
    query = select(messages).where(messages.c.recipient == recipient).order_by(messages.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(messages.c.id < after)
    return (await connection.execute(query)).all()


async def count_unread(connection: AsyncConnection, recipient: str) -> int:
    """Return how many of somebody's messages are unread."""
    query = select(func.count()).where(messages.c.recipient == recipient, messages.c.read_at.is_(None))
    return await connection.scalar(query) or 0


async def mark_read(connection: AsyncConnection, recipient: str, message_id: UUID, *, at: datetime) -> bool:
    """Note that somebody read a message of theirs; the first time counts. Return False when they have no such one."""
    mine = (messages.c.id == message_id, messages.c.recipient == recipient)
    read = func.coalesce(messages.c.read_at, at)
    marked = await connection.execute(update(messages).where(*mine).values(read_at=read).returning(messages.c.id))
    return marked.first() is not None


async def list_subscriptions(connection: AsyncConnection) -> Sequence[AnyRow]:
    """Return what each department's queue is bound to."""
    return (await connection.execute(select(subscriptions).order_by(subscriptions.c.department))).all()
