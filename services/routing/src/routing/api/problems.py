"""What the errors of routing become for callers."""

from collections.abc import Callable, Mapping
from typing import Any

from linli.chassis.auth import forbidden
from linli.chassis.problems import ProblemError
from routing.domain.actor import NotResponsibleError
from routing.domain.moves import CaseTextError
from routing.domain.states import IllegalMoveError
from routing.queries import NotVisibleError
from routing.store import UnknownCaseError
from routing.usecases import StaleCaseError


def _unknown(error: UnknownCaseError) -> ProblemError:
    return ProblemError(404, "unknown-case", "There is no such case", case_id=str(error.case_id))


def _not_visible(_error: NotVisibleError) -> ProblemError:
    return forbidden("The case is not one that the caller may see.")


def _not_responsible(_error: NotResponsibleError) -> ProblemError:
    return forbidden("Only the case's handler and those who oversee its unit may move it.")


def _stale(error: StaleCaseError) -> ProblemError:
    return ProblemError(
        412, "stale-case", "The case has changed since it was read", headers={"ETag": f'"{error.version}"'}
    )


def _illegal(error: IllegalMoveError) -> ProblemError:
    return ProblemError(
        409,
        "illegal-move",
        "The state of the case forbids the action",
        str(error),
        state=error.state,
        action=error.action,
        allowed=error.allowed,
    )


def _text(error: CaseTextError) -> ProblemError:
    fault = {"field": error.field, "message": str(error)}
    return ProblemError(422, "invalid-request", "The request is not valid", errors=[fault])


PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownCaseError: _unknown,
    NotVisibleError: _not_visible,
    NotResponsibleError: _not_responsible,
    StaleCaseError: _stale,
    IllegalMoveError: _illegal,
    CaseTextError: _text,
}
