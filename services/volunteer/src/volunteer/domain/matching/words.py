"""What the matcher is told: people, and slots of work that want some of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


class MatchingError(Exception):
    """What was given cannot be matched: the message says which entry is wrong, and how."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the earth, in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The time from a moment until before another; both are aware."""

    begins: datetime
    ends: datetime

    def overlaps(self, other: "Span") -> bool:
        """Tell whether the two have a moment in common."""
        return self.begins < other.ends and other.begins < self.ends

    def contains(self, other: "Span") -> bool:
        """Tell whether the other lies within."""
        return self.begins <= other.begins and other.ends <= self.ends

    @property
    def minutes(self) -> int:
        """How long it is, in whole minutes."""
        return int((self.ends - self.begins).total_seconds() // 60)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans that are disjoint and in order, and cover what the given ones cover."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.begins <= found[-1].ends:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A volunteer, as far as it matters for matching.

    ``qualifications`` has the last day on which each is valid. ``free`` are disjoint spans in order, ``busy`` those of
    what the person has promised already. ``minutes_left`` is what the cap on hours leaves, None without a cap.
    ``born`` is None where somebody has stated that the person is of age. ``reliability`` counts from 0 to 100;
    ``rested_days`` since they were last asked; ``taken`` is how much they have taken on in the period; ``helped`` whom
    they helped before.
    """

    id: str
    place: Place
    radius_m: float
    free: tuple[Span, ...]
    busy: tuple[Span, ...] = ()
    skills: frozenset[str] = frozenset()
    qualifications: Mapping[str, date] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    minutes_left: int | None = None
    born: date | None = None
    guardian: bool = False
    consented: bool = True
    reliability: int = 50
    rested_days: int = 30
    taken: int = 0
    helped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A piece of work at one place and time, which ``headcount`` people do.

    ``skills``, ``qualifications`` and ``languages`` are needed, all of them; ``liked`` are skills that are welcome.
    Qualifications and age count on the day of the end, in the zone that the span is in. ``minimum_age`` 0 lets minors
    come who have a guardian. ``compound`` is whose budget of fairness it falls under.
    """

    id: str
    place: Place
    span: Span
    headcount: int = 1
    urgent: bool = False
    skills: frozenset[str] = frozenset()
    liked: frozenset[str] = frozenset()
    qualifications: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    minimum_age: int = 0
    team: str | None = None
    beneficiary: str | None = None
    compound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What a match is worth, in points.

    Each of the first five multiplies a figure from 0 to 100. Somebody's n-th piece of work in the period costs
    ``load`` times n - 1; ``keep`` is what it costs to take back what was proposed before.
    """

    fit: int = 3
    near: int = 2
    reliable: int = 2
    known: int = 2
    rested: int = 1
    load: int = 100
    keep: int = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """All that one plan is made of.

    ``accepted`` pairs of person and slot stay as they are, also where a person decided them against the rules;
    ``proposed`` ones were told but not accepted. ``floors`` says for a compound how many places of its slots are
    filled before any compound gets more than its floor.
    """

    people: tuple[Person, ...]
    slots: tuple[Slot, ...]
    accepted: frozenset[tuple[str, str]] = frozenset()
    proposed: frozenset[tuple[str, str]] = frozenset()
    floors: Mapping[str, int] = field(default_factory=dict)
    weights: Weights = Weights()
