"""The read side of intake."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.tables import attachments, issues, notes, reporters, steps, supplements

AnyRow = Row[*tuple[Any, ...]]


async def issue_by_code(connection: AsyncConnection, tracking_code: str) -> AnyRow | None:
    """Return the issue with a tracking code."""
    return (await connection.execute(select(issues).where(issues.c.tracking_code == tracking_code))).one_or_none()


async def issue_by_id(connection: AsyncConnection, issue_id: UUID) -> AnyRow | None:
    """Return an issue."""
    return (await connection.execute(select(issues).where(issues.c.id == issue_id))).one_or_none()


async def steps_of(connection: AsyncConnection, issue_id: UUID) -> Sequence[AnyRow]:
    """Return the steps of an issue, earliest first."""
    query = select(steps).where(steps.c.issue_id == issue_id).order_by(steps.c.case_sequence)
    return (await connection.execute(query)).all()


async def supplements_of(connection: AsyncConnection, issue_id: UUID) -> Sequence[AnyRow]:
    """Return what was added to an issue, earliest first."""
    query = select(supplements).where(supplements.c.issue_id == issue_id).order_by(supplements.c.at, supplements.c.id)
    return (await connection.execute(query)).all()


async def notes_of(connection: AsyncConnection, issue_id: UUID, *, public_only: bool = False) -> Sequence[AnyRow]:
    """Return what staff noted about an issue, earliest first."""
    query = select(notes).where(notes.c.issue_id == issue_id).order_by(notes.c.at, notes.c.id)
    if public_only:
        query = query.where(notes.c.public)
    return (await connection.execute(query)).all()


async def note_by_id(connection: AsyncConnection, note_id: UUID) -> AnyRow:
    """Return a note that there is."""
    return (await connection.execute(select(notes).where(notes.c.id == note_id))).one()


async def attachment_by_id(connection: AsyncConnection, attachment_id: UUID) -> AnyRow | None:
    """Return a file of an issue."""
    return (await connection.execute(select(attachments).where(attachments.c.id == attachment_id))).one_or_none()


async def stands_for(connection: AsyncConnection, issue: AnyRow) -> AnyRow | None:
    """Return the issue that stands for a merged one, also by way of others; None where it stands for itself."""
    chain = select(issues.c.id, issues.c.merged_into).where(issues.c.id == issue.merged_into).cte(recursive=True)
    # UNION leaves out what was found before: a circle ends.
    chain = chain.union(select(issues.c.id, issues.c.merged_into).join(chain, issues.c.id == chain.c.merged_into))
    last = select(chain.c.id).where(chain.c.merged_into.is_(None))
    return (await connection.execute(select(issues).where(issues.c.id.in_(last)))).one_or_none()


async def contact_of(connection: AsyncConnection, issue_id: UUID) -> bytes | None:
    """Return what the reporter left for a call-back, encrypted."""
    stored: bytes | None = await connection.scalar(select(reporters.c.contact).where(reporters.c.issue_id == issue_id))
    return stored
