"""What the errors of the domain become over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any

from linli.chassis.auth import forbidden
from linli.chassis.cipher import UnreadableError
from linli.chassis.problems import ProblemError
from volunteer.domain.claiming import BarredError
from volunteer.domain.faults import FieldError, NotAllowedError, RefusedError, StaleError, UnknownError
from volunteer.domain.needs import AlreadyClaimedError, NotClaimableError
from volunteer.usecases.need_store import UnknownNeedError


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


def _unknown(error: UnknownError) -> ProblemError:
    return ProblemError(404, f"unknown-{error.kind}", f"There is no such {error.kind}")


def _not_allowed(error: NotAllowedError) -> ProblemError:
    return forbidden(str(error))


def _field(error: FieldError) -> ProblemError:
    fault = {"field": error.field, "message": str(error)}
    return ProblemError(422, "invalid-request", "The request is not valid", errors=[fault])


def _refused(error: RefusedError) -> ProblemError:
    return ProblemError(409, error.slug, "The state of things forbids it", str(error))


def _barred(error: BarredError) -> ProblemError:
    bars = [
        {"bar": one.bar, "sentence": one.sentence("en"), "opens_at": one.opens_at and one.opens_at.isoformat()}
        for one in error.bars
    ]
    first = error.bars[0]
    return ProblemError(409, first.bar, "The wish cannot be claimed", first.sentence("en"), bars=bars)


def _stale(error: StaleError) -> ProblemError:
    return ProblemError(412, "stale", "It has changed since it was read", headers={"ETag": f'"{error.version}"'})


PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownNeedError: unknown_need,
    NotClaimableError: _not_claimable,
    AlreadyClaimedError: _already_claimed,
    UnknownError: _unknown,
    NotAllowedError: _not_allowed,
    FieldError: _field,
    RefusedError: _refused,
    BarredError: _barred,
    UnreadableError: lambda _: ProblemError(500, "contact-unreadable", "The contact cannot be decrypted"),
    StaleError: _stale,
}
