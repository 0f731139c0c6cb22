"""When what a provider did not take is tried again."""

from datetime import timedelta

SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 4 * 3600, 12 * 3600))
"""How long after a failed attempt the next one is made: the last after some 17 hours."""

JITTER = 0.2
LONGEST_ASKED = timedelta(hours=12)


def wait_after(attempts: int, asked: timedelta | None, spread: float) -> timedelta | None:
    """Return how long to wait after so many failed attempts, from 1; None when it was the last.

    ``asked`` is what the provider asked for, ``spread`` a random number from 0 to 1.
    """
    if attempts > len(SCHEDULE):
        return None
    return max(SCHEDULE[attempts - 1] * (1 + JITTER * spread), min(asked or timedelta(), LONGEST_ASKED))
