"""The read side of notify."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.frequencies import Frequency
from notify.domain.preferences import INBOX, About, Preference
from notify.tables import (
    DEAD,
    UTC,
    WAITING,
    credentials,
    deliveries,
    events,
    messages,
    outgoing,
    preferences,
    replays,
    subscriptions,
    untold,
    webhooks,
)

LAST_REPLAYS = 100

AnyRow = Row[*tuple[Any, ...]]


SHOWN: Mapping[str, ColumnElement[bool]] = {
    "open": messages.c.archived_at.is_(None),
    "unread": messages.c.read_at.is_(None),
    "archived": messages.c.archived_at.is_not(None),
}
"""What an inbox can be asked for."""


async def inbox_of(
    connection: AsyncConnection, whose: Sequence[str], *, show: str, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of some recipients' messages, newest first; ``after`` is the last id of the page before."""
    query = select(messages).where(messages.c.recipient.in_(whose), SHOWN[show])
    if after is not None:
        query = query.where(messages.c.id < after)
    return (await connection.execute(query.order_by(messages.c.id.desc()).limit(limit))).all()


async def was_told(connection: AsyncConnection, recipient: str) -> bool:
    """Tell whether somebody was ever told anything."""
    told = select(messages.c.id).where(messages.c.recipient == recipient).limit(1)
    return await connection.scalar(told) is not None


async def count_unread(connection: AsyncConnection, whose: Sequence[str]) -> int:
    """Return how many messages of some recipients are unread."""
    query = select(func.count()).where(messages.c.recipient.in_(whose), messages.c.read_at.is_(None))
    return await connection.scalar(query) or 0


async def left_between(
    connection: AsyncConnection, whose: Sequence[str], *, after: int, until: int, limit: int
) -> Sequence[AnyRow]:
    """Return the first of some recipients' messages with places from above ``after`` to ``until``, in their order."""
    query = select(messages).where(messages.c.recipient.in_(whose), messages.c.place > after, messages.c.place <= until)
    return (await connection.execute(query.order_by(messages.c.place).limit(limit))).all()


async def preferences_of(connection: AsyncConnection, whose: Collection[str]) -> Mapping[str, Sequence[Preference]]:
    """Return what some recipients want to hear of, by recipient, as they said it."""
    if not whose:
        return {}
    found: dict[str, list[Preference]] = {}
    for row in (await connection.execute(_PREFERENCES, {"whose": list(whose)})).all():
        about = About(row.issue_id, row.area)
        wish = Preference(about, row.event, row.channel, row.muted, Frequency(row.frequency))
        found.setdefault(row.recipient, []).append(wish)
    return found


_PREFERENCES = (
    select(preferences)
    .where(preferences.c.recipient == any_(bindparam("whose", type_=ARRAY(Text))))
    .order_by(preferences.c.id)
)
"""Made once: it is asked for each event, and to make it takes as long as to ask it."""


async def told_of(
    connection: AsyncConnection, *, issue_id: UUID | None, whose: Sequence[str] | None, limit: int
) -> Sequence[AnyRow]:
    """Return what was to be told of an issue, to some recipients, or of an issue to some: the newest first."""
    left = select(
        messages.c.event_id,
        messages.c.issue_id,
        messages.c.recipient,
        messages.c.template,
        literal(INBOX).label("channel"),
        messages.c.params["area"].astext.label("area"),
        case(
            (messages.c.archived_at.is_not(None), "archived"), (messages.c.read_at.is_not(None), "read"), else_="told"
        ).label("state"),
        null().label("reason"),
        messages.c.told_at.label("at"),
        messages.c.id.label("message_id"),
        cast(null(), UTC).label("expected_at"),
        cast(null(), Text).label("detail"),
    )
    kept_back = select(
        untold.c.event_id,
        untold.c.issue_id,
        untold.c.recipient,
        untold.c.template,
        untold.c.channel,
        untold.c.area,
        literal("untold"),
        untold.c.reason,
        untold.c.at,
        null(),
        cast(null(), UTC),
        cast(null(), Text),
    )
    outside = _outside()
    if issue_id is not None:
        left, kept_back = left.where(messages.c.issue_id == issue_id), kept_back.where(untold.c.issue_id == issue_id)
        outside = outside.where(outgoing.c.issue_id == issue_id)
    if whose is not None:
        left, kept_back = left.where(messages.c.recipient.in_(whose)), kept_back.where(untold.c.recipient.in_(whose))
        outside = outside.where(outgoing.c.owner.in_(whose))
    told = union_all(left, kept_back, outside).subquery()
    return (await connection.execute(select(told).order_by(told.c.at.desc(), told.c.event_id).limit(limit))).all()


def _outside() -> Select[*tuple[Any, ...]]:
    """Return what is told outside of the app; what was merged is as its digest is."""
    digest = outgoing.alias("digest")
    state = func.coalesce(digest.c.state, outgoing.c.state)
    waits = state.in_(("waiting", "gathering", "sending"))
    return (
        select(
            outgoing.c.event_id,
            outgoing.c.issue_id,
            outgoing.c.recipient,
            outgoing.c.template,
            outgoing.c.channel,
            outgoing.c.area,
            case((waits, "waiting"), (state == "skipped", "untold"), else_=state),
            outgoing.c.reason,
            func.coalesce(digest.c.settled_at, outgoing.c.settled_at, outgoing.c.planned_at),
            null(),
            case((waits, func.coalesce(digest.c.next_attempt_at, outgoing.c.next_attempt_at, outgoing.c.not_before))),
            func.coalesce(digest.c.detail, outgoing.c.detail),
        )
        .join(digest, digest.c.id == outgoing.c.digest_id, isouter=True)
        .where(outgoing.c.event_id.is_not(None))
    )


async def list_subscriptions(connection: AsyncConnection, *, department: str | None) -> Sequence[AnyRow]:
    """Return the subscriptions of a department, or all, with what waits for each and what it gave up."""
    query = _subscriptions().order_by(subscriptions.c.department, subscriptions.c.name)
    if department is not None:
        query = query.where(subscriptions.c.department == department)
    return (await connection.execute(query)).all()


async def subscription(connection: AsyncConnection, subscription_id: UUID) -> AnyRow | None:
    """Return a subscription."""
    return (await connection.execute(_subscriptions().where(subscriptions.c.id == subscription_id))).one_or_none()


def _subscriptions() -> Select[*tuple[Any, ...]]:
    of_webhook = (webhooks.c.url, webhooks.c.failing_since, webhooks.c.disabled_at, webhooks.c.disabled_reason)
    its = select(func.count()).where(deliveries.c.subscription_id == subscriptions.c.id)
    counts = (its.where(WAITING).scalar_subquery().label("waiting"), its.where(DEAD).scalar_subquery().label("dead"))
    return select(subscriptions, *of_webhook, *counts).join(webhooks, isouter=True)


async def webhook(connection: AsyncConnection, subscription_id: UUID) -> AnyRow | None:
    """Return what is posted where for a subscription; None for one that has a queue."""
    query = select(webhooks).where(webhooks.c.subscription_id == subscription_id)
    return (await connection.execute(query)).one_or_none()


async def list_replays(connection: AsyncConnection, subscription_id: UUID) -> Sequence[AnyRow]:
    """Return the last replays of a subscription, newest first."""
    query = select(replays).where(replays.c.subscription_id == subscription_id)
    return (await connection.execute(query.order_by(replays.c.id.desc()).limit(LAST_REPLAYS))).all()


async def list_deliveries(
    connection: AsyncConnection, subscription_id: UUID, *, state: str | None, after: int | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of a subscription's ledger with the events, newest first; ``after`` is the last place before."""
    query = (
        select(deliveries, events.c.type, events.c.category, events.c.area, events.c.made_at)
        .join(events, events.c.id == deliveries.c.event_id)
        .where(deliveries.c.subscription_id == subscription_id)
        .order_by(deliveries.c.place.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(deliveries.c.state == state)
    if after is not None:
        query = query.where(deliveries.c.place < after)
    return (await connection.execute(query)).all()


async def unread(connection: AsyncConnection, subscription_id: UUID) -> tuple[int, datetime | None]:
    """Return how much waits for a subscription, and since when."""
    query = select(func.count(), func.min(deliveries.c.queued_at)).where(
        deliveries.c.subscription_id == subscription_id, WAITING
    )
    row = (await connection.execute(query)).one()
    return row[0], row[1]


async def event(connection: AsyncConnection, event_id: UUID) -> AnyRow | None:
    """Return what is known of an event."""
    return (await connection.execute(select(events).where(events.c.id == event_id))).one_or_none()


async def list_receivers(connection: AsyncConnection, event_id: UUID) -> Sequence[AnyRow]:
    """Return the subscriptions that an event was queued for, and what became of it."""
    query = (
        select(deliveries, subscriptions.c.department, subscriptions.c.name)
        .join(subscriptions, subscriptions.c.id == deliveries.c.subscription_id)
        .where(deliveries.c.event_id == event_id)
        .order_by(subscriptions.c.department, subscriptions.c.name)
    )
    return (await connection.execute(query)).all()


async def list_credentials(
    connection: AsyncConnection, department: str, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of what a department was given, newest first, also what has ended."""
    query = select(credentials).where(credentials.c.department == department, credentials.c.given_at.is_not(None))
    if after is not None:
        query = query.where(credentials.c.id < after)
    return (await connection.execute(query.order_by(credentials.c.id.desc()).limit(limit))).all()


async def credential_by_id(connection: AsyncConnection, credential_id: UUID) -> AnyRow | None:
    """Return one of the credentials, of whichever department."""
    return (await connection.execute(select(credentials).where(credentials.c.id == credential_id))).one_or_none()


async def due_credentials(
    connection: AsyncConnection, *, at: datetime, department: str | None = None
) -> Sequence[AnyRow]:
    """Return what should have ended by ``at`` and has not, of one department or of all, the longest due first."""
    query = select(credentials).where(credentials.c.revoked_at.is_(None), credentials.c.expires_at <= at)
    if department is not None:
        query = query.where(credentials.c.department == department)
    return (await connection.execute(query.order_by(credentials.c.expires_at))).all()
