"""What somebody wants to hear of: rules of their own about what the rules of the deployment tell them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from notify.domain.decisions import Decisions
from notify.domain.frequencies import Frequency
from notify.domain.rules import Recipient, Role, Rules

EVERY_EVENT = "*"
EVERY_CHANNEL = "*"

INBOX = "inbox"
"""The channel that everybody has; the others are those that the deployment is connected to."""


@dataclass(frozen=True, slots=True)
class About:
    """What a preference is about: one issue, an area with all below it, or everything where both are None."""

    issue: UUID | None = None
    area: str | None = None

    def covers(self, issue: UUID | None, area: str) -> bool:
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
    """A wish to hear or not, and how often.

    ``event`` is an event type or ``EVERY_EVENT``, ``channel`` the name of one or ``EVERY_CHANNEL``.
    """

    about: About
    event: str
    channel: str
    muted: bool
    frequency: Frequency = Frequency.IMMEDIATE

    def covers(self, issue: UUID | None, area: str, event: str, channel: str) -> bool:
        """Tell whether it says anything of an event of an issue."""
        its_channel = self.channel in (channel, EVERY_CHANNEL)
        return its_channel and self.event in (event, EVERY_EVENT) and self.about.covers(issue, area)

    @property
    def narrowness(self) -> tuple[tuple[bool, int], bool, bool]:
        """What it is about counts before which event it names, and that before the channel."""
        return self.about.narrowness, self.event != EVERY_EVENT, self.channel != EVERY_CHANNEL


class PreferenceError(ValueError):
    """A wish that cannot be kept; ``number`` is its place among the wishes."""

    def __init__(self, number: int, problem: str) -> None:
        super().__init__(problem)
        self.number = number


class ContradictionError(PreferenceError):
    """It says the opposite of one before it."""


class LegalNoticeError(PreferenceError):
    """It would mute what must be told."""


def said_of(
    preferences: Iterable[Preference], *, issue: UUID | None, area: str, event: str, channel: str
) -> Preference | None:
    """Return what decides whether somebody hears of an event of an issue on a channel: the narrowest preference.

    What it is about counts before which event it names, and that before the channel.
    """
    said = [one for one in preferences if one.covers(issue, area, event, channel)]
    return max(said, key=lambda one: one.narrowness, default=None)


def wants(preferences: Iterable[Preference], *, issue: UUID, area: str, event: str, channel: str, legal: bool) -> bool:
    """Tell whether somebody wants to hear of an event of an issue on a channel.

    Without a preference they do. A ``legal`` notice is told whatever they want.
    """
    said = said_of(preferences, issue=issue, area=area, event=event, channel=channel)
    return legal or said is None or not said.muted


def check(preferences: Iterable[Preference], recipient: Recipient, rules: Rules, decisions: Decisions) -> None:
    """Refuse wishes that cannot be kept.

    Raises:
        ContradictionError: two say something else of the same, or one asks for what it mutes.
        LegalNoticeError: one mutes an event that tells the recipient legal notices alone.
        PreferenceError: one names an event that never tells the recipient anything.
    """
    said: dict[tuple[About, str, str], tuple[bool, Frequency]] = {}
    for number, one in enumerate(preferences):
        its = one.muted, one.frequency
        if said.setdefault((one.about, one.event, one.channel), its) != its:
            raise ContradictionError(number, "a preference before it says otherwise of the same")
        if one.frequency is not Frequency.IMMEDIATE and (one.muted or one.channel == INBOX):
            raise ContradictionError(number, "what is muted, or left in the inbox, comes at no frequency")
        if one.event != EVERY_EVENT:
            _check_event(number, one, recipient, rules, decisions)


def _check_event(number: int, one: Preference, recipient: Recipient, rules: Rules, decisions: Decisions) -> None:
    of_reporters = recipient.address.startswith("reporter:")
    decided = decisions.get(one.event, {}).values()
    told = [*rules.events.get(one.event, {}).items(), *(its for by_role in decided for its in by_role.items())]
    templates = {name for role, name in told if name and (role in (Role.REPORTER, Role.MERGED)) == of_reporters}
    if not templates:
        raise PreferenceError(number, "no such event tells you anything")
    if one.muted and templates <= rules.legal:
        raise LegalNoticeError(number, "it must be told, and cannot be muted")
