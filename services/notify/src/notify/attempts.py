"""One attempt to post an event, and what is noted of it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cipher import UnreadableError
from notify.domain.webhooks import GIVE_UP_AFTER, is_delivered, is_gone, retry_after, wait_after
from notify.posting import Answer, AnswerTimeoutError, ForbiddenAddressError, Poster, PostError
from notify.queries import AnyRow
from notify.tables import deliveries, webhooks
from notify.webhook_secrets import WebhookSecrets, signed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Due:
    """An event that this process has to itself until ``lease``."""

    subscription_id: UUID
    event_id: UUID
    attempts: int
    lease: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: ``kind`` for the metrics, ``reason`` for whoever reads the ledger; None: delivered."""

    kind: str
    reason: str | None
    took_s: float
    answer: Answer | None = None
    asked: timedelta | None = None

    @property
    def status(self) -> int | None:
        """What the receiver answered, if it did."""
        return None if self.answer is None else self.answer.status


async def attempt(poster: Poster, webhook: AnyRow, event_id: UUID, body: bytes, secrets: WebhookSecrets) -> Outcome:
    """Post an event once.

    Raises:
        WebhooksOffError: there is no key, so nothing can be signed.
    """
    began, now = monotonic(), datetime.now(UTC)
    try:
        headers = signed(str(event_id), body, _keys(webhook, secrets, now), now)
        answer = await poster.post(webhook.url, body, headers)
    except UnreadableError:
        return Outcome("unsigned", "its secret was encrypted with another key", 0.0)
    except PostError as error:
        return Outcome(_KINDS.get(type(error), "unreachable"), str(error), monotonic() - began)
    if is_delivered(answer.status):
        return Outcome("delivered", None, answer.took_s, answer)
    asked = retry_after(answer.retry_after, now)
    return Outcome("refused", f"it answered {answer.status}", answer.took_s, answer, asked)


async def note_delivered(connection: AsyncConnection, delivered: Sequence[Due]) -> None:
    """Note events that were delivered, all with one statement, and that their receivers work."""
    columns = {
        "subscriptions": [one.subscription_id for one in delivered],
        "events": [one.event_id for one in delivered],
        "leases": [one.lease for one in delivered],
    }
    await connection.execute(_DELIVERED, columns)
    await connection.execute(_WORK, {"subscriptions": list({one.subscription_id for one in delivered})})


async def note_failed(connection: AsyncConnection, webhook: AnyRow, due: Due, outcome: Outcome) -> None:
    """Note an attempt that failed: of the event, unless somebody else has it by now, and of the receiver."""
    await _note_event(connection, due, outcome)
    await _note_receiver(connection, webhook, outcome)


def _keys(webhook: AnyRow, secrets: WebhookSecrets, now: datetime) -> list[bytes]:
    """Return what is signed with: the secret and, while a rotation lasts, the one before it.

    Raises:
        UnreadableError, WebhooksOffError: as they say.
    """
    rotating = webhook.former_secret is not None and webhook.former_until > now
    stored = [webhook.secret, webhook.former_secret] if rotating else [webhook.secret]
    return [secrets.read(webhook.subscription_id, one) for one in stored]


async def _note_event(connection: AsyncConnection, due: Due, outcome: Outcome) -> None:
    attempts = due.attempts + 1
    noted: dict[str, Any] = {"attempts": attempts, "reason": outcome.reason}
    if (wait := wait_after(attempts, outcome.asked, random.random())) is not None:  # noqa: S311 - jitter, not a secret
        noted |= {"state": "failed", "next_at": func.now() + wait}
    else:
        noted |= {"state": "dead", "settled_at": func.now(), "next_at": None}
    # Who lost the lease, or was overtaken by a replay, has nothing to say any more.
    mine = (
        deliveries.c.subscription_id == due.subscription_id,
        deliveries.c.event_id == due.event_id,
        deliveries.c.next_at == due.lease,
    )
    await connection.execute(update(deliveries).where(*mine).values(noted))


async def _note_receiver(connection: AsyncConnection, webhook: AnyRow, outcome: Outcome) -> None:
    its = update(webhooks).where(webhooks.c.subscription_id == webhook.subscription_id)
    failing: dict[str, Any] = {"failing_since": func.coalesce(webhooks.c.failing_since, func.now())}
    if outcome.asked is not None:
        failing["not_before"] = func.now() + outcome.asked
    noted = await connection.execute(its.values(failing).returning(webhooks.c.failing_since))
    since: datetime = noted.scalar_one()
    reason = _why_disabled(outcome, since)
    if reason is not None:
        disabled = its.where(webhooks.c.disabled_at.is_(None)).values(disabled_at=func.now(), disabled_reason=reason)
        await connection.execute(disabled)
        log.warning("webhook disabled", queue=webhook.queue, reason=reason)


def _why_disabled(outcome: Outcome, failing_since: datetime) -> str | None:
    if outcome.status is not None and is_gone(outcome.status):
        return "the receiver answered 410: it wants nothing more"
    if failing_since < datetime.now(UTC) - GIVE_UP_AFTER:
        return f"nothing could be delivered for {GIVE_UP_AFTER.days} days"
    return None


# Nobody is waited for, so that no two statements can wait for each other. Who holds a row of the ledger is a replay
# that has overtaken this attempt; who holds one of a receiver notes something now, and the next delivery notes this.
_DELIVERED = text("""
    with mine as (
        select subscription_id, event_id
        from deliveries
        join unnest(
            cast(:subscriptions as uuid[]), cast(:events as uuid[]), cast(:leases as timestamptz[])
        ) as delivered(subscription_id, event_id, next_at) using (subscription_id, event_id, next_at)
        for update of deliveries skip locked
    )
    update deliveries
    set state = 'delivered', attempts = attempts + 1, reason = null, settled_at = now(), next_at = null
    from mine
    where deliveries.subscription_id = mine.subscription_id and deliveries.event_id = mine.event_id
""")
_WORK = text("""
    with failing as (
        select subscription_id
        from webhooks
        where subscription_id = any(:subscriptions) and failing_since is not null
        for update skip locked
    )
    update webhooks set failing_since = null from failing where webhooks.subscription_id = failing.subscription_id
""")
_KINDS: dict[type[PostError], str] = {ForbiddenAddressError: "forbidden", AnswerTimeoutError: "late"}
