"""What can be done to subscriptions: one function per command, each within the caller's transaction."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import addressed_to
from linli.district.known import KnownDistrict
from linli.messaging.topology import department_queue
from notify.domain.filters import Filter, FilterError, patterns_of, require_known
from notify.domain.receivers import Receivers
from notify.queries import AnyRow
from notify.streams import NEXT_CHANGE, SEEDED, columns_of, filter_of, lock
from notify.tables import events, replays, subscriptions
from notify.usecases.replays import Again, SubscriptionError, UnknownSubscriptionError, begin

PREVIEWED = timedelta(days=7)


class StaleSubscriptionError(Exception):
    """The subscription has changed since the caller saw it; ``version`` is its present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the subscription has version {version} now")
        self.version = version


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A subscription that somebody wants; without ``since`` it begins now."""

    department: str
    name: str
    transport: str
    asked: Filter
    grants: tuple[str, ...]
    since: datetime | None
    per_s: int


async def subscribe(
    connection: AsyncConnection,
    wanted: Wanted,
    *,
    subscription_id: UUID,
    replay_id: UUID,
    district: KnownDistrict,
    by: str,
    at: datetime,
) -> AnyRow:
    """Begin a subscription; one that begins in the past goes live when its replay has come up to the present.

    Raises:
        FilterError: it asks for what there is not, or needs a grant.
        SubscriptionError: the department has one of that name.
    """
    if wanted.name == SEEDED:
        raise FilterError("name", f"{SEEDED} is the subscription of the district's files")
    require_known(wanted.asked, wanted.department, district, wanted.grants)
    await lock(connection)
    row = {
        "id": subscription_id,
        "department": wanted.department,
        "name": wanted.name,
        "queue": department_queue(wanted.department, wanted.name),
        "transport": wanted.transport,
        **columns_of(wanted.asked),
        "grants": list(wanted.grants),
        "seeded": False,
        "live": wanted.since is None,
        "patterns": [],
        "binding": [],
        "fitted_version": 0,
        "created_at": at,
        "created_by": by,
        "version": 1,
    }
    try:
        added = insert(subscriptions).values(**row, change=NEXT_CHANGE).returning(subscriptions)
        made: AnyRow = (await connection.execute(added)).one()
    except IntegrityError:
        raise SubscriptionError(f"{wanted.department} has a subscription {wanted.name} already") from None
    if wanted.since is not None:
        again = Again(since=wanted.since, per_s=wanted.per_s)
        await begin(connection, made, again, replay_id=replay_id, goes_live=True, by=by, at=at)
    return made


async def change(
    connection: AsyncConnection,
    subscription_id: UUID,
    changes: Mapping[str, Any],
    *,
    versions: frozenset[int] | None,
    district: KnownDistrict,
    moved: bool = False,
) -> AnyRow:
    """Let a subscription ask for something else from now on; ``changes`` are fields of its filter, and ``grants``.

    ``moved`` counts as a change: its webhook has another URL.

    Raises:
        UnknownSubscriptionError, StaleSubscriptionError, FilterError: as they say.
        SubscriptionError: it is one of the district's files, or closed.
    """
    row = await _changeable(connection, subscription_id, versions)
    before = filter_of(row)
    asked = before.changed({name: value for name, value in changes.items() if name != "grants"})
    grants = changes.get("grants", row.grants)
    require_known(asked, row.department, district, grants)
    if asked == before and set(grants) == set(row.grants) and not moved:
        return row
    new = {**columns_of(asked), "grants": list(grants), "version": row.version + 1, "change": NEXT_CHANGE}
    changed = update(subscriptions).where(subscriptions.c.id == row.id).values(new).returning(subscriptions)
    after: AnyRow = (await connection.execute(changed)).one()
    return after


async def close(
    connection: AsyncConnection, subscription_id: UUID, *, versions: frozenset[int] | None, at: datetime
) -> None:
    """End a subscription: nothing new reaches its queue, which keeps what it has; its replays end.

    Raises:
        The same as `change`.
    """
    row = await _changeable(connection, subscription_id, versions)
    ended = {"closed_at": at, "version": row.version + 1, "change": NEXT_CHANGE}
    await connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(ended))
    of_it = (replays.c.subscription_id == row.id, replays.c.state.in_(("running", "paused")))
    cancelled = {"state": "cancelled", "ended_at": at, "reason": "the subscription was closed"}
    await connection.execute(update(replays).where(*of_it).values(cancelled))


async def preview(
    connection: AsyncConnection,
    asked: Filter,
    *,
    department: str,
    grants: Collection[str],
    district: KnownDistrict,
    at: datetime,
) -> Counter[str]:
    """Return by event type how much a subscription would have received in the `PREVIEWED` time.

    Raises:
        FilterError: it asks for what there is not, or needs a grant.
    """
    require_known(asked, department, district, grants)
    receivers = Receivers({department: patterns_of(asked, department, district, grants)})
    same = (events.c.type, events.c.category, events.c.area, events.c.addressed)
    query = select(*same, func.count().label("amount")).where(events.c.made_at > at - PREVIEWED).group_by(*same)
    heard: Counter[str] = Counter()
    for row in (await connection.execute(query)).all():
        if receivers.of(_keys(row)):
            heard[row.type] += row.amount
    return heard


def _keys(row: AnyRow) -> list[str]:
    subject, event = row.type.split(".")[1:3]
    own = f"{subject}.{event}.{row.category}.{row.area.replace('/', '.')}"
    return [own, *(f"{addressed_to(one)}.{subject}.{event}" for one in row.addressed)]


async def _changeable(connection: AsyncConnection, subscription_id: UUID, versions: frozenset[int] | None) -> AnyRow:
    # Before the row: whoever fits bindings takes the two in this order.
    await lock(connection)
    query = select(subscriptions).where(subscriptions.c.id == subscription_id).with_for_update()
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownSubscriptionError
    if versions is not None and row.version not in versions:
        raise StaleSubscriptionError(row.version)
    if row.seeded:
        raise SubscriptionError("the district's files decide what this subscription asks for")
    if row.closed_at is not None:
        raise SubscriptionError("the subscription is closed")
    return row
