"""Reports are kept while they are written, and handed in once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.tables import drafts, idempotency_keys, issues
from intake.usecases.reporting import Accepted
from linli.chassis.cipher import Cipher
from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.contracts.tracking import new_tracking_code

AnyRow = Row[*tuple[Any, ...]]

KEPT = timedelta(days=30)
"""So long a draft is kept after it was last saved."""

MOST_DRAFTS = 50
"""Drafts of one person with a token."""


class UnknownDraftError(Exception):
    """No draft has this code, or it is somebody else's, or its time is over."""


class TooManyDraftsError(Exception):
    """The caller keeps as many drafts as may be."""


class HandedInError(Exception):
    """The draft is a report already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is kept under a code: ``content``, as it was saved, or what it became; repr shows neither."""

    code: str
    content: bytes | None
    saved_at: datetime
    expires_at: datetime
    accepted: Accepted | None = None

    def __repr__(self) -> str:
        return f"Draft(saved_at={self.saved_at!r})"


async def save_draft(
    connection: AsyncConnection,
    content: bytes,
    *,
    draft_id: UUID,
    owner: str | None,
    at: datetime,
    cipher: Cipher,
    key: IdempotencyKey | None = None,
) -> Draft:
    """Keep a draft under a new code; the same key again returns the one that was kept first.

    Raises:
        TooManyDraftsError: ``owner``, who has a token, keeps enough.
        UnknownDraftError: it was kept under this key before, and is no more.
    """
    first = await claim_key(connection, idempotency_keys, key, scope=f"draft:{owner or ''}", resource_id=draft_id)
    if first != draft_id:
        return await _read(connection, await _found(connection, drafts.c.id == first, owner, at), cipher)
    if owner is not None:
        await _check_room(connection, owner, at)
    row = {
        "id": draft_id,
        "code": new_tracking_code(),
        "owner": owner,
        "content": cipher.encrypt(draft_id, content),
        "saved_at": at,
        "expires_at": at + KEPT,
    }
    await connection.execute(insert(drafts).values(row))
    return Draft(code=str(row["code"]), content=content, saved_at=at, expires_at=at + KEPT)


async def change_draft(
    connection: AsyncConnection, code: str, content: bytes, *, owner: str | None, at: datetime, cipher: Cipher
) -> Draft:
    """Keep other content under a code, for as long again.

    Raises:
        UnknownDraftError: there is no such draft of the caller's.
        HandedInError: it was handed in.
    """
    row = await _found(connection, drafts.c.code == code, owner, at, lock=True)
    if row.issue_id is not None:
        raise HandedInError
    values = {"content": cipher.encrypt(row.id, content), "saved_at": at, "expires_at": at + KEPT}
    await connection.execute(update(drafts).where(drafts.c.id == row.id).values(values))
    return Draft(code=code, content=content, saved_at=at, expires_at=at + KEPT)


async def hand_in(
    connection: AsyncConnection,
    code: str,
    report: Callable[[bytes], Awaitable[Accepted]],
    *,
    owner: str | None,
    at: datetime,
    cipher: Cipher,
) -> Accepted:
    """Let ``report`` make an issue of a draft; of one that was handed in before, return what it became.

    Raises:
        UnknownDraftError: there is no such draft of the caller's.
    """
    row = await _found(connection, drafts.c.code == code, owner, at, lock=True)
    if row.issue_id is not None:
        return await _accepted(connection, row.issue_id)
    accepted = await report(cipher.decrypt(row.id, row.content))
    values = {"content": None, "issue_id": accepted.issue_id, "expires_at": at + KEPT}
    await connection.execute(update(drafts).where(drafts.c.id == row.id).values(values))
    return accepted


async def read_draft(
    connection: AsyncConnection, code: str, *, owner: str | None, at: datetime, cipher: Cipher
) -> Draft:
    """Return a draft.

    Raises:
        UnknownDraftError: there is no such draft of the caller's.
    """
    return await _read(connection, await _found(connection, drafts.c.code == code, owner, at), cipher)


async def drafts_of(connection: AsyncConnection, owner: str, *, at: datetime, cipher: Cipher) -> Sequence[Draft]:
    """Return what somebody with a token keeps and has not handed in, the newest first."""
    open_ones = (drafts.c.owner == owner, drafts.c.expires_at > at, drafts.c.issue_id.is_(None))
    query = select(drafts).where(*open_ones).order_by(drafts.c.id.desc()).limit(MOST_DRAFTS)
    return [await _read(connection, row, cipher) for row in (await connection.execute(query)).all()]


async def discard_draft(connection: AsyncConnection, code: str, *, owner: str | None, at: datetime) -> None:
    """Keep a draft no longer; what it became stays.

    Raises:
        UnknownDraftError: there is no such draft of the caller's.
    """
    row = await _found(connection, drafts.c.code == code, owner, at, lock=True)
    await connection.execute(delete(drafts).where(drafts.c.id == row.id))


async def purge_drafts(connection: AsyncConnection, at: datetime) -> None:
    """Forget drafts whose time is over."""
    await connection.execute(delete(drafts).where(drafts.c.expires_at <= at))


async def _check_room(connection: AsyncConnection, owner: str, at: datetime) -> None:
    # Of two at once the second is counted after the first.
    await connection.execute(text("select pg_advisory_xact_lock(hashtextextended(:owner, 0))"), {"owner": owner})
    kept = select(func.count()).where(drafts.c.owner == owner, drafts.c.expires_at > at, drafts.c.issue_id.is_(None))
    if (await connection.scalar(kept) or 0) >= MOST_DRAFTS:
        raise TooManyDraftsError


async def _found(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    owner: str | None,
    at: datetime,
    *,
    lock: bool = False,
) -> AnyRow:
    query = select(drafts).where(which, drafts.c.expires_at > at)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None or row.owner not in (None, owner):
        raise UnknownDraftError
    return row


async def _read(connection: AsyncConnection, row: AnyRow, cipher: Cipher) -> Draft:
    return Draft(
        code=row.code,
        content=None if row.content is None else cipher.decrypt(row.id, row.content),
        saved_at=row.saved_at,
        expires_at=row.expires_at,
        accepted=None if row.issue_id is None else await _accepted(connection, row.issue_id),
    )


async def _accepted(connection: AsyncConnection, issue_id: UUID) -> Accepted:
    query = select(issues.c.tracking_code).where(issues.c.id == issue_id)
    return Accepted(issue_id, (await connection.execute(query)).scalar_one())
