"""What the errors of the domain become over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

from linli.chassis.problems import ProblemError
from volunteer.domain.needs import AlreadyClaimedError, NotClaimableError
from volunteer.usecases import UnknownNeedError


def unknown_need(_: UnknownNeedError | None = None) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "unknown-need", "There is no such need")


def _not_claimable(error: NotClaimableError) -> ProblemError:
    # No move is allowed on a full or closed need: "allowed" says so in the same form as where some are.
    return ProblemError(
        409, f"need-{error.state.value}", f"The need is {error.state.value}", state=error.state.value, allowed=[]
    )


def _already_claimed(_: AlreadyClaimedError) -> ProblemError:
    return ProblemError(409, "already-claimed", "The volunteer has claimed the need before", allowed=[])


PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownNeedError: unknown_need,
    NotClaimableError: _not_claimable,
    AlreadyClaimedError: _already_claimed,
}
