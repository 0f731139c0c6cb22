"""The log of what was to be told outside of the app, for staff of the areas that it is about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from linli.chassis.auth import Caller, forbidden
from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading
from linli.chassis.runtime import Now
from notify import reach_queries
from notify.domain.manners import ChannelName
from notify.domain.planning import Reason
from notify.queries import AnyRow

router = APIRouter(prefix="/v1")

SHOWN = timedelta(days=30)
"""How far back the log is searched unless an earlier time is given."""

State = Literal["waiting", "gathering", "sending", "sent", "delivered", "merged", "skipped", "failed", "cancelled"]


class OutgoingCursor(Cursor):
    """The place of a page in the log."""

    place: int


class OutgoingRead(BaseModel):
    """One message to one address: which it is, its state and why; never the address or the words."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    event_id: UUID | None
    issue_id: UUID | None
    area: str | None
    recipient: str = Field(description="An inbox; reporters are all called `reporter`")
    channel: str
    template: str
    urgent: bool
    state: State
    reason: Reason | None
    detail: str | None
    attempts: int
    planned_at: datetime
    not_before: datetime
    next_attempt_at: datetime | None
    settled_at: datetime | None
    digest_id: UUID | None


class OutgoingLog(Page[OutgoingRead]):
    """A page of the log, newest first."""


async def _wanted(
    issue_id: UUID | None = None,
    event_id: UUID | None = None,
    template: Annotated[str | None, Query(max_length=60)] = None,
    channel: ChannelName | None = None,
    state: State | None = None,
    reason: Reason | None = None,
) -> Mapping[str, Any]:
    asked = {
        "issue_id": issue_id,
        "event_id": event_id,
        "template": template,
        "channel": channel,
        "state": state,
        "reason": reason,
    }
    return {name: value for name, value in asked.items() if value is not None}


Wanted = Annotated[Mapping[str, Any], Depends(_wanted)]
"""What the log is searched for."""


@router.get("/outgoing")
async def search_outgoing(
    caller: Caller,
    connection: Reading,
    now: Now,
    wanted: Wanted,
    since: AwareDatetime | None = None,
    after: After = None,
    limit: Limit = 50,
) -> OutgoingLog:
    """Search what was to be told outside of the app of the caller's areas: the platform sees all."""
    if not caller.has_role("staff", "supervisor", "platform"):
        raise forbidden("The log is for staff.")
    rows = await reach_queries.list_outgoing(
        connection,
        areas=None if caller.has_role("platform") else caller.areas,
        wanted=wanted,
        since=since or now - SHOWN,
        after=OutgoingCursor.decode(after).place if after else None,
        limit=limit + 1,
    )
    items = [_read(row) for row in rows[:limit]]
    following = OutgoingCursor(place=rows[limit - 1].place).encode() if len(rows) > limit else None
    return OutgoingLog(items=items, next=following)


def _read(row: AnyRow) -> OutgoingRead:
    kind, _, _ = row.recipient.partition(":")
    shown = kind if kind == "reporter" else row.recipient
    return OutgoingRead.model_validate(row).model_copy(update={"recipient": shown})
