"""What can be done to webhooks: one function per command, each within the caller's transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cipher import UnreadableError
from notify.queries import AnyRow
from notify.sending import LEASE
from notify.tables import deliveries, subscriptions, webhooks
from notify.usecases.replays import SubscriptionError
from notify.webhook_secrets import WebhookSecrets


class NotAWebhookError(Exception):
    """The subscription has a queue, and no webhook."""


async def add_webhook(connection: AsyncConnection, subscription_id: UUID, url: str, secrets: WebhookSecrets) -> str:
    """Let the events of a new subscription be posted; return the secret that its receiver verifies them with.

    Raises:
        WebhooksOffError: there is no key to keep it with.
    """
    secret = secrets.new(subscription_id)
    row = {"subscription_id": subscription_id, "url": url, "secret": secret.stored}
    await connection.execute(insert(webhooks).values(row))
    return secret.shown


async def rotate_secret(
    connection: AsyncConnection, subscription_id: UUID, secrets: WebhookSecrets, *, overlap: timedelta
) -> tuple[str, datetime]:
    """Return a new secret, and until when the present one, if it can be read, signs too.

    Raises:
        NotAWebhookError, SubscriptionError: there is nothing to sign, or it is closed.
        WebhooksOffError: there is no key to keep it with.
    """
    row = await _locked(connection, subscription_id)
    secret = secrets.new(subscription_id)
    former = row.secret if _readable(subscription_id, row.secret, secrets) else None
    rotated = {"secret": secret.stored, "former_secret": former, "former_until": func.now() + overlap}
    done = _its(subscription_id).values(rotated).returning(webhooks.c.former_until)
    return secret.shown, (await connection.execute(done)).scalar_one()


async def enable_webhook(connection: AsyncConnection, subscription_id: UUID) -> None:
    """Send what waits at once, as often as at first, also where the receiver was disabled.

    Raises:
        NotAWebhookError, SubscriptionError: nothing is posted there, or it is closed.
    """
    await _locked(connection, subscription_id)
    good = {"disabled_at": None, "disabled_reason": None, "failing_since": None, "not_before": None}
    await connection.execute(_its(subscription_id).values(good))
    # What is due within a lease may be in somebody's hands; it comes soon by itself.
    idle = (deliveries.c.subscription_id == subscription_id, deliveries.c.next_at > func.now() + LEASE)
    await connection.execute(update(deliveries).where(*idle).values(attempts=0, next_at=func.now()))


async def move_webhook(connection: AsyncConnection, subscription_id: UUID, url: str) -> None:
    """Send to another URL from now on.

    Raises:
        NotAWebhookError, SubscriptionError: nothing is posted there, or it is closed.
    """
    await _locked(connection, subscription_id)
    await connection.execute(_its(subscription_id).values(url=url))


def _readable(subscription_id: UUID, stored: bytes, secrets: WebhookSecrets) -> bool:
    try:
        secrets.read(subscription_id, stored)
    except UnreadableError:
        return False
    return True


async def _locked(connection: AsyncConnection, subscription_id: UUID) -> AnyRow:
    query = select(webhooks, subscriptions.c.closed_at).join(subscriptions).with_for_update()
    row: AnyRow | None = (await connection.execute(query.where(subscriptions.c.id == subscription_id))).one_or_none()
    if row is None:
        raise NotAWebhookError
    if row.closed_at is not None:
        raise SubscriptionError("the subscription is closed")
    return row


def _its(subscription_id: UUID) -> Update:
    return update(webhooks).where(webhooks.c.subscription_id == subscription_id)
