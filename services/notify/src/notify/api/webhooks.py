"""Webhooks: another secret, another try, and a test."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Response

from linli.chassis.database import Transaction, connected
from linli.chassis.district import DistrictInTransaction
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from notify import queries, usecases
from notify.api.stream_schemas import SubscriptionRead
from notify.api.subscriptions import Own, Reader, own, reread
from notify.api.webhook_schemas import Rotate, SecretRead, TestRead
from notify.posting import Destinations
from notify.streams import filter_of
from notify.trial import try_out
from notify.usecases import NotAWebhookError
from notify.webhook_secrets import WebhookSecrets

router = APIRouter(prefix="/v1/subscriptions/{subscription_id}/webhook", tags=["webhooks"])


@router.post("/rotate")
async def rotate_secret(
    row: Own,
    connection: Transaction,
    runtime: CurrentRuntime,
    body: Annotated[Rotate, Body(default_factory=Rotate)],
) -> SecretRead:
    """Make a new secret. Until the overlap ends everything is signed with the present one too."""
    overlap = timedelta(hours=body.overlap_h)
    secret, until = await usecases.rotate_secret(connection, row.id, runtime.extra(WebhookSecrets), overlap=overlap)
    return SecretRead(secret=secret, former_until=until)


@router.post("/enable")
async def enable_webhook(
    row: Own,
    connection: Transaction,
    response: Response,
    district: DistrictInTransaction,
    language: Language,
) -> SubscriptionRead:
    """Post what waits at once, as often as at first; also to a receiver that was disabled."""
    await usecases.enable_webhook(connection, row.id)
    return await reread(connection, row.id, response, district, language)


@router.post("/test")
async def test_webhook(subscription_id: UUID, reader: Reader, runtime: CurrentRuntime, now: Now) -> TestRead:
    """Post a test event now and say what came of it; nothing is noted, and nothing waits for it."""
    # No connection is held while the receiver takes its time.
    async with connected(runtime.engine) as connection:
        row = await own(connection, subscription_id, reader)
        webhook = await queries.webhook(connection, row.id)
    if webhook is None:
        raise NotAWebhookError
    tried = await try_out(
        webhook,
        filter_of(row),
        event_id=runtime.new_id(),
        secrets=runtime.extra(WebhookSecrets),
        destinations=runtime.extra(Destinations),
        at=now,
    )
    return TestRead.model_validate(tried)
