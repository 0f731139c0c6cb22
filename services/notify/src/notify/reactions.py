"""What notify does about an event: it remembers whom it concerns, and tells them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.district import Districts, district_reactions
from linli.contracts import (
    ApprovalAsked,
    ApprovalRefused,
    CaseAbsorbed,
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseDelegated,
    CaseEscalated,
    CaseExtended,
    CaseInspected,
    CaseMerged,
    CaseReleased,
    CaseReopened,
    CaseResolved,
    CaseResumed,
    CaseReturned,
    CaseRouted,
    CaseSupervised,
    CaseSuspended,
    CaseTransferred,
    CaseUnmerged,
    CaseWarned,
    CaseWithdrawn,
    DispatchAccepted,
    DispatchDone,
    DispatchProgressed,
    DispatchRequested,
    DispatchReturned,
    DispatchWithdrawn,
    Event,
    EventData,
    IssueReported,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    NeedClaimed,
    NeedOpened,
    ReturnVisitAnswered,
    TaskAssigned,
    TaskCancelled,
    TaskDone,
)
from linli.messaging.consumer import Reaction
from notify import addressed
from notify.domain.rules import Role, officials, reporter
from notify.tables import concerned, district_entries, messages
from notify.wording import Words

UNTOLD = {"description", "reporter_key", "location", "reported_at", "source", "into", "other"} | {
    f"{thing}_id" for thing in ("issue", "case", "need", "task", "meeting")
}
"""What a message keeps nothing of: it names the matter and the place, and repeats no report."""


class UnknownIssueError(Exception):
    """An event came before the report that it belongs to; it is tried again."""


@dataclass(frozen=True, slots=True)
class ReactionContext:
    """The rules and texts, the district, and where ids come from."""

    words: Words
    districts: Districts
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom an issue concerns."""

    reporter_key: str
    language: str
    unit: str | None = None
    handler: str | None = None


NOBODY = Concerned("", "")
"""For what is told to posts alone."""


async def remember_reporter_on_issue_reported(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueReported]
) -> None:
    """Remember whom to tell about the issue, and say that it was received."""
    whom = Concerned(event.data.reporter_key, event.data.language)
    row = {"issue_id": event.data.issue_id, "reporter_key": whom.reporter_key, "language": whom.language}
    await connection.execute(_REMEMBER, row)
    await _tell(context, connection, event, event.data.issue_id, whom)


async def remember_handler_on_case_routed(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseRouted]
) -> None:
    """Remember who is responsible now, and tell them and the reporter."""
    issue_id = event.data.case_id
    now = {"unit": event.data.unit, "handler": event.data.handler.id}
    changed = update(concerned).where(concerned.c.issue_id == issue_id).values(now)
    whom = _whom((await connection.execute(changed.returning(*_WHOM))).one_or_none(), issue_id)
    await _tell(context, connection, event, issue_id, whom)


async def remember_merge_on_case_merged(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseMerged]
) -> None:
    """Remember which issue stands for this one, which ends here: its outcome is told to this one's reporter too."""
    await _stand_for(connection, event.data.case_id, event.data.into)
    await end_dispatches_on_case_ended(context, connection, event)


async def forget_merge_on_case_unmerged(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseUnmerged]
) -> None:
    """Let the issue stand for itself again."""
    await _stand_for(connection, event.data.case_id, None)
    await tell_those_concerned(context, connection, event)


async def tell_those_concerned(context: ReactionContext, connection: AsyncConnection, event: Event[Any]) -> None:
    """Leave a message in the inbox of everybody whom the rules name."""
    issue_id = getattr(event.data, "issue_id", None) or event.data.case_id
    known = select(*_WHOM).where(concerned.c.issue_id == issue_id)
    whom = _whom((await connection.execute(known)).one_or_none(), issue_id)
    await _tell(context, connection, event, issue_id, whom)


async def tell_those_invited(context: ReactionContext, connection: AsyncConnection, event: Event[Any]) -> None:
    """Tell the units that are invited to a meeting."""
    await _tell(context, connection, event, event.data.cases[0], NOBODY)


async def open_dispatch_on_dispatch_requested(
    _: ReactionContext, connection: AsyncConnection, event: Event[DispatchRequested]
) -> None:
    """Put the matter on the department's worklist, anew where it was on it before."""
    await addressed.request(connection, event)


async def note_state_on_dispatch_answered(
    context: ReactionContext, connection: AsyncConnection, event: Event[DispatchAccepted | DispatchProgressed]
) -> None:
    """Note how far the department is, and tell those concerned."""
    await addressed.note_answer(connection, event)
    await tell_those_concerned(context, connection, event)


async def end_dispatch_on_dispatch_ended(
    context: ReactionContext, connection: AsyncConnection, event: Event[DispatchDone | DispatchReturned]
) -> None:
    """Take the matter from the department's worklist, and tell those concerned."""
    await addressed.end(connection, event.data.case_id, event.data.department)
    await tell_those_concerned(context, connection, event)


async def end_dispatch_on_dispatch_withdrawn(
    _: ReactionContext, connection: AsyncConnection, event: Event[DispatchWithdrawn]
) -> None:
    """Take the matter from the department's worklist."""
    await addressed.end(connection, event.data.case_id, event.data.department)


async def end_dispatches_on_case_ended(
    context: ReactionContext, connection: AsyncConnection, event: Event[Any]
) -> None:
    """Take a case that has ended from every worklist, and tell those concerned."""
    await addressed.end(connection, event.data.case_id)
    await tell_those_concerned(context, connection, event)


async def note_meeting_on_meeting_called(
    context: ReactionContext, connection: AsyncConnection, event: Event[MeetingCalled]
) -> None:
    """Put the meeting into the departments' calendars, or move it there, and tell those invited."""
    await addressed.call(connection, event)
    await tell_those_invited(context, connection, event)


async def strike_meeting_on_meeting_cancelled(
    context: ReactionContext, connection: AsyncConnection, event: Event[MeetingCancelled]
) -> None:
    """Strike the meeting in the departments' calendars, and tell those invited."""
    await addressed.cancel(connection, event)
    await tell_those_invited(context, connection, event)


async def _stand_for(connection: AsyncConnection, issue_id: UUID, into: UUID | None) -> None:
    changed = update(concerned).where(concerned.c.issue_id == issue_id).values(merged_into=into)
    await connection.execute(changed)


def _whom(row: Row[str, str, str | None, str | None] | None, issue_id: UUID) -> Concerned:
    if row is None:
        raise UnknownIssueError(f"issue {issue_id} is not known here yet")
    return Concerned(*row)


async def _tell(
    context: ReactionContext, connection: AsyncConnection, event: Event[Any], issue_id: UUID, whom: Concerned
) -> None:
    params = event.data.model_dump(mode="json", exclude=UNTOLD)
    rows = [
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
        for role, template in context.words.rules.root[event.type].items()
        for recipient, language in await _recipients(context, connection, role, event.data, issue_id, whom)
    ]
    if rows:
        await connection.execute(_LEAVE, rows)


async def _recipients(
    context: ReactionContext,
    connection: AsyncConnection,
    role: Role,
    data: EventData,
    issue_id: UUID,
    whom: Concerned,
) -> list[tuple[str, str]]:
    """Return the address and the language of everybody who has a role."""
    if role is Role.REPORTER:
        return [(reporter(whom.reporter_key).address, whom.language)]
    if role is Role.MERGED:
        return [(reporter(key).address, language) for key, language in await _merged(connection, issue_id)]
    district = await context.districts.current(connection)
    words = context.words.of(district)
    told = officials(role, data, district, unit=whom.unit, handler=whom.handler)
    return [(one.address, words.language_of(one)) for one in told]


async def _merged(connection: AsyncConnection, issue_id: UUID) -> Sequence[Row[str, str]]:
    """Return the reporters of all issues that were merged into one, also by way of another."""
    theirs = select(concerned.c.issue_id).where(concerned.c.merged_into == issue_id).cte(recursive=True)
    # UNION leaves out what was found before: a circle ends.
    theirs = theirs.union(select(concerned.c.issue_id).join(theirs, concerned.c.merged_into == theirs.c.issue_id))
    others = select(concerned.c.reporter_key, concerned.c.language).where(
        concerned.c.issue_id.in_(select(theirs.c.issue_id)), concerned.c.issue_id != issue_id
    )
    return (await connection.execute(others)).all()


_WHOM = (concerned.c.reporter_key, concerned.c.language, concerned.c.unit, concerned.c.handler)
_REMEMBER = insert(concerned).on_conflict_do_nothing()
_LEAVE = insert(messages).on_conflict_do_nothing()

REACTIONS: dict[type[EventData], Reaction] = {
    **district_reactions(district_entries),
    IssueReported: remember_reporter_on_issue_reported,
    CaseRouted: remember_handler_on_case_routed,
    CaseMerged: remember_merge_on_case_merged,
    CaseUnmerged: forget_merge_on_case_unmerged,
    ApprovalAsked: tell_those_concerned,
    ApprovalRefused: tell_those_concerned,
    CaseAccepted: tell_those_concerned,
    CaseInspected: tell_those_concerned,
    CaseClosed: end_dispatches_on_case_ended,
    CaseDeclined: end_dispatches_on_case_ended,
    CaseDelegated: tell_those_concerned,
    CaseEscalated: tell_those_concerned,
    CaseExtended: tell_those_concerned,
    CaseReopened: tell_those_concerned,
    CaseResolved: tell_those_concerned,
    CaseResumed: tell_those_concerned,
    CaseReturned: tell_those_concerned,
    CaseSupervised: tell_those_concerned,
    CaseSuspended: tell_those_concerned,
    CaseTransferred: tell_those_concerned,
    CaseWarned: tell_those_concerned,
    CaseAbsorbed: tell_those_concerned,
    CaseReleased: tell_those_concerned,
    CaseWithdrawn: end_dispatches_on_case_ended,
    DispatchRequested: open_dispatch_on_dispatch_requested,
    DispatchAccepted: note_state_on_dispatch_answered,
    DispatchDone: end_dispatch_on_dispatch_ended,
    DispatchProgressed: note_state_on_dispatch_answered,
    DispatchReturned: end_dispatch_on_dispatch_ended,
    DispatchWithdrawn: end_dispatch_on_dispatch_withdrawn,
    NeedClaimed: tell_those_concerned,
    NeedOpened: tell_those_concerned,
    ReturnVisitAnswered: tell_those_concerned,
    TaskAssigned: tell_those_concerned,
    TaskCancelled: tell_those_concerned,
    TaskDone: tell_those_concerned,
    MeetingCalled: note_meeting_on_meeting_called,
    MeetingHeld: tell_those_invited,
    MeetingCancelled: strike_meeting_on_meeting_cancelled,
}
