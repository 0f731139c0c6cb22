"""What can be done to replays: one function per command, each within the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from notify.queries import AnyRow
from notify.tables import events, idempotency_keys, replays, subscriptions

FASTEST = 5000
"""Events a second, at most."""


class UnknownSubscriptionError(Exception):
    """There is no such subscription."""


class SubscriptionError(Exception):
    """The subscription does not allow that: the message says why."""


class UnknownReplayError(Exception):
    """There is no such replay."""


class UnknownEventError(Exception):
    """Nothing is known of such an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What is to be sent again: what was made in a period, or one event."""

    since: datetime
    until: datetime | None = None
    event_id: UUID | None = None
    per_s: int


async def replay(
    connection: AsyncConnection,
    subscription_id: UUID,
    again: Again,
    *,
    replay_id: UUID,
    by: str,
    at: datetime,
    key: IdempotencyKey | None = None,
) -> AnyRow:
    """Send to a subscription again what it asks for; with a key that was seen before, return the replay of then.

    Raises:
        UnknownSubscriptionError: there is no such subscription.
        SubscriptionError: it is closed, or not live yet.
        ProblemError: the key came with another body before.
    """
    scope = f"replay:{subscription_id}:{again.event_id}:{by}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=replay_id)
    if first != replay_id:
        return (await connection.execute(select(replays).where(replays.c.id == first))).one()
    query = select(subscriptions).where(subscriptions.c.id == subscription_id).with_for_update()
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownSubscriptionError
    if row.closed_at is not None:
        raise SubscriptionError("the subscription is closed")
    if not row.live:
        raise SubscriptionError("the subscription is still on its way from its start to the present")
    await begin(connection, row, again, replay_id=replay_id, goes_live=False, by=by, at=at)
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


async def begin(
    connection: AsyncConnection,
    subscription: AnyRow,
    again: Again,
    *,
    replay_id: UUID,
    goes_live: bool,
    by: str,
    at: datetime,
) -> None:
    """Begin a replay: some worker takes it up. With ``goes_live`` the subscription begins with it."""
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
        "state": "running",
        "position": again.since,
        "sent": 0,
    }
    await connection.execute(insert(replays).values(row))
