"""The departments' subscriptions: begin, try, change, end."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Principal, require
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency, claim_key
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now, Runtime
from linli.district.known import KnownDistrict
from notify import queries, usecases
from notify.api.problems import not_found
from notify.api.stream_schemas import (
    Change,
    Preview,
    PreviewRead,
    Start,
    Subscribe,
    SubscriptionMade,
    SubscriptionRead,
)
from notify.archive import Archive
from notify.domain.filters import Filter, FilterError
from notify.domain.webhooks import require_url, without_query
from notify.posting import Destinations
from notify.queries import AnyRow
from notify.replaying import Replayer
from notify.streams import WEBHOOK, Streams
from notify.tables import idempotency_keys
from notify.webhook_secrets import WebhookSecrets

router = APIRouter(prefix="/v1/subscriptions", tags=["subscriptions"])

Platform = Annotated[Principal, Depends(require("platform"))]
READERS = ("staff", "supervisor", "platform", "department")
Reader = Annotated[Principal, Depends(require(*READERS))]


@router.get("")
async def list_subscriptions(
    reader: Reader, connection: Reading, district: CurrentDistrict, language: Language
) -> list[SubscriptionRead]:
    """List the event streams that the caller may see, and what waits in them; a department sees its own."""
    rows = await queries.list_subscriptions(connection, department=only(reader))
    return [shown(row, district, language) for row in rows]


@router.post("/preview")
async def preview_subscription(
    body: Preview, reader: Reader, connection: Reading, district: CurrentDistrict, now: Now
) -> PreviewRead:
    """Say how much a subscription would have received in the last seven days."""
    if only(reader) not in (None, body.department):
        raise not_found("department")
    heard = await usecases.preview(
        connection, _filter(body), department=body.department, grants=body.grants, district=district, at=now
    )
    return PreviewRead(count=heard.total(), types=dict(sorted(heard.items())))


@router.post("", status_code=status.HTTP_201_CREATED, responses={201: ETAG_HEADER[200]})
async def subscribe(
    body: Subscribe,
    request: Request,
    response: Response,
    platform: Platform,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    language: Language,
    key: Idempotency,
) -> SubscriptionMade:
    """Begin a subscription. Its events come from the start that is asked for, which may lie in the past."""
    _check_url(body, runtime)
    subscription_id = runtime.new_id()
    subscription_id = await claim_key(
        connection, idempotency_keys, key, scope=f"subscribe:{platform.subject}", resource_id=subscription_id
    )
    secret = None
    if await queries.subscription(connection, subscription_id) is None:
        wanted = usecases.Wanted(
            department=body.department,
            name=body.name,
            transport=body.transport,
            asked=_filter(body),
            grants=body.grants,
            since=await _since(connection, body.start, runtime.extra(Archive), now),
            per_s=body.per_s,
        )
        await usecases.subscribe(
            connection,
            wanted,
            subscription_id=subscription_id,
            replay_id=runtime.new_id(),
            district=district,
            by=platform.subject,
            at=now,
        )
        if body.url is not None:
            secret = await usecases.add_webhook(connection, subscription_id, body.url, runtime.extra(WebhookSecrets))
    _wake(request, runtime)
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/subscriptions/{subscription_id}"
    read = await reread(connection, subscription_id, response, district, language)
    return SubscriptionMade(**read.model_dump(), secret=secret)


@router.get("/{subscription_id}", responses=ETAG_HEADER)
async def read_subscription(
    subscription_id: UUID,
    reader: Reader,
    connection: Reading,
    response: Response,
    district: CurrentDistrict,
    language: Language,
) -> SubscriptionRead:
    """Show a subscription."""
    row = await visible(connection, subscription_id, reader)
    set_etag(response, row.version)
    return shown(row, district, language)


@router.patch("/{subscription_id}", responses=ETAG_HEADER)
async def change_subscription(
    subscription_id: UUID,
    body: Change,
    request: Request,
    response: Response,
    _: Platform,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    language: Language,
    versions: SeenVersions,
) -> SubscriptionRead:
    """Let a subscription ask for something else, or be posted elsewhere, from now on; what waits stays."""
    changes = body.model_dump(exclude_none=True, exclude={"url"})
    moved = body.url is not None
    await usecases.change(connection, subscription_id, changes, versions=versions, district=district, moved=moved)
    if body.url is not None:
        require_url(body.url, plain=_allows_plain(runtime))
        await usecases.move_webhook(connection, subscription_id, body.url)
    _wake(request, runtime)
    return await reread(connection, subscription_id, response, district, language)


@router.delete("/{subscription_id}", status_code=status.HTTP_204_NO_CONTENT)
async def close_subscription(
    subscription_id: UUID,
    request: Request,
    _: Platform,
    connection: Transaction,
    runtime: CurrentRuntime,
    now: Now,
    versions: SeenVersions,
) -> None:
    """End a subscription: nothing new reaches it; a queue keeps what it has until it is read."""
    await usecases.close(connection, subscription_id, versions=versions, at=now)
    _wake(request, runtime)


def only(reader: Principal) -> str | None:
    """Return the department whose subscriptions alone the caller may see; None for all."""
    return None if reader.has_role("staff", "supervisor", "platform") else reader.department or ""


async def visible(connection: AsyncConnection, subscription_id: UUID, reader: Principal) -> AnyRow:
    """Return a subscription that the caller may see.

    Raises:
        ProblemError: 404; also for one of another department, of which nothing is told.
    """
    row = await queries.subscription(connection, subscription_id)
    if row is None or only(reader) not in (None, row.department):
        raise not_found("subscription")
    return row


async def own(connection: AsyncConnection, subscription_id: UUID, reader: Principal) -> AnyRow:
    """Return a subscription that the caller may have filled again, or change the webhook of.

    Raises:
        ProblemError: 404; also for one that the caller may only look at.
    """
    row = await visible(connection, subscription_id, reader)
    # Staff look; what a department receives is its own business and that of the platform.
    if not reader.has_role("platform") and reader.department != row.department:
        raise not_found("subscription")
    return row


async def _own(subscription_id: UUID, reader: Reader, connection: Transaction) -> AnyRow:
    return await own(connection, subscription_id, reader)


Own = Annotated[AnyRow, Depends(_own)]
"""A subscription that the caller may have filled again, or change the webhook of."""


def _check_url(body: Subscribe, runtime: Runtime) -> None:
    if body.transport == WEBHOOK and body.url is None:
        raise FilterError("url", "a webhook needs one")
    if body.transport != WEBHOOK and body.url is not None:
        raise FilterError("url", "only a webhook has one")
    if body.url is not None:
        require_url(body.url, plain=_allows_plain(runtime))


def _allows_plain(runtime: Runtime) -> bool:
    return bool(runtime.extra(Destinations).networks)


def _filter(body: Preview) -> Filter:
    return Filter(events=body.events, categories=body.categories, areas=body.areas, addressed=body.addressed)


async def _since(connection: AsyncConnection, start: Start, archive: Archive, now: datetime) -> datetime | None:
    if isinstance(start, str):
        return None
    if isinstance(start, UUID):
        return await usecases.made_of(connection, start)
    if start > now:
        raise FilterError("start", "it lies in the future")
    await archive.require("start", start)
    return start


def _wake(request: Request, runtime: Runtime) -> None:
    once_committed(request, runtime.extra(Streams).wake)
    once_committed(request, runtime.extra(Replayer).wake)


async def reread(
    connection: AsyncConnection,
    subscription_id: UUID,
    response: Response,
    district: KnownDistrict,
    language: str,
) -> SubscriptionRead:
    """Return how a subscription is shown after it was changed, and its version in the header."""
    row = await queries.subscription(connection, subscription_id)
    if row is None:
        raise not_found("subscription")
    set_etag(response, row.version)
    return shown(row, district, language)


def shown(row: AnyRow, district: KnownDistrict, language: str) -> SubscriptionRead:
    """Return how a subscription is shown."""
    known = district.departments.get(row.department)
    name = known.name.in_language(language) if known else row.department
    bound = row.live and row.fitted_version == row.version
    fields = {**row._mapping, "bound": bound, "department_name": name}  # noqa: SLF001 - SQLAlchemy's public way to a row's names
    if row.transport == WEBHOOK:
        fields |= {"queue": None, "url": without_query(row.url)}
    return SubscriptionRead.model_validate(fields)
