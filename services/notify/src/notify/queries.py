"""The read side of notify."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.tables import messages, subscriptions

AnyRow = Row[*tuple[Any, ...]]


async def inbox_of(
    connection: AsyncConnection, whose: Sequence[str], *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of some recipients' messages, newest first; ``after`` is the last id of the page before."""
    query = select(messages).where(messages.c.recipient.in_(whose)).order_by(messages.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(messages.c.id < after)
    return (await connection.execute(query)).all()


async def count_unread(connection: AsyncConnection, whose: Sequence[str]) -> int:
    """Return how many messages of some recipients are unread."""
    query = select(func.count()).where(messages.c.recipient.in_(whose), messages.c.read_at.is_(None))
    return await connection.scalar(query) or 0


async def mark_read(connection: AsyncConnection, whose: Sequence[str], message_id: UUID, *, at: datetime) -> bool:
    """Note that a message of some recipients was read; the first time counts. Return False when it is not theirs."""
    mine = (messages.c.id == message_id, messages.c.recipient.in_(whose))
    read = func.coalesce(messages.c.read_at, at)
    marked = await connection.execute(update(messages).where(*mine).values(read_at=read).returning(messages.c.id))
    return marked.first() is not None


async def list_subscriptions(connection: AsyncConnection) -> Sequence[AnyRow]:
    """Return what each department's queue is bound to."""
    return (await connection.execute(select(subscriptions).order_by(subscriptions.c.department))).all()
