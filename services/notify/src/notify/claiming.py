"""Taking what is due on a channel: each message by one worker at a time, and no more than the limits allow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.channels.port import Traits
from notify.domain.limits import PER_RECIPIENT, Buckets, Limit, named
from notify.domain.planning import Reason
from notify.domain.rules import CODE, TOGETHER
from notify.paces import lock_paces, refill
from notify.queries import AnyRow
from notify.tables import DUE, UTC, contacts, messages, outgoing

LEASE = timedelta(seconds=90)
"""How long a worker has a message to itself, longer than an attempt takes; then another may take it."""

SHOWN_TOGETHER = 20
"""How many messages a digest repeats; it counts them all."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker has to itself until ``lease``; of a digest the first of its items, and how many."""

    row: AnyRow
    lease: datetime
    items: Sequence[AnyRow] = ()
    count: int = 0


async def with_something_due(connection: AsyncConnection, channels: Collection[str], now: datetime) -> Collection[str]:
    """Return those of some channels on which something is due: one short question where nothing is."""
    asked = {"channels": list(channels), "now": now}
    return (await connection.execute(_WITH_SOMETHING_DUE, asked)).scalars().all()


async def claim(
    connection: AsyncConnection, channel: str, traits: Traits, *, room: int, now: datetime
) -> list[Claimed]:
    """Take at most ``room`` messages that are due on a channel, the urgent ones first."""
    rows = [*await _due(connection, channel, urgent=True, room=room, now=now)]
    if len(rows) < room:
        rows += await _due(connection, channel, urgent=False, room=room - len(rows), now=now)
    if not rows:
        return []
    needless = {row.id: reason for row in rows if (reason := _why_needless(row))}
    wanted = [row for row in rows if row.id not in needless]
    later = await _over_limits(connection, channel, traits, wanted, now)
    await _note(connection, needless, later, now)
    taken = [row for row in wanted if row.id not in later]
    lease = now + LEASE
    if taken:
        its = update(outgoing).where(outgoing.c.id.in_([row.id for row in taken]))
        await connection.execute(its.values(state="sending", next_attempt_at=lease))
    items = await _items(connection, [row.id for row in taken if row.template == TOGETHER])
    return [Claimed(row, lease, its, its[0].in_all if its else 0) for row in taken for its in [items.get(row.id, ())]]


async def _due(
    connection: AsyncConnection, channel: str, *, urgent: bool, room: int, now: datetime
) -> Sequence[AnyRow]:
    query = (
        select(outgoing, contacts.c.id.label("known"), *_OF_CONTACTS, messages.c.read_at)
        .join(contacts, contacts.c.id == outgoing.c.contact_id, isouter=True)
        .join(messages, messages.c.id == outgoing.c.unless_read, isouter=True)
        .where(outgoing.c.channel == channel, outgoing.c.urgent.is_(urgent), DUE, outgoing.c.next_attempt_at <= now)
        .order_by(outgoing.c.next_attempt_at, outgoing.c.place)
        .limit(room)
        .with_for_update(of=outgoing, skip_locked=True)
    )
    return (await connection.execute(query)).all()


def _why_needless(row: AnyRow) -> Reason | None:
    if row.known is None:
        return Reason.ERASED
    if row.template == CODE:
        return None
    if row.read_at is not None:
        return Reason.READ
    if row.suspended_at is not None:
        return Reason.BAD_ADDRESS
    return None if row.unsubscribed_at is None else Reason.UNSUBSCRIBED


async def _over_limits(
    connection: AsyncConnection, channel: str, traits: Traits, rows: Sequence[AnyRow], now: datetime
) -> Mapping[UUID, datetime]:
    """Return what is over a limit, and when it may be tried again; take one of each limit for all others."""
    limits = {row.id: _limits(channel, traits, row) for row in rows}
    names = sorted({name for its in limits.values() for name in its})
    if not names:
        return {}
    found = await lock_paces(connection, names, now)
    buckets = Buckets(dict(found))
    free = {row.id: buckets.take(limits[row.id], now) for row in rows}
    await refill(connection, found, buckets.full)
    return {which: at for which, at in free.items() if at > now}


def _limits(channel: str, traits: Traits, row: AnyRow) -> Mapping[str, Limit]:
    per_recipient = {} if row.urgent else named(f"recipient/{row.owner}", [PER_RECIPIENT])
    return {
        **per_recipient,
        **named(f"address/{row.contact_id}", traits.each),
        **named(f"channel/{channel}", traits.whole),
    }


async def _note(
    connection: AsyncConnection, needless: Mapping[UUID, Reason], later: Mapping[UUID, datetime], now: datetime
) -> None:
    if needless:
        rows = [{"b_id": which, "b_reason": reason, "at": now} for which, reason in needless.items()]
        await connection.execute(_SKIP, rows)
    if later:
        rows = [{"b_id": which, "at": at} for which, at in later.items()]
        await connection.execute(_DEFER, rows)


async def _items(connection: AsyncConnection, digests: Sequence[UUID]) -> Mapping[UUID, Sequence[AnyRow]]:
    """Return the first of what each digest tells; every row says how much it is in all."""
    if not digests:
        return {}
    number = func.row_number().over(partition_by=outgoing.c.digest_id, order_by=outgoing.c.place)
    in_all = func.count().over(partition_by=outgoing.c.digest_id)
    numbered = select(*outgoing.c, number.label("number"), in_all.label("in_all"))
    numbered = numbered.where(outgoing.c.digest_id.in_(digests))
    of = numbered.subquery()
    found: dict[UUID, list[Any]] = {}
    query = select(of).where(of.c.number <= SHOWN_TOGETHER).order_by(of.c.digest_id, of.c.number)
    for row in await connection.execute(query):
        found.setdefault(row.digest_id, []).append(row)
    return found


_ASKED = func.unnest(bindparam("channels", type_=ARRAY(Text))).table_valued("name", name="asked")


def _is_due(*, urgent: bool) -> ColumnElement[bool]:
    its = (outgoing.c.channel == _ASKED.c.name, outgoing.c.urgent.is_(urgent), DUE)
    is_due = select(1).where(*its, outgoing.c.next_attempt_at <= bindparam("now", type_=UTC))
    return is_due.correlate(_ASKED).exists()


_WITH_SOMETHING_DUE = select(_ASKED.c.name).where(_is_due(urgent=True) | _is_due(urgent=False))
_OF_CONTACTS = (
    contacts.c.address,
    contacts.c.code_nonce,
    contacts.c.verified_at,
    contacts.c.suspended_at,
    contacts.c.unsubscribed_at,
)
_ITS = outgoing.c.id == bindparam("b_id")
_SKIP = (
    update(outgoing)
    .where(_ITS)
    .values(state="skipped", reason=bindparam("b_reason"), settled_at=bindparam("at"), next_attempt_at=None)
)
_DEFER = update(outgoing).where(_ITS).values(state="waiting", reason=Reason.THROTTLED, next_attempt_at=bindparam("at"))
