"""The token buckets of recipients, addresses and providers, shared by all processes."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.limits import Buckets, Limit
from notify.tables import paces


async def take(connection: AsyncConnection, limits: Mapping[str, Limit], now: datetime) -> datetime:
    """Take one of each of some limits, by name, if all have one; return ``now``, or when to try again."""
    found = await lock_paces(connection, limits, now)
    buckets = Buckets(dict(found))
    free = buckets.take(limits, now)
    await refill(connection, found, buckets.full)
    return free


async def lock_paces(connection: AsyncConnection, names: Iterable[str], now: datetime) -> Mapping[str, datetime]:
    """Return when each bucket is full again, and keep others from taking until the transaction ends."""
    # In one order, so that no two wait for each other; what is new is full.
    known = insert(paces).values([{"name": name, "full_at": now} for name in sorted(names)])
    locked = known.on_conflict_do_update(index_elements=[paces.c.name], set_={"name": known.excluded.name})
    return {row.name: row.full_at for row in await connection.execute(locked.returning(paces))}


async def refill(connection: AsyncConnection, before: Mapping[str, datetime], full: Mapping[str, datetime]) -> None:
    """Note when buckets are full again, where that has changed."""
    changed = [{"b_name": name, "full": at} for name, at in full.items() if at != before.get(name)]
    if changed:
        await connection.execute(_REFILL, changed)


_REFILL = update(paces).where(paces.c.name == bindparam("b_name")).values(full_at=bindparam("full"))
