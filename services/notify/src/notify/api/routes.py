"""The API of notify: inboxes."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Caller, Principal
from linli.chassis.cursor import After, Cursor, Limit
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts.tracking import CODE_PATTERN, reporter_key
from linli.district.known import KnownDistrict
from notify import queries
from notify.api.problems import not_found
from notify.api.schemas import InboxRead, MessageRead
from notify.domain.rules import department, person, post
from notify.wording import Words

router = APIRouter(prefix="/v1")

Code = Annotated[str, Path(pattern=CODE_PATTERN)]


class MessageCursor(Cursor):
    """The place of a page in an inbox."""

    id: UUID


async def _wanted_language(request: Request, language: Language) -> str | None:
    return language if "accept-language" in request.headers else None


WantedLanguage = Annotated[str | None, Depends(_wanted_language)]
"""The language that the reader asks for, or None: then each message speaks the language of its recipient."""


@router.get("/inbox")
async def read_inbox(
    caller: Caller,
    connection: Reading,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    language: WantedLanguage,
    after: After = None,
    limit: Limit = 50,
) -> InboxRead:
    """Show the caller what they, the posts that they hold now and the department they speak for were told."""
    words = runtime.extra(Words).of(district)
    return await _inbox(connection, words, _whose(caller, district), language, after=after, limit=limit)


@router.get("/inbox/track/{tracking_code}")
async def read_reporters_inbox(
    tracking_code: Code,
    connection: Reading,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    language: WantedLanguage,
    after: After = None,
    limit: Limit = 50,
) -> InboxRead:
    """Show a reporter what they were told: whoever holds the tracking code."""
    whose = [f"reporter:{reporter_key(tracking_code)}"]
    words = runtime.extra(Words).of(district)
    inbox = await _inbox(connection, words, whose, language, after=after, limit=limit)
    if not inbox.items and after is None:
        raise not_found("tracking code")
    return inbox


@router.post("/inbox/{message_id}/read", status_code=204)
async def mark_read(
    message_id: UUID, caller: Caller, connection: Transaction, district: DistrictInTransaction, now: Now
) -> None:
    """Note that the caller has read a message of theirs, of a post that they hold or of their department."""
    if not await queries.mark_read(connection, _whose(caller, district), message_id, at=now):
        raise not_found("message")


def _whose(caller: Principal, district: KnownDistrict) -> list[str]:
    posts = {path for path, unit in district.units.items() if any(one.id == caller.subject for one in unit.persons)}
    # What was left for a post before its unit moved or was closed is for whoever took over.
    former = [path for path in district.successors if district.present(path) in posts]
    spoken_for = [caller.department] if caller.has_role("department") and caller.department else []
    recipients = (person(caller.subject), *map(post, (*posts, *former)), *map(department, spoken_for))
    return [one.address for one in recipients]


async def _inbox(
    connection: AsyncConnection,
    words: Words,
    whose: Sequence[str],
    language: str | None,
    *,
    after: str | None,
    limit: int,
) -> InboxRead:
    start = MessageCursor.decode(after).id if after else None
    rows = await queries.inbox_of(connection, whose, after=start, limit=limit + 1)
    items = [_shown(words, row, language) for row in rows[:limit]]
    following = MessageCursor(id=items[-1].id).encode() if len(rows) > limit else None
    return InboxRead(items=items, next=following, unread=await queries.count_unread(connection, whose))


def _shown(words: Words, row: queries.AnyRow, language: str | None) -> MessageRead:
    rendered = words.render(row.template, row.params, language or row.language)
    return MessageRead(
        id=row.id,
        issue_id=row.issue_id,
        title=rendered.title,
        body=rendered.body,
        told_at=row.told_at,
        read_at=row.read_at,
    )
