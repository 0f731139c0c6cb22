"""The same for reporters: whoever holds the tracking code subscribes to the news of a report."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from linli.chassis.database import Reading, Transaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from notify import usecases
from notify.api.contacts import (
    ContactCreate,
    ContactRead,
    QuietHours,
    Verification,
    added_contact,
    moment,
    shown,
    verified,
)
from notify.api.routes import Code, reporters

router = APIRouter(prefix="/v1/inbox")


@router.get("/track/{tracking_code}/contacts")
async def list_reporters_contacts(
    tracking_code: Code, connection: Reading, runtime: CurrentRuntime
) -> list[ContactRead]:
    """Show the addresses at which a reporter wants news."""
    return await shown(connection, runtime, await reporters(connection, tracking_code))


@router.post("/track/{tracking_code}/contacts", status_code=201)
async def add_reporters_contact(
    tracking_code: Code,
    body: ContactCreate,
    connection: Transaction,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
) -> ContactRead:
    """Subscribe to the news of a report: add an address, to which a code is sent.

    Sent again with its idempotency key, it sends no other code.
    """
    [owner] = await reporters(connection, tracking_code)
    return await added_contact(connection, runtime, owner, body, language, by=owner, key=key)


@router.post("/track/{tracking_code}/contacts/{contact_id}/code", status_code=202)
async def send_reporters_code(
    tracking_code: Code, contact_id: UUID, connection: Transaction, runtime: CurrentRuntime
) -> None:
    """Send another code."""
    [owner] = await reporters(connection, tracking_code)
    await usecases.send_code(connection, owner, contact_id, moment(runtime))


@router.post("/track/{tracking_code}/contacts/{contact_id}/verify", response_model=ContactRead)
async def verify_reporters_contact(
    tracking_code: Code,
    contact_id: UUID,
    body: Verification,
    request: Request,
    connection: Transaction,
    runtime: CurrentRuntime,
) -> ContactRead | Response:
    """Prove with the code that what comes to the address is read; news go there from now on."""
    [owner] = await reporters(connection, tracking_code)
    return await verified(connection, runtime, request, owner, contact_id, body.code)


@router.delete("/track/{tracking_code}/contacts/{contact_id}", status_code=204)
async def remove_reporters_contact(tracking_code: Code, contact_id: UUID, connection: Transaction) -> None:
    """Forget an address."""
    [owner] = await reporters(connection, tracking_code)
    await usecases.remove_contact(connection, owner, contact_id)


@router.put("/track/{tracking_code}/quiet-hours")
async def set_reporters_quiet_hours(tracking_code: Code, body: QuietHours, connection: Transaction) -> QuietHours:
    """Say when a reporter is not to be disturbed."""
    [owner] = await reporters(connection, tracking_code)
    await usecases.keep_quiet(connection, owner, body.begins, body.ends, body.zone)
    return body


@router.post("/track/{tracking_code}/forget", status_code=204)
async def forget_reporter(tracking_code: Code, connection: Transaction) -> None:
    """Erase a reporter's addresses, wishes and the log of what was sent there; the inbox stays."""
    [owner] = await reporters(connection, tracking_code)
    await usecases.forget(connection, owner)
