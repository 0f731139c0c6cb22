"""What each error of notify is to the caller."""

from collections.abc import Callable
from typing import Any

from linli.chassis.problems import ProblemError

PROBLEMS: dict[type[Exception], Callable[[Any], ProblemError]] = {}


def not_found(what: str) -> ProblemError:
    """Return the 404 problem."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what}.")
