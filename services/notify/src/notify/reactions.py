"""What notify does about every event: it remembers whom the issue concerns, and tells them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import CATALOGUE, CaseReopened, CaseRouted, Event, EventData, IssueReported
from linli.messaging.consumer import Reaction
from notify.domain.rules import Role, recipient_of
from notify.tables import concerned, messages
from notify.wording import Words

UNTOLD = {"description", "reporter_key", "location", "reported_at", "source", "issue_id", "case_id", "need_id"}
"""What a message keeps nothing of: it names the matter and the place, and repeats no report."""


class UnknownIssueError(Exception):
    """An event came before the report that it belongs to; it is tried again."""


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """The rules and texts, and where ids come from."""

    words: Words
    new_id: Callable[[], UUID]


async def remember_reporter_on_issue_reported(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueReported]
) -> None:
    """Remember whom to tell about the issue, and say that it was received."""
    row = {
        "issue_id": event.data.issue_id,
        "reporter_key": event.data.reporter_key,
        "language": event.data.language,
    }
    await connection.execute(insert(concerned).values(row).on_conflict_do_nothing())
    await tell_those_concerned(context, connection, event)


async def remember_handler_on_case_routed(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseRouted | CaseReopened]
) -> None:
    """Remember who is responsible now, and tell them and the reporter."""
    handler = event.data.handler.id
    await connection.execute(
        update(concerned).where(concerned.c.issue_id == event.data.case_id).values(handler_id=handler)
    )
    await tell_those_concerned(context, connection, event)


async def tell_those_concerned(context: ReactionContext, connection: AsyncConnection, event: Event[Any]) -> None:
    """Leave a message in the inbox of everybody whom the rules name."""
    issue_id = getattr(event.data, "issue_id", None) or event.data.case_id
    row = (await connection.execute(select(concerned).where(concerned.c.issue_id == issue_id))).one_or_none()
    if row is None:
        raise UnknownIssueError(f"issue {issue_id} is not known here yet")
    params = event.data.model_dump(mode="json", exclude=UNTOLD)
    for role, template in context.words.rules.root[event.type].items():
        recipient = recipient_of(role, handler_id=row.handler_id, reporter_key=row.reporter_key)
        if recipient is None:
            continue
        language = row.language if role is Role.REPORTER else context.words.language_of(row.handler_id)
        message = {
            "id": context.new_id(),
            "recipient": recipient,
            "event_id": event.id,
            "issue_id": issue_id,
            "template": template,
            "params": params,
            "language": language,
            "told_at": event.time,
        }
        await connection.execute(insert(messages).values(message).on_conflict_do_nothing())


REACTIONS: dict[type[EventData], Reaction] = {
    **{kind.model: tell_those_concerned for kind in CATALOGUE.values()},
    IssueReported: remember_reporter_on_issue_reported,
    CaseRouted: remember_handler_on_case_routed,
    CaseReopened: remember_handler_on_case_routed,
}
"""Notify listens to everything that the catalogue knows: no event of the suite is ever heard by nobody."""
