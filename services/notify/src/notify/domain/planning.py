"""What becomes of a message to one address: sent at once, later, together with others, or not at all, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notify.domain.frequencies import AT_ONCE, Frequency, storm_end, window_end
from notify.domain.manners import Manner
from notify.domain.preferences import Preference
from notify.domain.quiet_hours import QuietHours, undisturbed


class Reason(StrEnum):
    """Why something was not sent at once, or at all."""

    OPTED_OUT = "opted-out"
    NOT_A_DEFAULT = "not-a-default"
    UNSUBSCRIBED = "unsubscribed"
    BAD_ADDRESS = "bad-address"
    QUIET_HOURS = "quiet-hours"
    DIGEST = "merged-into-digest"
    STORM = "merged-in-storm"
    THROTTLED = "throttled"
    IF_UNREAD = "if-unread"
    READ = "read-meanwhile"
    ERASED = "erased"
    CANCELLED = "cancelled"
    UNRENDERABLE = "unrenderable"
    PROVIDER = "provider-error"


@dataclass(frozen=True, slots=True)
class Window:
    """What is told together: everything to one address with the same ``key`` and the same end."""

    key: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """When to send at the earliest, or in which window; ``skipped``: not at all."""

    not_before: datetime
    reason: Reason | None = None
    window: Window | None = None
    skipped: bool = False


def plan(
    *,
    now: datetime,
    channel: str,
    manner: Manner,
    legal: bool,
    said: Preference | None,
    quiet: QuietHours,
    recent: int,
    why_unusable: Reason | None = None,
) -> Plan:
    """Return what becomes of a message to an address.

    ``said`` is the narrowest wish about it, ``recent`` how many messages of the same urgency went to the address within
    the window of a storm. A legal notice is told at once whatever was said, in quiet hours after their end.
    """
    if why_unusable is not None:
        return Plan(now, why_unusable, skipped=True)
    if not legal and said is not None and said.muted:
        return Plan(now, Reason.OPTED_OUT, skipped=True)
    if said is None and channel not in manner.channels:
        return Plan(now, Reason.NOT_A_DEFAULT, skipped=True)
    frequency = Frequency.IMMEDIATE if said is None or legal or manner.urgent else said.frequency
    if frequency is not Frequency.IMMEDIATE:
        window = Window(frequency, window_end(frequency, now, quiet.zone))
        return Plan(undisturbed(window.ends, quiet, urgent=False), Reason.DIGEST, window)
    if recent >= AT_ONCE:
        window = Window("urgent-storm" if manner.urgent else "storm", storm_end(now, urgent=manner.urgent))
        return Plan(undisturbed(window.ends, quiet, urgent=manner.urgent), Reason.STORM, window)
    not_before = undisturbed(now, quiet, urgent=manner.urgent)
    return Plan(not_before, Reason.QUIET_HOURS if not_before > now else None)
