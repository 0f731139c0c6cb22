"""How long it is kept what was told outside of the app."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.tables import contacts, outgoing, paces, untold

KEPT = timedelta(days=180)
"""How long after its end a message to an address is in the log, and why something was not told."""

UNVERIFIED = timedelta(days=2)
"""How long an address waits for its code."""

IDLE = timedelta(days=1)
"""A bucket that has been full for so long is as good as a new one."""


async def purge_outgoing(connection: AsyncConnection, now: datetime) -> None:
    """Forget what is older, addresses that nobody proved to read, and buckets that are full."""
    await connection.execute(delete(outgoing).where(outgoing.c.settled_at < now - KEPT))
    await connection.execute(delete(untold).where(untold.c.at < now - KEPT))
    unproven = contacts.c.verified_at.is_(None) & (contacts.c.created_at < now - UNVERIFIED)
    await connection.execute(delete(contacts).where(unproven))
    await connection.execute(delete(paces).where(paces.c.full_at < now - IDLE))
