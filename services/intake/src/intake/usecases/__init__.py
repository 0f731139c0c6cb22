"""What can be done to issues: one function per command, each within the caller's transaction."""

from intake.usecases.attaching import Attachment, attach, attached_to, detach, look_for
from intake.usecases.drafting import (
    MOST_DRAFTS,
    Draft,
    HandedInError,
    TooManyDraftsError,
    UnknownDraftError,
    change_draft,
    discard_draft,
    drafts_of,
    hand_in,
    read_draft,
    save_draft,
)
from intake.usecases.following import UnknownTrackingCodeError, give_feedback, withdraw_issue
from intake.usecases.merging import merge_issue, unmerge_issue
from intake.usecases.noting import Note, note
from intake.usecases.reporting import Accepted, Report, Understood, check_report, report_issue
from intake.usecases.supplementing import Supplement, TooManySupplementsError, UnknownIssueError, supplement_issue
from intake.usecases.visiting import FoundError, Visit, note_visit

__all__ = [
    "MOST_DRAFTS",
    "Accepted",
    "Attachment",
    "Draft",
    "FoundError",
    "HandedInError",
    "Note",
    "Report",
    "Supplement",
    "TooManyDraftsError",
    "TooManySupplementsError",
    "Understood",
    "UnknownDraftError",
    "UnknownIssueError",
    "UnknownTrackingCodeError",
    "Visit",
    "attach",
    "attached_to",
    "change_draft",
    "check_report",
    "detach",
    "discard_draft",
    "drafts_of",
    "give_feedback",
    "hand_in",
    "look_for",
    "merge_issue",
    "note",
    "note_visit",
    "read_draft",
    "report_issue",
    "save_draft",
    "supplement_issue",
    "unmerge_issue",
    "withdraw_issue",
]
