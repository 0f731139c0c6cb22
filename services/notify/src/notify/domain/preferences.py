"""What somebody wants to hear of: rules of their own about what the rules of the deployment tell them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from notify.domain.rules import Recipient, Role, Rules

EVERY_EVENT = "*"


class Channel(StrEnum):
    """A way by which somebody is told."""

    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class About:
    """What a preference is about: one issue, an area with all below it, or everything where both are None."""

    issue: UUID | None = None
    area: str | None = None

    def covers(self, issue: UUID, area: str) -> bool:
        """Tell whether an issue in an area is meant."""
        if self.issue is not None:
            return self.issue == issue
        return self.area is None or area == self.area or area.startswith(f"{self.area}/")

    @property
    def narrowness(self) -> tuple[bool, int]:
        """An issue is narrower than an area, and an area than those above it."""
        return self.issue is not None, 0 if self.area is None else self.area.count("/") + 1


@dataclass(frozen=True, slots=True)
class Preference:
    """A wish to hear or not; ``event`` is an event type or ``EVERY_EVENT``."""

    about: About
    event: str
    channel: Channel
    muted: bool

    def covers(self, issue: UUID, area: str, event: str, channel: Channel) -> bool:
        """Tell whether it says anything of an event of an issue."""
        return self.channel == channel and self.event in (event, EVERY_EVENT) and self.about.covers(issue, area)

    @property
    def narrowness(self) -> tuple[tuple[bool, int], bool]:
        """What it is about counts before which event it names."""
        return self.about.narrowness, self.event != EVERY_EVENT


class PreferenceError(ValueError):
    """A wish that cannot be kept; ``number`` is its place among the wishes."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


class ContradictionError(PreferenceError):
    """It says the opposite of one before it."""


class LegalNoticeError(PreferenceError):
    """It would mute what must be told."""


def wants(
    preferences: Iterable[Preference], *, issue: UUID, area: str, event: str, channel: Channel, legal: bool
) -> bool:
    """Tell whether somebody wants to hear of an event of an issue on a channel.

    The narrowest preference decides: what it is about counts before which event it names. Without one they do. A
    ``legal`` notice is told whatever they want.
    """
    said = [one for one in preferences if one.covers(issue, area, event, channel)]
    return legal or not said or not max(said, key=lambda one: one.narrowness).muted


def check(preferences: Iterable[Preference], recipient: Recipient, rules: Rules) -> None:
    """Refuse wishes that cannot be kept.

    Raises:
        ContradictionError: two say the opposite of the same.
        LegalNoticeError: one mutes an event that tells the recipient legal notices alone.
        PreferenceError: one names an event that never tells the recipient anything.
    """
    said: dict[tuple[About, str, Channel], bool] = {}
    for number, one in enumerate(preferences):
        if said.setdefault((one.about, one.event, one.channel), one.muted) != one.muted:
            raise ContradictionError(number, "a preference before it says the opposite of the same")
        if one.event != EVERY_EVENT:
            _check_event(number, one, recipient, rules)


def _check_event(number: int, one: Preference, recipient: Recipient, rules: Rules) -> None:
    of_reporters = recipient.address.startswith("reporter:")
    told = rules.events.get(one.event, {})
    templates = {name for role, name in told.items() if (role in (Role.REPORTER, Role.MERGED)) == of_reporters}
    if not templates:
        raise PreferenceError(number, "no such event tells you anything")
    if one.muted and templates <= rules.legal:
        raise LegalNoticeError(number, "it must be told, and cannot be muted")
