"""What each error of intake is to the caller."""

from collections.abc import Callable
from typing import Any

from starlette.requests import ClientDisconnect

from intake.attachments.content import ACCEPTED, UnknownContentError
from intake.attachments.images import PictureError
from intake.attachments.receiving import TooLargeError, TooManyError, TooSlowError
from intake.attachments.storage import StorageError
from intake.domain.answering import AnswersError
from intake.domain.attaching import AttachError
from intake.domain.issue import NotAnswerableError, NotWithdrawableError
from intake.domain.merging import MergeError
from intake.domain.placing import UnknownAreaError, UnknownCategoryError
from intake.domain.timing import MadeAtError
from intake.usecases import (
    MOST_DRAFTS,
    FoundError,
    HandedInError,
    TooManyDraftsError,
    TooManySupplementsError,
    UnknownDraftError,
    UnknownIssueError,
    UnknownTrackingCodeError,
)
from linli.chassis.cipher import UnreadableError
from linli.chassis.problems import ProblemError, unavailable_problem


def not_found(what: str) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what}.")


def refused(field: str, message: str) -> ProblemError:
    """Return the 422 problem of a field."""
    return ProblemError(
        422, "invalid-request", "The request is not valid", errors=[{"field": field, "message": message}]
    )


def _unanswered(error: AnswersError) -> ProblemError:
    errors = [{"field": f"attributes.{code}", "message": fault} for code, fault in error.faults.items()]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _found(error: FoundError) -> ProblemError:
    problem = PROBLEMS[type(error.fault)](error.fault)
    faults: list[dict[str, str]] = problem.extra["errors"]
    return ProblemError(
        problem.status,
        problem.slug,
        problem.title,
        errors=[{**fault, "field": f"issues.{error.place}.{fault['field']}"} for fault in faults],
    )


def _illegal(error: NotAnswerableError | NotWithdrawableError) -> ProblemError:
    return ProblemError(
        409,
        "illegal-action",
        "The state of the issue forbids this",
        f"{error}.",
        state=error.state.value,
        allowed=list(error.actions),
    )


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."


PROBLEMS: dict[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownAreaError: lambda _: refused("area", "no such area"),
    UnknownCategoryError: lambda _: refused("category", "no such category"),
    AnswersError: _unanswered,
    MadeAtError: lambda error: refused(error.field, str(error)),
    UnknownTrackingCodeError: lambda _: not_found("tracking code"),
    UnknownIssueError: lambda _: not_found("issue"),
    NotAnswerableError: _illegal,
    NotWithdrawableError: _illegal,
    FoundError: _found,
    UnknownDraftError: lambda _: not_found("draft"),
    TooManyDraftsError: lambda _: ProblemError(
        409, "too-many-drafts", "Too many drafts are kept", f"At most {MOST_DRAFTS} are kept for one person."
    ),
    HandedInError: lambda _: ProblemError(409, "handed-in", "The draft was handed in already"),
    TooManySupplementsError: lambda _: ProblemError(
        409, "too-many-supplements", "Too much was added", "Staff have more than enough to read; call them instead."
    ),
    AttachError: lambda error: ProblemError(409, "attachment", "The file cannot be added", _sentence(error)),
    TooLargeError: lambda error: ProblemError(413, "content-too-large", "Content too large", _sentence(error)),
    UnknownContentError: lambda error: ProblemError(
        415, "unsupported-media-type", "Unsupported media type", f"The file {error}.", accepted=list(ACCEPTED)
    ),
    PictureError: lambda error: ProblemError(422, "unusable-picture", "The picture cannot be used", f"It {error}."),
    TooManyError: lambda _: unavailable_problem("file storage"),
    TooSlowError: lambda _: ProblemError(408, "upload-too-slow", "The upload took too long"),
    ClientDisconnect: lambda _: ProblemError(400, "upload-cut", "The upload was cut off"),
    StorageError: lambda _: unavailable_problem("file storage"),
    MergeError: lambda error: ProblemError(409, "merge", "The issues cannot be merged", f"{error}."),
    UnreadableError: lambda _: ProblemError(500, "contact-unreadable", "The contact cannot be decrypted"),
}
