"""What can be done to subscriptions: one function per command, each within the caller's transaction."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import addressed_to
from linli.district.known import KnownDistrict
from linli.messaging.topology import department_queue
from notify.domain.filters import Filter, FilterError, patterns_of, require_known
from notify.domain.receivers import Receivers
from notify.replaying import insert_replay
from notify.streams import AMQP, NEXT_CHANGE, SEEDED, columns_of, filter_of, lock
from notify.tables import events, replays, subscriptions

PREVIEWED = timedelta(days=7)
FASTEST = 5000
"""Events a second of a replay, at most."""

AnyRow = Row[*tuple[Any, ...]]


class UnknownSubscriptionError(Exception):
    """There is no such subscription."""


class UnknownReplayError(Exception):
    """There is no such replay."""


class UnknownEventError(Exception):
    """Nothing is known of such an event."""


class SubscriptionError(Exception):
    """The subscription does not allow that: the message says why."""


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
    asked: Filter
    grants: tuple[str, ...]
    since: datetime | None
    per_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What is to be sent again: what was made in a period, or one event."""

    since: datetime
    until: datetime | None = None
    event_id: UUID | None = None
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
        "transport": AMQP,
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
        await _begin(connection, made, again, replay_id=replay_id, goes_live=True, by=by, at=at)
    return made


async def change(
    connection: AsyncConnection,
    subscription_id: UUID,
    *,
    asked: Filter,
    grants: Collection[str],
    versions: frozenset[int] | None,
    district: KnownDistrict,
) -> AnyRow:
    """Let a subscription ask for something else from now on.

    Raises:
        UnknownSubscriptionError, StaleSubscriptionError, FilterError: as they say.
        SubscriptionError: it is one of the district's files, or closed.
    """
    await lock(connection)
    row = await changeable(connection, subscription_id, versions)
    require_known(asked, row.department, district, grants)
    same = asked == filter_of(row) and set(grants) == set(row.grants)
    if same:
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
    await lock(connection)
    row = await changeable(connection, subscription_id, versions)
    ended = {"closed_at": at, "version": row.version + 1, "change": NEXT_CHANGE}
    await connection.execute(update(subscriptions).where(subscriptions.c.id == row.id).values(ended))
    of_it = (replays.c.subscription_id == row.id, replays.c.state.in_(("running", "paused")))
    cancelled = {"state": "cancelled", "ended_at": at, "reason": "the subscription was closed"}
    await connection.execute(update(replays).where(*of_it).values(cancelled))


async def changeable(
    connection: AsyncConnection, subscription_id: UUID, versions: frozenset[int] | None = None
) -> AnyRow:
    """Return a subscription that the API may change, locked.

    Raises:
        The same as `change`, without FilterError.
    """
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


async def replay(
    connection: AsyncConnection, subscription_id: UUID, again: Again, *, replay_id: UUID, by: str, at: datetime
) -> AnyRow:
    """Send to a subscription again what it asks for.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
        SubscriptionError: it is closed, or does not end before a replay of it has.
    """
    query = select(subscriptions).where(subscriptions.c.id == subscription_id).with_for_update()
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownSubscriptionError
    if row.closed_at is not None:
        raise SubscriptionError("the subscription is closed")
    if not row.live:
        raise SubscriptionError("the subscription is still on its way from its start to the present")
    await _begin(connection, row, again, replay_id=replay_id, goes_live=False, by=by, at=at)
    return (await connection.execute(select(replays).where(replays.c.id == replay_id))).one()


async def change_replay(
    connection: AsyncConnection,
    subscription_id: UUID,
    replay_id: UUID,
    *,
    state: str | None,
    per_s: int | None,
    at: datetime,
) -> AnyRow:
    """Pause a replay, let it go on, cancel it, or change its rate.

    Raises:
        UnknownReplayError: there is no such replay.
        SubscriptionError: it has ended.
    """
    own = (replays.c.id == replay_id, replays.c.subscription_id == subscription_id)
    row: AnyRow | None = (await connection.execute(select(replays).where(*own).with_for_update())).one_or_none()
    if row is None:
        raise UnknownReplayError
    if row.state not in ("running", "paused"):
        raise SubscriptionError(f"the replay is {row.state}")
    if state == "cancelled" and row.goes_live:
        raise SubscriptionError("the subscription begins with this replay: close the subscription instead")
    values: dict[str, Any] = {"state": state or row.state, "per_s": per_s or row.per_s}
    if state == "cancelled":
        values["ended_at"] = at
    changed = update(replays).where(replays.c.id == replay_id).values(values).returning(replays)
    after: AnyRow = (await connection.execute(changed)).one()
    return after


async def made_of(connection: AsyncConnection, event_id: UUID) -> datetime:
    """Return when an event was made.

    Raises:
        UnknownEventError: nothing is known of it.
    """
    made: datetime | None = await connection.scalar(select(events.c.made_at).where(events.c.id == event_id))
    if made is None:
        raise UnknownEventError
    return made


async def _begin(
    connection: AsyncConnection,
    subscription: AnyRow,
    again: Again,
    *,
    replay_id: UUID,
    goes_live: bool,
    by: str,
    at: datetime,
) -> None:
    row = {
        "id": replay_id,
        "subscription_id": subscription.id,
        "since": again.since,
        "until": again.until,
        "event_id": again.event_id,
        "goes_live": goes_live,
        "per_s": again.per_s,
        "created_at": at,
        "created_by": by,
    }
    await insert_replay(connection, row)


def _keys(row: AnyRow) -> list[str]:
    subject, event = row.type.split(".")[1:3]
    own = f"{subject}.{event}.{row.category}.{row.area.replace('/', '.')}"
    return [own, *(f"{addressed_to(one)}.{subject}.{event}" for one in row.addressed)]
