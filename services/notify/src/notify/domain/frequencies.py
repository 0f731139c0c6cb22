"""How often somebody hears: at once, or of several matters together when a window ends."""

from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum

DIGEST_HOUR = time(8)
"""When daily and weekly digests come, where the recipient is; weekly ones on Mondays."""

STORM_WINDOW = timedelta(minutes=10)
URGENT_STORM_WINDOW = timedelta(minutes=1)
AT_ONCE = 5
"""How many messages of one kind go to an address within a storm's window one by one; what is more comes together."""


class Frequency(StrEnum):
    """How often somebody wants to hear."""

    IMMEDIATE = "immediate"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


def window_end(frequency: Frequency, at: datetime, zone: tzinfo) -> datetime:
    """Return when the window that a moment lies in ends, in UTC: later than the moment.

    Raises:
        ValueError: what is immediate has no window.
    """
    local = at.astimezone(zone)
    match frequency:
        case Frequency.HOURLY:
            # Added in UTC: the hour that comes twice in autumn has two ends.
            begun = local.replace(minute=0, second=0, microsecond=0)
            return begun.astimezone(UTC) + timedelta(hours=1)
        case Frequency.DAILY:
            days = 0 if local.timetz().replace(tzinfo=None) < DIGEST_HOUR else 1
        case Frequency.WEEKLY:
            days = -local.weekday() % 7
            days = 7 if days == 0 and local.timetz().replace(tzinfo=None) >= DIGEST_HOUR else days
        case _:
            raise ValueError("what is immediate has no window")
    return datetime.combine(local.date() + timedelta(days=days), DIGEST_HOUR, zone).astimezone(UTC)


def storm_end(at: datetime, *, urgent: bool) -> datetime:
    """Return when what is too much now is told together, in UTC."""
    window = URGENT_STORM_WINDOW if urgent else STORM_WINDOW
    begun = int(at.timestamp()) // int(window.total_seconds())
    return datetime.fromtimestamp((begun + 1) * int(window.total_seconds()), UTC)
