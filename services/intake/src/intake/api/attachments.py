"""Files of issues: from reporters by their tracking code, and from staff; read by links that expire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response, StreamingResponse

from intake import queries
from intake.api.problems import not_found
from intake.api.scope import Staff, visible_issue
from intake.api.tracking import Code
from intake.attachments.content import ACCEPTED
from intake.attachments.files import Files
from intake.attachments.links import LinkError, Variant
from intake.attachments.receiving import Kind
from intake.attachments.storage import MissingFileError
from intake.domain.attaching import Purpose, plain_name
from intake.queries import AnyRow
from intake.usecases.attaching import Attachment, attach, attached_to, detach, look_for
from linli.chassis.auth import forbidden
from linli.chassis.database import Reading, Transaction, connected
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.runtime import CurrentRuntime, Runtime

router = APIRouter(prefix="/v1", tags=["attachments"])

PATHS = ("/v1/track/*/attachments", "/v1/issues/*/attachments")
"""Where files come in."""

SHOWN_TO_REPORTERS = frozenset({Purpose.REPORT, Purpose.BEFORE, Purpose.AFTER})

_ENDS = {"image/jpeg": "jpg", "application/pdf": "pdf"}

Name = Annotated[str | None, Query(max_length=1000, description="The file's name; its last part is kept")]

FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself. Its type is found by its content.",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in ACCEPTED},
    }
}


class AttachmentRead(BaseModel):
    """A file of an issue. Pictures are kept as JPEG, without anything that tells where and by whom they were made."""

    id: UUID
    purpose: Purpose
    kind: Kind
    media_type: str
    size: int = Field(description="In bytes, as it is kept")
    width: int | None
    height: int | None
    name: str | None
    at: datetime
    before: UUID | None = Field(description="The picture from before the work that this one is the pair of")
    url: str | None = Field(description="Good until `expires_at`; none where the reader may not see the file")
    thumbnail_url: str | None
    expires_at: datetime | None


@router.post("/track/{tracking_code}/attachments", status_code=201, openapi_extra=FILE)
async def attach_to_own_issue(
    tracking_code: Code, request: Request, runtime: CurrentRuntime, name: Name = None
) -> AttachmentRead:
    """Add a picture or document to what was reported. The same file again is the same attachment."""
    async with connected(runtime.engine) as connection:
        issue = await _tracked(connection, tracking_code)
    attachment = Attachment(issue_id=issue.id, purpose=Purpose.REPORT, name=plain_name(name))
    row = await _take_in(request, runtime, attachment)
    return _read(row, request, runtime, linked=not issue.confidential)


@router.get("/track/{tracking_code}/attachments")
async def list_own_attachments(
    tracking_code: Code, request: Request, connection: Reading, runtime: CurrentRuntime
) -> list[AttachmentRead]:
    """List the files that the reporter sent, and the pictures from before and after the work, earliest first.

    Files of confidential matters are shown to staff only: here without links.
    """
    issue = await _tracked(connection, tracking_code)
    rows = await attached_to(connection, issue.id)
    shown = [row for row in rows if row.purpose in SHOWN_TO_REPORTERS]
    return [_read(row, request, runtime, linked=not issue.confidential) for row in shown]


@router.post("/issues/{issue_id}/attachments", status_code=201, openapi_extra=FILE)
async def attach_to_issue(
    issue_id: UUID,
    request: Request,
    principal: Staff,
    runtime: CurrentRuntime,
    district: CurrentDistrict,
    purpose: Purpose = Purpose.DOCUMENT,
    before: Annotated[UUID | None, Query(description="The picture that one from `after` the work belongs to")] = None,
    name: Name = None,
) -> AttachmentRead:
    """Add a picture or document to an issue; pictures from before and after the work make a pair."""
    async with connected(runtime.engine) as connection:
        await visible_issue(connection, issue_id, principal, district)
    attachment = Attachment(
        issue_id=issue_id, purpose=purpose, name=plain_name(name), before=before, by=principal.subject
    )
    row = await _take_in(request, runtime, attachment)
    return _read(row, request, runtime, linked=True)


@router.get("/issues/{issue_id}/attachments")
async def list_attachments(
    issue_id: UUID,
    request: Request,
    principal: Staff,
    connection: Reading,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
) -> list[AttachmentRead]:
    """List the files of an issue, earliest first."""
    await visible_issue(connection, issue_id, principal, district)
    rows = await attached_to(connection, issue_id)
    return [_read(row, request, runtime, linked=True) for row in rows]


@router.delete("/issues/{issue_id}/attachments/{attachment_id}", status_code=204)
async def remove_attachment(
    issue_id: UUID,
    attachment_id: UUID,
    principal: Staff,
    connection: Transaction,
    district: DistrictInTransaction,
) -> None:
    """Take a file from an issue: whoever added it may, and supervisors any."""
    await visible_issue(connection, issue_id, principal, district)
    found = [row for row in await attached_to(connection, issue_id) if row.id == attachment_id]
    if not found:
        raise not_found("attachment")
    if found[0].uploaded_by != principal.subject and not principal.has_role("supervisor", "platform"):
        raise forbidden("Only who added it, or a supervisor, may remove it.")
    await detach(connection, attachment_id)


@router.get("/files/{token}", response_class=Response, responses={200: {"content": {media: {} for media in _ENDS}}})
async def read_file(token: str, connection: Reading, runtime: CurrentRuntime) -> Response:
    """Give the file that a link leads to; nobody else can make one, and it ends when it says."""
    now = runtime.now()
    try:
        target = runtime.extra(Files).links.target(token, now)
    except LinkError:
        raise not_found("file, or the link has expired") from None
    row = await queries.attachment_by_id(connection, target.attachment_id)
    if row is None:
        raise not_found("file")
    content = runtime.extra(Files).storage.read(key_of(row.id, target.variant))
    try:
        first = await anext(content, b"")
    except MissingFileError:
        raise not_found("file") from None
    seconds = int((target.expires_at - now).total_seconds())
    headers = {
        "Cache-Control": f"private, max-age={seconds}, immutable",
        "Content-Disposition": _disposition(row),
        # Whatever a file turns out to be, no browser runs it or guesses what it is.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        **({"Content-Length": str(row.size)} if target.variant == "file" else {}),
    }
    return StreamingResponse(_rest(first, content), headers=headers, media_type=row.media_type)


def key_of(attachment_id: UUID, variant: Variant) -> str:
    """Return the key under which a file is kept; of what people send there is nothing in it."""
    return f"{attachment_id.hex[-2:]}/{attachment_id}.{variant}"


async def _take_in(request: Request, runtime: Runtime, attachment: Attachment) -> AnyRow:
    """Receive a file, keep it, then note whose it is: what fails on the way is cleared away later."""
    files = runtime.extra(Files)
    async with files.receiver.received(request.stream()) as received:
        async with connected(runtime.engine) as connection:
            there = await look_for(connection, attachment, received)
        if there is not None:
            return there
        attachment_id = runtime.new_id()
        await files.storage.put(key_of(attachment_id, "file"), received.file)
        if received.thumbnail is not None:
            await files.storage.put(key_of(attachment_id, "thumbnail"), received.thumbnail)
        async with _transaction(runtime) as connection:
            return await attach(connection, attachment, received, attachment_id=attachment_id, at=runtime.now())


@asynccontextmanager
async def _transaction(runtime: Runtime) -> AsyncIterator[AsyncConnection]:
    # Not the request's: that would hold a connection for as long as a telephone takes to send its picture.
    async with connected(runtime.engine) as connection, connection.begin():
        yield connection


async def _tracked(connection: AsyncConnection, tracking_code: str) -> AnyRow:
    row = await queries.issue_by_code(connection, tracking_code)
    if row is None:
        raise not_found("tracking code")
    return row


def _read(row: AnyRow, request: Request, runtime: Runtime, *, linked: bool) -> AttachmentRead:
    links, root, now = runtime.extra(Files).links, request.scope.get("root_path", ""), runtime.now()
    token, expires_at = links.token(row.id, "file", now)
    small, _ = links.token(row.id, "thumbnail", now)
    is_image = row.width is not None
    return AttachmentRead(
        id=row.id,
        purpose=Purpose(row.purpose),
        kind="image" if is_image else "document",
        media_type=row.media_type,
        size=row.size,
        width=row.width,
        height=row.height,
        name=row.name,
        at=row.at,
        before=row.before_id,
        url=f"{root}/v1/files/{token}" if linked else None,
        thumbnail_url=f"{root}/v1/files/{small}" if linked and is_image else None,
        expires_at=expires_at if linked else None,
    )


def _disposition(row: AnyRow) -> str:
    shown = "inline" if row.width is not None else "attachment"
    if not row.name:
        return shown
    # By its end a file is opened: none may say that it is something else.
    stem = row.name.rpartition(".")[0] or row.name
    name = quote(f"{stem}.{_ENDS[row.media_type]}", safe="")
    return f"{shown}; filename*=UTF-8''{name}"


async def _rest(first: bytes, content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in content:
        yield chunk
