"""Waiting for something to become true, never longer than a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 5
"""How many times as long as it should take a machine that is shared with others may: only a test that fails waits."""

_PAUSE_SECONDS = 0.05


class WaitingError(Exception):
    """What was waited for did not happen in time; the text says what it was."""


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float) -> None:
    """Returns as soon as `holds` returns true.

    Args:
        holds: asked again and again, from this thread.
        what: names the condition in the error, as in "the broker to answer".
        seconds: the longest that it should take; what is waited in the end is `PATIENCE` times that.

    Raises:
        WaitingError: it never held.
    """
    deadline = time.monotonic() + PATIENCE * seconds
    while not holds():
        if time.monotonic() > deadline:
            raise WaitingError(f"waited {PATIENCE * seconds:g} s for {what}")
        time.sleep(_PAUSE_SECONDS)


async def eventually(holds: Callable[[], Awaitable[object]], what: str, *, seconds: float) -> None:
    """Returns as soon as what `holds` awaits is true; otherwise like `wait_until`, for tests that run in a loop."""
    deadline = time.monotonic() + PATIENCE * seconds
    while not await holds():
        if time.monotonic() > deadline:
            raise WaitingError(f"waited {PATIENCE * seconds:g} s for {what}")
        await asyncio.sleep(_PAUSE_SECONDS)
