"""What can be done to issues: one function per command, each within the caller's transaction."""

from intake.usecases.attaching import Attachment, attach, attached_to, detach, look_for
from intake.usecases.following import UnknownTrackingCodeError, give_feedback, withdraw_issue
from intake.usecases.merging import merge_issue, unmerge_issue
from intake.usecases.noting import Note, note
from intake.usecases.reporting import Accepted, Report, report_issue
from intake.usecases.supplementing import Supplement, TooManySupplementsError, UnknownIssueError, supplement_issue

__all__ = [
    "Accepted",
    "Attachment",
    "Note",
    "Report",
    "Supplement",
    "TooManySupplementsError",
    "UnknownIssueError",
    "UnknownTrackingCodeError",
    "attach",
    "attached_to",
    "detach",
    "give_feedback",
    "look_for",
    "merge_issue",
    "note",
    "report_issue",
    "supplement_issue",
    "unmerge_issue",
    "withdraw_issue",
]
