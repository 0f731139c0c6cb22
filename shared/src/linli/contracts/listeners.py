"""Which service listens to which events: what its queue is bound to, and whom a new event reaches."""

from collections.abc import Mapping

from linli.contracts import cases, clocks, dispatches, districts, issues, lines, meetings, needs, posts, shifts, wishes
from linli.contracts.words import EventData

LISTENERS: Mapping[str, frozenset[type[EventData]]] = {
    "intake": frozenset(
        {
            cases.CaseRouted,
            cases.CaseAccepted,
            cases.CaseStarted,
            cases.CaseEscalated,
            cases.CaseReturned,
            cases.CaseResolved,
            cases.CaseInspected,
            cases.CaseVerified,
            cases.CaseReopened,
            cases.CaseClosed,
            cases.CaseDelegated,
            cases.CaseTransferred,
            cases.CaseDeclined,
            cases.CaseMerged,
            cases.CaseUnmerged,
            cases.CaseMergeRefused,
            cases.CaseAbsorbed,
            cases.CaseReleased,
            cases.CaseWithdrawn,
            clocks.CaseExtended,
            clocks.CaseSuspended,
            clocks.CaseResumed,
            needs.NeedOpened,
            needs.NeedClaimed,
            needs.NeedClosed,
            districts.UnitChanged,
            districts.CategoryChanged,
        }
    ),
    "routing": frozenset(
        {
            issues.IssueReported,
            issues.ReturnVisitAnswered,
            issues.IssueMerged,
            issues.IssueUnmerged,
            issues.IssueWithdrawn,
        }
    ),
    "volunteer": frozenset(
        {
            cases.CaseRouted,
            cases.CaseReopened,
            cases.CaseClosed,
            cases.CaseDeclined,
            cases.CaseMerged,
            cases.CaseWithdrawn,
            clocks.CaseExtended,
            clocks.CaseResumed,
            districts.UnitChanged,
            districts.CategoryChanged,
        }
    ),
    "notify": frozenset(
        {
            issues.IssueReported,
            issues.ReturnVisitAnswered,
            cases.CaseRouted,
            cases.CaseAccepted,
            cases.CaseEscalated,
            cases.CaseReturned,
            cases.CaseResolved,
            cases.CaseInspected,
            cases.CaseReopened,
            cases.CaseClosed,
            cases.CaseDelegated,
            cases.CaseTransferred,
            cases.CaseDeclined,
            cases.CaseMerged,
            cases.CaseUnmerged,
            cases.CaseAbsorbed,
            cases.CaseReleased,
            cases.CaseWithdrawn,
            clocks.CaseWarned,
            clocks.ApprovalAsked,
            clocks.ApprovalRefused,
            clocks.CaseExtended,
            clocks.CaseSuspended,
            clocks.CaseResumed,
            clocks.CaseSupervised,
            dispatches.DispatchRequested,
            dispatches.DispatchAccepted,
            dispatches.DispatchReturned,
            dispatches.DispatchProgressed,
            dispatches.DispatchDone,
            dispatches.DispatchWithdrawn,
            dispatches.DispatchOverdue,
            dispatches.TaskAssigned,
            dispatches.TaskDone,
            dispatches.TaskCancelled,
            dispatches.TaskOverdue,
            meetings.MeetingCalled,
            meetings.MeetingHeld,
            meetings.MeetingCancelled,
            needs.NeedOpened,
            needs.HelperAsked,
            needs.NeedClaimed,
            wishes.WishSubmitted,
            wishes.WishVerified,
            wishes.WishDeclined,
            wishes.WishPublished,
            wishes.WishWithdrawn,
            wishes.WishExpired,
            wishes.WishClaimed,
            wishes.WishClaimConfirmed,
            wishes.WishReleased,
            wishes.WishFulfilled,
            wishes.WishThanked,
            shifts.ActivityAnnounced,
            shifts.ShiftCancelled,
            shifts.ShiftAtRisk,
            shifts.ShiftHeld,
            shifts.AssignmentSwapOffered,
            shifts.AssignmentProposed,
            shifts.AssignmentAccepted,
            shifts.AssignmentWaitlisted,
            shifts.AssignmentOffered,
            shifts.AssignmentLapsed,
            shifts.AssignmentDeclined,
            shifts.AssignmentCancelled,
            shifts.AssignmentReminded,
            posts.PostOpened,
            posts.PostClosed,
            posts.PostTaken,
            posts.PostGivenBack,
            posts.ServiceAccepted,
            lines.LineEntered,
            lines.LineMatched,
            lines.LineSeparated,
            lines.LineSettled,
            districts.UnitChanged,
            districts.CategoryChanged,
        }
    ),
}
"""Every service of the suite, and the models of the events that it reacts to.

Each service's own table of reactions is what it runs on; a test holds the two to each other.
"""


def listeners_of(model: type[EventData]) -> tuple[str, ...]:
    """Return the services that react to an event."""
    return tuple(service for service, models in LISTENERS.items() if model in models)
