"""The ledger: what became of each event for each subscription, and who got an event."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from linli.chassis.auth import Principal, require
from linli.chassis.cursor import After, Cursor, Limit
from linli.chassis.database import Reading
from notify import queries
from notify.api.problems import not_found
from notify.api.stream_schemas import DeliveriesRead, DeliveryRead, DeliveryState, ReceiverRead, ReceiversRead
from notify.api.subscriptions import Reader, visible

router = APIRouter(prefix="/v1", tags=["deliveries"])

Staff = Annotated[Principal, Depends(require("staff", "supervisor", "platform"))]


class DeliveryCursor(Cursor):
    """The place of a page in a ledger."""

    place: int


@router.get("/subscriptions/{subscription_id}/deliveries")
async def list_deliveries(
    subscription_id: UUID,
    reader: Reader,
    connection: Reading,
    state: Annotated[DeliveryState | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> DeliveriesRead:
    """List what was queued for a subscription and what became of it, newest first."""
    row = await visible(connection, subscription_id, reader)
    start = DeliveryCursor.decode(after).place if after else None
    rows = await queries.list_deliveries(connection, row.id, state=state, after=start, limit=limit + 1)
    following = DeliveryCursor(place=rows[limit - 1].place).encode() if len(rows) > limit else None
    unread, oldest = await queries.unread(connection, row.id)
    items = [DeliveryRead.model_validate(each) for each in rows[:limit]]
    return DeliveriesRead(items=items, next=following, unread=unread, oldest_unread_at=oldest)


@router.get("/events/{event_id}/receivers")
async def list_receivers(event_id: UUID, _: Staff, connection: Reading) -> ReceiversRead:
    """Say who got an event: every subscription that it was queued for, and what became of it there."""
    event = await queries.event(connection, event_id)
    if event is None:
        raise not_found("event")
    rows = await queries.list_receivers(connection, event_id)
    receivers = [ReceiverRead.model_validate(each) for each in rows]
    return ReceiversRead(event_id=event_id, type=event.type, made_at=event.made_at, receivers=receivers)
