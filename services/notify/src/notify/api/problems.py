"""What each error of notify is to the caller."""

from collections.abc import Callable, Mapping
from typing import Any

from linli.chassis.problems import ProblemError, unavailable_problem
from linli.messaging.message import TransportError
from notify.domain.filters import FilterError
from notify.subscribing import (
    StaleSubscriptionError,
    SubscriptionError,
    UnknownEventError,
    UnknownReplayError,
    UnknownSubscriptionError,
)


def not_found(what: str) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what}.")


def _filter(error: FilterError) -> ProblemError:
    errors = [{"field": error.field, "message": str(error)}]
    return ProblemError(422, "invalid-request", "The request is not valid", errors=errors)


def _stale(error: StaleSubscriptionError) -> ProblemError:
    return ProblemError(412, "stale", "The subscription has changed", f"{error}.", version=error.version)


def _not_allowed(error: SubscriptionError) -> ProblemError:
    return ProblemError(409, "subscription", "The subscription does not allow that", f"{error}.")


PROBLEMS: Mapping[type[Exception], Callable[[Any], ProblemError]] = {
    FilterError: _filter,
    StaleSubscriptionError: _stale,
    SubscriptionError: _not_allowed,
    UnknownSubscriptionError: lambda _: not_found("subscription"),
    UnknownReplayError: lambda _: not_found("replay"),
    UnknownEventError: lambda _: not_found("event"),
    TransportError: lambda _: unavailable_problem("bus"),
}
