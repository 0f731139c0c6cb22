"""What each error of intake is to the caller."""

from collections.abc import Callable
from typing import Any

from intake.contacts import ContactUnreadableError
from intake.domain.answering import AnswersError
from intake.domain.issue import NotAnswerableError
from intake.domain.merging import MergeError
from intake.domain.placing import UnknownAreaError, UnknownCategoryError
from intake.usecases import UnknownIssueError, UnknownTrackingCodeError
from linli.chassis.problems import ProblemError


def not_found(what: str) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what}.")


def _unknown(field: str) -> ProblemError:
    errors = [{"field": field, "message": f"no such {field}"}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _unanswered(error: AnswersError) -> ProblemError:
    errors = [{"field": f"attributes.{code}", "message": fault} for code, fault in error.faults.items()]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _not_answerable(error: NotAnswerableError) -> ProblemError:
    return ProblemError(
        409,
        "illegal-action",
        "The state of the issue forbids this",
        f"{error}.",
        state=error.state.value,
        allowed=list(error.actions),
    )


PROBLEMS: dict[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownAreaError: lambda _: _unknown("area"),
    UnknownCategoryError: lambda _: _unknown("category"),
    AnswersError: _unanswered,
    UnknownTrackingCodeError: lambda _: not_found("tracking code"),
    UnknownIssueError: lambda _: not_found("issue"),
    NotAnswerableError: _not_answerable,
    MergeError: lambda error: ProblemError(409, "merge", "The issues cannot be merged", f"{error}."),
    ContactUnreadableError: lambda _: ProblemError(500, "contact-unreadable", "The contact cannot be decrypted"),
}
