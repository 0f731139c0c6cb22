"""What each error of notify is to the caller."""

from collections.abc import Callable, Mapping
from typing import Any

from linli.chassis.problems import ProblemError
from notify.usecases import (
    ByHandError,
    EndedMeanwhileError,
    NothingToRotateError,
    UnknownCredentialError,
    UnknownDepartmentError,
)


def not_found(what: str) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what}.")


def _by_hand(error: ByHandError) -> ProblemError:
    return ProblemError(
        503,
        "broker-not-managed",
        "The accounts of the broker cannot be changed from here",
        f"{error}. An operator can do it by hand, with these steps.",
        steps=list(error.steps),
        steps_afterwards=list(error.afterwards),
    )


def _nothing_to_rotate(_: NothingToRotateError) -> ProblemError:
    return ProblemError(
        409, "nothing-to-rotate", "The department has no credential to replace", "The platform lets it in first."
    )


def _ended_meanwhile(_: EndedMeanwhileError) -> ProblemError:
    return ProblemError(409, "ended-meanwhile", "The credential expired while it was being made", "Try again.")


PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    ByHandError: _by_hand,
    EndedMeanwhileError: _ended_meanwhile,
    NothingToRotateError: _nothing_to_rotate,
    UnknownCredentialError: lambda _: not_found("credential"),
    UnknownDepartmentError: lambda _: not_found("department"),
}
