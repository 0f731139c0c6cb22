"""What notify does about an event: it remembers whom the issue concerns, and tells them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import (
    CaseAccepted,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseRouted,
    Event,
    EventData,
    IssueReported,
    NeedClaimed,
    NeedOpened,
    ReturnVisitAnswered,
)
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


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an issue concerns."""

    reporter_key: str
    language: str
    handler_id: str | None
    unit: str | None


async def remember_reporter_on_issue_reported(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueReported]
) -> None:
    """Remember whom to tell about the issue, and say that it was received."""
    whom = Concerned(event.data.reporter_key, event.data.language, None, None)
    row = {"issue_id": event.data.issue_id, "reporter_key": whom.reporter_key, "language": whom.language}
    await connection.execute(_REMEMBER, row)
    await _tell(context, connection, event, event.data.issue_id, whom)


async def remember_handler_on_case_routed(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseRouted]
) -> None:
    """Remember who is responsible now, and tell them and the reporter."""
    issue_id = event.data.case_id
    responsible = {"handler_id": event.data.handler.id, "unit": event.data.unit}
    changed = update(concerned).where(concerned.c.issue_id == issue_id).values(responsible)
    whom = _whom((await connection.execute(changed.returning(*_WHOM))).one_or_none(), issue_id)
    await _tell(context, connection, event, issue_id, whom)


async def tell_those_concerned(context: ReactionContext, connection: AsyncConnection, event: Event[Any]) -> None:
    """Leave a message in the inbox of everybody whom the rules name."""
    issue_id = getattr(event.data, "issue_id", None) or event.data.case_id
    known = select(*_WHOM).where(concerned.c.issue_id == issue_id)
    whom = _whom((await connection.execute(known)).one_or_none(), issue_id)
    await _tell(context, connection, event, issue_id, whom)


def _whom(row: Row[str, str, str | None, str | None] | None, issue_id: UUID) -> Concerned:
    if row is None:
        raise UnknownIssueError(f"issue {issue_id} is not known here yet")
    return Concerned(*row)


async def _tell(
    context: ReactionContext, connection: AsyncConnection, event: Event[Any], issue_id: UUID, whom: Concerned
) -> None:
    params = event.data.model_dump(mode="json", exclude=UNTOLD)
    rows = []
    for role, template in context.words.rules.root[event.type].items():
        recipient = recipient_of(role, unit=whom.unit, reporter_key=whom.reporter_key)
        if recipient is None:
            continue
        language = whom.language if role is Role.REPORTER else context.words.language_of(whom.handler_id or "")
        rows.append(
            {
                "id": context.new_id(),
                "recipient": recipient,
                "event_id": event.id,
                "issue_id": issue_id,
                "template": template,
                "params": params,
                "language": language,
                "told_at": event.time,
            }
        )
    if rows:
        await connection.execute(_LEAVE, rows)


_WHOM = (concerned.c.reporter_key, concerned.c.language, concerned.c.handler_id, concerned.c.unit)
_REMEMBER = insert(concerned).on_conflict_do_nothing()
_LEAVE = insert(messages).on_conflict_do_nothing()

REACTIONS: dict[type[EventData], Reaction] = {
    IssueReported: remember_reporter_on_issue_reported,
    CaseRouted: remember_handler_on_case_routed,
    ReturnVisitAnswered: tell_those_concerned,
    CaseAccepted: tell_those_concerned,
    CaseEscalated: tell_those_concerned,
    CaseReturned: tell_those_concerned,
    CaseResolved: tell_those_concerned,
    CaseReopened: tell_those_concerned,
    CaseClosed: tell_those_concerned,
    NeedOpened: tell_those_concerned,
    NeedClaimed: tell_those_concerned,
}
