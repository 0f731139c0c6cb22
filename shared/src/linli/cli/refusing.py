"""How a command ends that cannot do what was asked: one line on standard error, and a status."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from linli.district import DistrictError, DistrictFaultsError
from linli.messaging.refusal import BusError

EXIT_REFUSED = 1


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what cannot be done into a line on standard error, one for each fault of a district, and status 1."""
    try:
        yield
    except DistrictFaultsError as error:
        for fault in error.faults:
            say(str(fault))
        raise typer.Exit(EXIT_REFUSED) from None
    except (BusError, DistrictError) as error:
        say(" ".join(str(error).split()))
        raise typer.Exit(EXIT_REFUSED) from None


def say(words: str) -> None:
    """Tell the operator something that is no part of the answer."""
    print(f"linli: {words}", file=sys.stderr)  # noqa: T201 - the operator reads it
