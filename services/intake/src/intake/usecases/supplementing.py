"""Something is added to an issue that was reported before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import changed
from intake.tables import issues, supplements

MOST_BY_REPORTER = 20
"""Supplements of an issue that its reporter may send."""


class TooManySupplementsError(Exception):
    """The reporter has added as much as can be read."""


class UnknownIssueError(Exception):
    """No issue has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """What is added to an issue later. ``description`` is personal: repr does not show it.

    ``client_id`` and ``client_status`` are what the front end ``client`` calls it, and takes the issue's state for;
    without a client it comes from the reporter.
    """

    description: str
    client: str | None = None
    client_id: str | None = None
    client_status: str | None = None
    media_url: str | None = None

    def __repr__(self) -> str:
        return f"Supplement(client={self.client!r}, client_id={self.client_id!r})"


async def supplement_issue(
    connection: AsyncConnection, issue_id: UUID, supplement: Supplement, *, supplement_id: UUID, at: datetime
) -> UUID:
    """Add to an issue, and return the id of what was added; the same again adds nothing.

    Raises:
        UnknownIssueError: there is no such issue.
        TooManySupplementsError: its reporter has added enough.
    """
    # Of two at once the second is counted after the first.
    if await connection.scalar(select(issues.c.id).where(issues.c.id == issue_id).with_for_update()) is None:
        raise UnknownIssueError
    if supplement.client is None:
        mine = select(func.count()).where(supplements.c.issue_id == issue_id, supplements.c.client.is_(None))
        if (await connection.scalar(mine) or 0) >= MOST_BY_REPORTER:
            raise TooManySupplementsError
    values = {
        "id": supplement_id,
        "issue_id": issue_id,
        "at": at,
        "description": supplement.description,
        "media_url": supplement.media_url,
        "client": supplement.client,
        "client_id": supplement.client_id,
        "client_status": supplement.client_status,
    }
    if supplement.client is None:
        await connection.execute(changed(issue_id))
    added = insert(supplements).values(values).on_conflict_do_nothing().returning(supplements.c.id)
    if (await connection.execute(added)).first() is not None:
        return supplement_id
    same = (supplements.c.client == supplement.client) & (supplements.c.client_id == supplement.client_id)
    earlier = select(supplements.c.id).where(supplements.c.issue_id == issue_id, same)
    known: UUID = (await connection.execute(earlier)).scalar_one()
    return known
