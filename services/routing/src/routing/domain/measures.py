"""What is counted of cases, and the bounds of the histograms that times are kept in."""

from bisect import bisect_right
from enum import StrEnum

from linli.contracts import Stage


class Measure(StrEnum):
    """What a fact counts. Those up to ``CLOSED_UNANSWERED`` follow from a case as it is, the others happen."""

    CASES = "cases"
    DISPATCHES = "dispatches"
    HOPS = "hops"
    DUE = "due"
    CLOSED = "closed"
    CLOSED_ON_TIME = "closed_on_time"
    CLOSED_UNANSWERED = "closed_unanswered"
    ROUTED = "routed"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    EXTENDED = "extended"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    VISITS = "visits"
    CONTACTED = "contacted"
    SOLVED = "solved"
    SATISFIED = "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied"


class TimeMeasure(StrEnum):
    """The stages whose time is taken; a fact of one carries its seconds."""

    DISPATCH = "dispatch_time"
    ACCEPT = "accept_time"
    HANDLE = "handle_time"
    VERIFY = "verify_time"
    ANSWER = "answer_time"

    @property
    def stage(self) -> Stage:
        """The stage whose limit the time is to be held against."""
        return Stage(self.removesuffix("_time"))


_MINUTE, _HOUR, _DAY = 60, 3600, 86400

BOUNDS = (
    *(minutes * _MINUTE for minutes in (10, 30)),
    *(hours * _HOUR for hours in (1, 2, 4, 8)),
    *(days * _DAY for days in (1, 2, 4, 8, 16, 32)),
)
"""Seconds at which one bucket ends and the next begins; the first begins at 0, the last has no end."""

BUCKETS = range(len(BOUNDS) + 1)


def bucket_of(seconds: int) -> int:
    """Return the bucket that a time falls into."""
    return bisect_right(BOUNDS, seconds)


def bucket_limits(bucket: int) -> tuple[int, int | None]:
    """Return the first second of a bucket and the first one past it, None for the last bucket."""
    return (0, *BOUNDS)[bucket], (*BOUNDS, None)[bucket]
