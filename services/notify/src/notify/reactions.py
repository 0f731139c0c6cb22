"""What notify does about an event: it remembers whom it concerns, and tells them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.district import district_reactions
from linli.contracts import (
    ActivityAnnounced,
    ApprovalAsked,
    ApprovalRefused,
    AssignmentAccepted,
    AssignmentCancelled,
    AssignmentDeclined,
    AssignmentLapsed,
    AssignmentOffered,
    AssignmentProposed,
    AssignmentReminded,
    AssignmentSwapOffered,
    AssignmentWaitlisted,
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
    DispatchOverdue,
    DispatchProgressed,
    DispatchRequested,
    DispatchReturned,
    DispatchWithdrawn,
    Event,
    EventData,
    HelperAsked,
    IssueReported,
    LineEntered,
    LineMatched,
    LineSeparated,
    LineSettled,
    MeetingCalled,
    MeetingCancelled,
    MeetingHeld,
    NeedClaimed,
    NeedOpened,
    PostClosed,
    PostGivenBack,
    PostOpened,
    PostTaken,
    ReturnVisitAnswered,
    ServiceAccepted,
    ShiftAtRisk,
    ShiftCancelled,
    ShiftHeld,
    TaskAssigned,
    TaskCancelled,
    TaskDone,
    TaskOverdue,
    TeamChanged,
    TeamJoined,
    TeamLeft,
    WishClaimConfirmed,
    WishClaimed,
    WishDeclined,
    WishExpired,
    WishFulfilled,
    WishPublished,
    WishReleased,
    WishSubmitted,
    WishThanked,
    WishVerified,
    WishWithdrawn,
)
from linli.messaging.consumer import Reaction
from notify import addressed
from notify.memberships import forget_member_on_team_left, note_member_on_team_joined, note_team_on_team_changed
from notify.tables import concerned, district_entries
from notify.telling import NOBODY, WHOM, Concerned, ReactionContext, tell, whom_of


async def remember_reporter_on_issue_reported(
    context: ReactionContext, connection: AsyncConnection, event: Event[IssueReported]
) -> None:
    """Remember whom to tell about the issue, and say that it was received."""
    whom = Concerned(event.data.reporter_key, event.data.language)
    row = {
        "issue_id": event.data.issue_id,
        "reporter_key": whom.reporter_key,
        "language": whom.language,
        "area": event.data.area,
    }
    await connection.execute(_REMEMBER, row)
    await tell(context, connection, event, event.data.issue_id, whom)


async def remember_handler_on_case_routed(
    context: ReactionContext, connection: AsyncConnection, event: Event[CaseRouted]
) -> None:
    """Remember who is responsible now, and tell them and the reporter."""
    issue_id = event.data.case_id
    now = {"unit": event.data.unit, "handler": event.data.handler.id}
    changed = update(concerned).where(concerned.c.issue_id == issue_id).values(now)
    whom = whom_of((await connection.execute(changed.returning(*WHOM))).one_or_none(), issue_id)
    await tell(context, connection, event, issue_id, whom)


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
    known = select(*WHOM).where(concerned.c.issue_id == issue_id)
    whom = whom_of((await connection.execute(known)).one_or_none(), issue_id)
    await tell(context, connection, event, issue_id, whom)


async def tell_those_invited(context: ReactionContext, connection: AsyncConnection, event: Event[Any]) -> None:
    """Tell the units that are invited to a meeting."""
    await tell(context, connection, event, event.data.cases[0], NOBODY)


async def tell_those_named(context: ReactionContext, connection: AsyncConnection, event: Event[Any]) -> None:
    """Tell those whom an event of volunteer names, and who is responsible where it is; no issue is behind it."""
    await tell(context, connection, event, None, NOBODY)


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


_REMEMBER = insert(concerned).on_conflict_do_nothing()

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
    DispatchOverdue: tell_those_concerned,
    NeedClaimed: tell_those_concerned,
    NeedOpened: tell_those_concerned,
    ReturnVisitAnswered: tell_those_concerned,
    TaskAssigned: tell_those_concerned,
    TaskCancelled: tell_those_concerned,
    TaskOverdue: tell_those_concerned,
    TaskDone: tell_those_concerned,
    HelperAsked: tell_those_named,
    WishSubmitted: tell_those_named,
    WishVerified: tell_those_named,
    WishDeclined: tell_those_named,
    WishPublished: tell_those_named,
    WishWithdrawn: tell_those_named,
    WishExpired: tell_those_named,
    WishClaimed: tell_those_named,
    WishClaimConfirmed: tell_those_named,
    WishReleased: tell_those_named,
    WishFulfilled: tell_those_named,
    WishThanked: tell_those_named,
    ActivityAnnounced: tell_those_named,
    ShiftCancelled: tell_those_named,
    ShiftAtRisk: tell_those_named,
    ShiftHeld: tell_those_named,
    AssignmentSwapOffered: tell_those_named,
    AssignmentProposed: tell_those_named,
    AssignmentAccepted: tell_those_named,
    AssignmentWaitlisted: tell_those_named,
    AssignmentOffered: tell_those_named,
    AssignmentLapsed: tell_those_named,
    AssignmentDeclined: tell_those_named,
    AssignmentCancelled: tell_those_named,
    AssignmentReminded: tell_those_named,
    PostOpened: tell_those_named,
    PostClosed: tell_those_named,
    PostTaken: tell_those_named,
    PostGivenBack: tell_those_named,
    ServiceAccepted: tell_those_named,
    LineEntered: tell_those_named,
    LineMatched: tell_those_named,
    LineSeparated: tell_those_named,
    LineSettled: tell_those_named,
    TeamChanged: note_team_on_team_changed,
    TeamJoined: note_member_on_team_joined,
    TeamLeft: forget_member_on_team_left,
    MeetingCalled: note_meeting_on_meeting_called,
    MeetingHeld: tell_those_invited,
    MeetingCancelled: strike_meeting_on_meeting_cancelled,
}
