"""What readers do to their messages; each command may be repeated."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Caller
from linli.chassis.database import Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.runtime import Now
from notify import queries, usecases
from notify.api.routes import Code, reporters, whose
from notify.api.schemas import Changed, Which

router = APIRouter(prefix="/v1/inbox")


@router.post("/read")
async def mark_some_read(
    body: Which, caller: Caller, connection: Transaction, district: DistrictInTransaction, now: Now
) -> Changed:
    """Note that the caller has read some messages, or all up to a moment."""
    theirs = whose(caller, district)
    return await _changed(connection, theirs, await usecases.mark_read(connection, theirs, body.meant, at=now))


@router.post("/archive")
async def archive_some(
    body: Which, caller: Caller, connection: Transaction, district: DistrictInTransaction, now: Now
) -> Changed:
    """Put some messages of the caller away, or all up to a moment; they count as read."""
    theirs = whose(caller, district)
    return await _changed(connection, theirs, await usecases.archive(connection, theirs, body.meant, at=now))


@router.post("/{message_id}/read", status_code=204)
async def mark_read(
    message_id: UUID, caller: Caller, connection: Transaction, district: DistrictInTransaction, now: Now
) -> None:
    """Note that the caller has read a message of theirs, of a post that they hold or of their department."""
    await usecases.mark_read(connection, whose(caller, district), [message_id], at=now)


@router.post("/track/{tracking_code}/read")
async def mark_reporters_read(tracking_code: Code, body: Which, connection: Transaction, now: Now) -> Changed:
    """Note that a reporter has read some messages, or all up to a moment."""
    theirs = await reporters(connection, tracking_code)
    return await _changed(connection, theirs, await usecases.mark_read(connection, theirs, body.meant, at=now))


@router.post("/track/{tracking_code}/archive")
async def archive_reporters(tracking_code: Code, body: Which, connection: Transaction, now: Now) -> Changed:
    """Put some messages of a reporter away, or all up to a moment; they count as read."""
    theirs = await reporters(connection, tracking_code)
    return await _changed(connection, theirs, await usecases.archive(connection, theirs, body.meant, at=now))


async def _changed(connection: AsyncConnection, theirs: Sequence[str], changed: int) -> Changed:
    return Changed(changed=changed, unread=await queries.count_unread(connection, theirs))
