"""Files are given to issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.attachments.receiving import Received
from intake.domain.attaching import Attached, Purpose, check_attachable
from intake.tables import attachments, issues

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What a file is for, and whose it is: ``by`` names staff, nobody the reporter. Its name may be personal."""

    issue_id: UUID
    purpose: Purpose
    name: str | None = None
    before: UUID | None = None
    by: str | None = None

    def __repr__(self) -> str:
        return f"Attachment(issue_id={self.issue_id!r}, purpose={self.purpose.value!r})"


async def attach(
    connection: AsyncConnection, attachment: Attachment, received: Received, *, attachment_id: UUID, at: datetime
) -> AnyRow:
    """Note that a file belongs to an issue; a file that it has for the purpose already is returned instead.

    Raises:
        AttachError: it cannot.
    """
    # Of two files at once the second is counted after the first.
    await connection.execute(select(issues.c.id).where(issues.c.id == attachment.issue_id).with_for_update())
    same = await look_for(connection, attachment, received)
    if same is not None:
        return same
    values = {
        "id": attachment_id,
        "issue_id": attachment.issue_id,
        "purpose": attachment.purpose.value,
        "before_id": attachment.before,
        "name": attachment.name,
        "uploaded_by": attachment.by,
        "media_type": received.media_type,
        "size": received.size,
        "sha256": received.sha256,
        "width": received.picture.width if received.picture else None,
        "height": received.picture.height if received.picture else None,
        "at": at,
    }
    added: AnyRow = (await connection.execute(insert(attachments).values(values).returning(attachments))).one()
    return added


async def detach(connection: AsyncConnection, attachment_id: UUID) -> None:
    """Take a file from its issue; it is cleared away within a day."""
    await connection.execute(delete(attachments).where(attachments.c.id == attachment_id))


async def attached_to(connection: AsyncConnection, issue_id: UUID) -> Sequence[AnyRow]:
    """Return the files of an issue, earliest first."""
    query = select(attachments).where(attachments.c.issue_id == issue_id).order_by(attachments.c.at, attachments.c.id)
    return (await connection.execute(query)).all()


async def look_for(connection: AsyncConnection, attachment: Attachment, received: Received) -> AnyRow | None:
    """Return the file with the same content and purpose that the issue has already.

    Raises:
        AttachError: it has none, and can have no such file.
    """
    there = await attached_to(connection, attachment.issue_id)
    for row in there:
        if row.purpose == attachment.purpose and row.sha256 == received.sha256:
            return row
    kept = [Attached(row.id, Purpose(row.purpose), row.before_id) for row in there]
    check_attachable(kept, attachment.purpose, attachment.before)
    return None
