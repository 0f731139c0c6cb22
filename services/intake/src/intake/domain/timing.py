"""What was written down before it came in, by telephones without a network and on rounds."""

from datetime import datetime, timedelta

from intake.domain.issue import Source

CLOCKS_DIFFER = timedelta(minutes=5)
"""So far ahead a client's clock may be."""

OLDEST = timedelta(days=30)
"""So long a client may hold back what it was told."""

OLDEST_IMPORTED = timedelta(days=3660)
"""So old what is brought in from records elsewhere may be."""


MOST_FOUND = 50
"""Issues of one round."""


class MadeAtError(Exception):
    """It cannot have been made then; ``field`` is what says so and the message why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def check_made(made_at: datetime | None, *, at: datetime, source: Source, field: str = "made_at") -> None:
    """Check that what comes in ``at`` a moment can have been made at another, by its maker's own clock.

    Raises:
        MadeAtError: that lies ahead, or too far back.
    """
    if made_at is None:
        return
    if made_at > at + CLOCKS_DIFFER:
        raise MadeAtError(field, "lies in the future")
    oldest = OLDEST_IMPORTED if source is Source.IMPORT else OLDEST
    if made_at < at - oldest:
        raise MadeAtError(field, f"must not be longer ago than {oldest.days} days")
