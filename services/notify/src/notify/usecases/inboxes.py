"""What readers do to their messages: each function within the caller's transaction, and as often as it is asked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.decisions import Decisions
from notify.domain.preferences import Preference, check
from notify.domain.rules import Recipient, Rules
from notify.tables import messages, preferences

LOCK = 0x9EF5
"""Advisory lock of one reader's preferences, with a number made of the address."""


class UnknownMessageError(Exception):
    """A message is not there, or somebody else's."""


async def mark_read(
    connection: AsyncConnection, whose: Sequence[str], which: Collection[UUID] | datetime, *, at: datetime
) -> int:
    """Note that some recipients' messages were read, or all told up to a moment; the first time counts.

    Returns how many had not been read.

    Raises:
        UnknownMessageError: one of them is not theirs; none was marked.
    """
    unread = (await _those(connection, whose, which), messages.c.read_at.is_(None))
    return (await connection.execute(update(messages).where(*unread).values(read_at=at))).rowcount


async def archive(
    connection: AsyncConnection, whose: Sequence[str], which: Collection[UUID] | datetime, *, at: datetime
) -> int:
    """Put some recipients' messages away, or all told up to a moment; they count as read.

    Returns how many had not been put away.

    Raises:
        UnknownMessageError: one of them is not theirs; none was put away.
    """
    still_there = (await _those(connection, whose, which), messages.c.archived_at.is_(None))
    away = {"archived_at": at, "read_at": func.coalesce(messages.c.read_at, at)}
    return (await connection.execute(update(messages).where(*still_there).values(away))).rowcount


async def prefer(
    connection: AsyncConnection,
    recipient: Recipient,
    wishes: Sequence[Preference],
    rules: Rules,
    decisions: Decisions,
) -> None:
    """Let somebody hear from now on as these preferences say, and as no others.

    Raises:
        PreferenceError: one cannot be kept; nothing is changed.
    """
    check(wishes, recipient, rules, decisions)
    # Who says it twice at once would otherwise leave both.
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK, func.hashtext(recipient.address))))
    await connection.execute(delete(preferences).where(preferences.c.recipient == recipient.address))
    rows = [
        {
            "recipient": recipient.address,
            "issue_id": one.about.issue,
            "area": one.about.area,
            "event": one.event,
            "channel": one.channel,
            "muted": one.muted,
            "frequency": one.frequency,
        }
        for one in dict.fromkeys(wishes)
    ]
    if rows:
        await connection.execute(insert(preferences), rows)


async def _those(
    connection: AsyncConnection, whose: Sequence[str], which: Collection[UUID] | datetime
) -> ColumnElement[bool]:
    theirs = messages.c.recipient.in_(whose)
    if isinstance(which, datetime):
        return theirs & (messages.c.told_at <= which)
    these = theirs & messages.c.id.in_(which)
    # Locked in one order: two readers of one inbox may name the same messages in different orders.
    found = select(messages.c.id).where(these).order_by(messages.c.id).with_for_update()
    if len((await connection.execute(found)).all()) < len(set(which)):
        raise UnknownMessageError
    return these
