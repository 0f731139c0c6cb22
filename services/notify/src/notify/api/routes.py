"""The API of notify: inboxes."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.auth import Caller, Principal
from linli.chassis.cursor import After, Cursor, Limit
from linli.chassis.database import Reading
from linli.chassis.district import CurrentDistrict
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from linli.contracts.tracking import CODE_PATTERN, reporter_key
from linli.district.known import KnownDistrict
from notify import queries
from notify.api.problems import not_found
from notify.api.schemas import InboxRead, MessageRead, UnreadRead
from notify.domain.rules import department, person, post, reporter
from notify.wording import Words

router = APIRouter(prefix="/v1")

Code = Annotated[str, Path(pattern=CODE_PATTERN)]
Show = Annotated[
    Literal["open", "unread", "archived"],
    Query(description="What is not archived, what is unread, or what is archived"),
]


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
    show: Show = "open",
    after: After = None,
    limit: Limit = 50,
) -> InboxRead:
    """Show the caller what they, the posts that they hold now and the department they speak for were told."""
    words = runtime.extra(Words).of(district)
    return await _inbox(connection, words, whose(caller, district), language, show=show, after=after, limit=limit)


@router.get("/inbox/unread")
async def count_unread(caller: Caller, connection: Reading, district: CurrentDistrict) -> UnreadRead:
    """Count what the caller has not read."""
    return UnreadRead(unread=await queries.count_unread(connection, whose(caller, district)))


@router.get("/inbox/track/{tracking_code}")
async def read_reporters_inbox(
    tracking_code: Code,
    connection: Reading,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    language: WantedLanguage,
    show: Show = "open",
    after: After = None,
    limit: Limit = 50,
) -> InboxRead:
    """Show a reporter what they were told: whoever holds the tracking code."""
    theirs = await reporters(connection, tracking_code)
    words = runtime.extra(Words).of(district)
    return await _inbox(connection, words, theirs, language, show=show, after=after, limit=limit)


@router.get("/inbox/track/{tracking_code}/unread")
async def count_reporters_unread(tracking_code: Code, connection: Reading) -> UnreadRead:
    """Count what a reporter has not read."""
    return UnreadRead(unread=await queries.count_unread(connection, await reporters(connection, tracking_code)))


def whose(caller: Principal, district: KnownDistrict) -> list[str]:
    """Return the addresses that a caller reads: their own, their posts' and their department's."""
    posts = {path for path, unit in district.units.items() if any(one.id == caller.subject for one in unit.persons)}
    # What was left for a post before its unit moved or was closed is for whoever took over.
    former = [path for path in district.successors if district.present(path) in posts]
    spoken_for = [caller.department] if caller.has_role("department") and caller.department else []
    recipients = (person(caller.subject), *map(post, (*posts, *former)), *map(department, spoken_for))
    return [one.address for one in recipients]


async def reporters(connection: AsyncConnection, tracking_code: str) -> list[str]:
    """Return the address that a tracking code reads.

    Raises:
        ProblemError: 404, nobody was ever told anything there.
    """
    address = reporter(reporter_key(tracking_code)).address
    if not await queries.was_told(connection, address):
        raise not_found("tracking code")
    return [address]


async def _inbox(
    connection: AsyncConnection,
    words: Words,
    recipients: Sequence[str],
    language: str | None,
    *,
    show: str,
    after: str | None,
    limit: int,
) -> InboxRead:
    start = MessageCursor.decode(after).id if after else None
    rows = await queries.inbox_of(connection, recipients, show=show, after=start, limit=limit + 1)
    items = [shown(words, row, language) for row in rows[:limit]]
    following = MessageCursor(id=items[-1].id).encode() if len(rows) > limit else None
    return InboxRead(items=items, next=following, unread=await queries.count_unread(connection, recipients))


def shown(words: Words, row: queries.AnyRow, language: str | None) -> MessageRead:
    """Return a message as it is shown."""
    rendered = words.render(row.template, row.params, language or row.language)
    return MessageRead(
        id=row.id,
        issue_id=row.issue_id,
        title=rendered.title,
        body=rendered.body,
        told_at=row.told_at,
        read_at=row.read_at,
        archived_at=row.archived_at,
    )
