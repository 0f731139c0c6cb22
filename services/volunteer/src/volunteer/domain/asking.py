"""Looking for helpers with a case: whom its next wave asks, and what became of those who were asked."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from volunteer.domain.faults import FieldError
from volunteer.domain.matching.reasons import ReasonCode
from volunteer.domain.matching.waves import TARGET
from volunteer.domain.matching.words import Place, Slot, Span

BY_HAND = 0
"""The wave of those whom a person asked."""

OF_TIME = frozenset({ReasonCode.NOT_FREE, ReasonCode.OVERLAPS_ACCEPTED, ReasonCode.HOURS_CAP})
"""Rules that count only where it is known when helpers are to come."""


class AskState(StrEnum):
    """``silent``: they had not answered when the next wave went out; they may still come."""

    ASKED = "asked"
    COMING = "coming"
    DECLINED = "declined"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What those who help with a need must bring, how likely enough of them come, and how long they have to answer.

    Without ``begins_at`` and ``ends_at`` nobody has to have time at a certain hour. ``due_at`` is when the next wave
    goes out, None when the search has ended.
    """

    need_id: UUID
    skills: tuple[str, ...] = ()
    qualifications: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    minimum_age: int = 0
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    target: float = TARGET
    answer_hours: int = 4
    started_by: str
    waves: int = 0
    due_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.begins_at is None) != (self.ends_at is None):
            raise FieldError("ends_at", "is given with begins_at")
        if self.begins_at is not None and self.ends_at is not None and self.ends_at <= self.begins_at:
            raise FieldError("ends_at", "must be later than begins_at")

    def slot(self, place: Place, *, at: datetime) -> Slot:
        """Return the work as the matcher takes it; without hours of its own, an hour from now, for the day alone."""
        begins, ends = self.begins_at or at.astimezone(UTC), self.ends_at or at.astimezone(UTC) + timedelta(hours=1)
        return Slot(
            id=str(self.need_id),
            place=place,
            span=Span(begins, ends),
            skills=frozenset(self.skills),
            qualifications=frozenset(self.qualifications),
            languages=frozenset(self.languages),
            minimum_age=self.minimum_age,
        )

    def forbidding(self, codes: tuple[ReasonCode, ...]) -> tuple[ReasonCode, ...]:
        """Return those rules of the matcher that count for the search."""
        return codes if self.begins_at is not None else tuple(code for code in codes if code not in OF_TIME)

    def after_wave(self, asked: int, *, at: datetime) -> "Search":
        """Return the search after a wave; one that asked nobody is the last."""
        due_at = at + timedelta(hours=self.answer_hours) if asked else None
        return replace(self, waves=self.waves + (1 if asked else 0), due_at=due_at)


def chance_of_coming(asked: int, came: int) -> float:
    """Return how likely somebody comes who came so often of so many times that they were asked.

    By Laplace's rule of succession: who was never asked comes with a chance of a half, and nobody is certain.
    """
    return (came + 1) / (asked + 2)
