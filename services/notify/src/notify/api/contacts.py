"""The addresses outside of the app at which people want to be told, and when they are not to be disturbed."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Caller
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.idempotency import Idempotency, IdempotencyKey
from linli.chassis.language import Language
from linli.chassis.problems import ProblemError, problem_response
from linli.chassis.runtime import CurrentRuntime, Runtime
from linli.chassis.text import PlainText
from linli.district.calendars import zone_named
from notify import reach_queries, usecases
from notify.api.problems import not_found
from notify.api.routes import whose
from notify.domain.manners import ChannelName
from notify.domain.rules import person
from notify.queries import AnyRow

router = APIRouter(prefix="/v1/inbox")


class ContactCreate(BaseModel):
    """An address of a channel: a telephone number, a mail address, what a bot or a browser is reached by."""

    model_config = ConfigDict(extra="forbid")

    channel: ChannelName
    address: Annotated[PlainText, Field(min_length=1, max_length=2000, repr=False)]


class StaffContactCreate(ContactCreate):
    """The address of an inbox of the caller: without one their own."""

    inbox: Annotated[str, Field(max_length=300, examples=["post:sanchajie/jinpu"])] | None = None


class ContactRead(BaseModel):
    """An address; what is not verified, or suspended, is sent nothing but codes."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    inbox: str
    channel: str
    address: str = Field(description="As much of it as is needed to know it again")
    verified_at: datetime | None
    unsubscribed_at: datetime | None
    suspended_at: datetime | None
    suspended_reason: str | None


class Verification(BaseModel):
    """The code that came to the address."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = Field(repr=False)


def _zone(name: str) -> str:
    try:
        zone_named(name)
    except Exception as error:
        raise ValueError("there is no such zone") from error
    return name


class QuietHours(BaseModel):
    """From when to when nobody is disturbed, in their zone or where a matter is; both the same: at no time."""

    model_config = ConfigDict(extra="forbid")

    begins: time
    ends: time
    zone: Annotated[str, Field(max_length=60, examples=["Asia/Shanghai"]), AfterValidator(_zone)] | None = None


@router.get("/contacts")
async def list_contacts(
    caller: Caller, connection: Reading, district: CurrentDistrict, runtime: CurrentRuntime
) -> list[ContactRead]:
    """Show the addresses of the caller, of the posts that they hold now and of the department they speak for."""
    return await shown(connection, runtime, whose(caller, district))


@router.post("/contacts", status_code=201)
async def add_contact(
    body: StaffContactCreate,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
) -> ContactRead:
    """Add an address; a code is sent there, which has to come back before anything else goes there.

    Sent again with its idempotency key, it sends no other code.
    """
    own = person(caller.subject).address
    inbox = body.inbox or own
    if inbox not in whose(caller, district):
        raise not_found("inbox")
    return await added_contact(connection, runtime, inbox, body, language, by=own, key=key)


@router.post("/contacts/{contact_id}/code", status_code=202)
async def send_code(
    contact_id: UUID, caller: Caller, connection: Transaction, district: CurrentDistrict, runtime: CurrentRuntime
) -> None:
    """Send another code."""
    owner = await _owner(connection, contact_id, whose(caller, district))
    await usecases.send_code(connection, owner, contact_id, moment(runtime))


@router.post("/contacts/{contact_id}/verify", response_model=ContactRead)
async def verify_contact(
    contact_id: UUID,
    body: Verification,
    request: Request,
    caller: Caller,
    connection: Transaction,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
) -> ContactRead | Response:
    """Prove with the code that what comes to the address is read; messages go there from now on."""
    owner = await _owner(connection, contact_id, whose(caller, district))
    return await verified(connection, runtime, request, owner, contact_id, body.code)


@router.delete("/contacts/{contact_id}", status_code=204)
async def remove_contact(contact_id: UUID, caller: Caller, connection: Transaction, district: CurrentDistrict) -> None:
    """Forget an address."""
    owner = await _owner(connection, contact_id, whose(caller, district))
    await usecases.remove_contact(connection, owner, contact_id)


@router.put("/quiet-hours")
async def set_quiet_hours(body: QuietHours, caller: Caller, connection: Transaction) -> QuietHours:
    """Say when the caller is not to be disturbed; only what is urgent comes then."""
    await usecases.keep_quiet(connection, person(caller.subject).address, body.begins, body.ends, body.zone)
    return body


@router.get("/quiet-hours")
async def read_quiet_hours(caller: Caller, connection: Reading) -> QuietHours | None:
    """Show when the caller has said that they are not to be disturbed; null: as the rules say."""
    return await _quiet(connection, person(caller.subject).address)


@router.post("/forget", status_code=204)
async def forget_caller(caller: Caller, connection: Transaction) -> None:
    """Erase the caller's own addresses, wishes and the log of what was sent there; the inbox stays."""
    await usecases.forget(connection, person(caller.subject).address)


_REFUSED = {
    "wrong": "It is not the code that was sent.",
    "expired": "The code is valid no longer; ask for another.",
    "used-up": "The code was mistaken too often; ask for another.",
}


async def verified(
    connection: AsyncConnection, runtime: Runtime, request: Request, owner: str, contact_id: UUID, code: str
) -> ContactRead | Response:
    """Take a code as proof, and return the address or the problem with it."""
    reach = runtime.extra(usecases.Reach)
    proof = await usecases.verify(connection, reach, owner, contact_id, code, runtime.now())
    if proof != "verified":
        # Returned and not raised: that the code was mistaken has to be kept.
        problem = ProblemError(422, f"code-{proof}", "The code proves nothing", _REFUSED[proof])
        return problem_response(request.scope["path"], problem)
    return await _one(connection, runtime, contact_id)


async def added_contact(
    connection: AsyncConnection,
    runtime: Runtime,
    owner: str,
    body: ContactCreate,
    language: str,
    *,
    by: str,
    key: IdempotencyKey | None,
) -> ContactRead:
    """Add an address of an owner, as somebody who has such a key wishes, and return it."""
    which = await usecases.add_contact(
        connection,
        runtime.extra(usecases.Reach),
        owner,
        body.channel,
        body.address,
        language=language,
        moment=moment(runtime),
        by=by,
        key=key,
    )
    return await _one(connection, runtime, which)


async def _owner(connection: AsyncConnection, contact_id: UUID, theirs: Sequence[str]) -> str:
    row = await reach_queries.contact(connection, contact_id)
    if row is None or row.owner not in theirs:
        raise usecases.UnknownContactError
    owner: str = row.owner
    return owner


async def _one(connection: AsyncConnection, runtime: Runtime, contact_id: UUID) -> ContactRead:
    row = await reach_queries.contact(connection, contact_id)
    if row is None:
        raise usecases.UnknownContactError
    return _read(runtime.extra(usecases.Reach), row)


async def shown(connection: AsyncConnection, runtime: Runtime, theirs: Sequence[str]) -> list[ContactRead]:
    """Return the addresses of some recipients, each in part."""
    reach = runtime.extra(usecases.Reach)
    return [_read(reach, row) for row in await reach_queries.contacts_of(connection, theirs)]


def _read(reach: usecases.Reach, row: AnyRow) -> ContactRead:
    kind, _, _ = row.owner.partition(":")
    return ContactRead(
        id=row.id,
        inbox=kind if kind == "reporter" else row.owner,
        channel=row.channel,
        address=reach.masked(row.channel, row.id, row.address),
        verified_at=row.verified_at,
        unsubscribed_at=row.unsubscribed_at,
        suspended_at=row.suspended_at,
        suspended_reason=row.suspended_reason,
    )


async def _quiet(connection: AsyncConnection, owner: str) -> QuietHours | None:
    row = await reach_queries.quiet_hours(connection, owner)
    return None if row is None else QuietHours(begins=row.begins, ends=row.ends, zone=row.zone)


def moment(runtime: Runtime) -> usecases.Moment:
    """Return the moment of a request."""
    return usecases.Moment(runtime.now(), runtime.new_id)
