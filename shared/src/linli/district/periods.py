"""Stretches of time that come again: days of a date range or of every year, hours of every week."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MINUTES_A_DAY = 24 * 60

_DAY = f"(?:{'|'.join(WEEKDAYS)})"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"

LEAP_YEAR = 2024


def _iso(value: object) -> object:
    # YAML reads an unquoted 2026-05-01 as a date.
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _real_day(value: str) -> str:
    date.fromisoformat(value if len(value) > len("mm-dd") else f"{LEAP_YEAR}-{value}")
    return value


Day = Annotated[
    str,
    BeforeValidator(_iso),
    StringConstraints(pattern=r"^(?:\d{4}-)?\d{2}-\d{2}$"),
    AfterValidator(_real_day),
]
"""A day, ``2026-05-01``, or the same day of every year, ``05-01``."""

ClockWindow = Annotated[str, StringConstraints(pattern=rf"^{_TIME}-(?:{_TIME}|24:00)$")]
"""Hours of a day, ``08:30-17:30``; one that ends before it begins runs past midnight."""

WeeklyWindow = Annotated[str, StringConstraints(pattern=rf"^{_DAY}(?:-{_DAY})? {_TIME}-(?:{_TIME}|24:00)$")]
"""Hours of some days of the week, ``mon-fri 08:30-17:30`` or ``sat 09:00-12:00``."""


class Span(NamedTuple):
    """Minutes from the midnight that a window's day begins with; past midnight they are more than a day's."""

    begins: int
    ends: int


def clock_span(window: str) -> Span:
    """Return the minutes of hours such as ``22:00-06:00``; none where both are the same."""
    begins, ends = (int(hours) * 60 + int(minutes) for hours, minutes in re.findall(r"(\d\d):(\d\d)", window))
    return Span(begins, ends if ends >= begins else ends + MINUTES_A_DAY)


def _weekly(window: str) -> tuple[frozenset[int], Span]:
    days, hours = window.split()
    first, _, last = days.partition("-")
    begins, ends = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return frozenset((begins + ahead) % 7 for ahead in range((ends - begins) % 7 + 1)), clock_span(hours)


class Period(BaseModel):
    """Days ``from`` one ``to`` another, both included, and in them the ``weekly`` hours; what is absent sets no bound.

    Hours that run past midnight belong to the day that they begin on. Days without a year come again every year,
    across New Year where the last comes before the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    begins: Day | None = Field(default=None, alias="from")
    ends: Day | None = Field(default=None, alias="to")
    weekly: tuple[WeeklyWindow, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.begins is None and self.ends is None and not self.weekly:
            raise ValueError("it has no bound")
        if self.is_yearly and (self.begins is None or self.ends is None):
            raise ValueError("days of every year need both from and to")
        if self.begins and self.ends and len(self.begins) != len(self.ends):
            raise ValueError("from and to must both have a year, or neither")
        return self

    @property
    def is_yearly(self) -> bool:
        """Whether it comes again every year."""
        return any(day is not None and len(day) == len("mm-dd") for day in (self.begins, self.ends))

    @cached_property
    def windows(self) -> tuple[tuple[frozenset[int], Span], ...]:
        """The weekdays and the minutes of each of its weekly hours; none where it lasts all day."""
        return tuple(map(_weekly, self.weekly))

    def covers(self, local: datetime) -> bool:
        """Tell whether a moment, in the zone that the period is meant in, lies in it."""
        if not self.weekly:
            return self.runs_on(local.date())
        minute, weekday = local.hour * 60 + local.minute, local.weekday()
        for days, (begins, ends) in self.windows:
            if weekday in days and begins <= minute < ends and self.runs_on(local.date()):
                return True
            of_yesterday = minute + MINUTES_A_DAY < ends and (weekday - 1) % 7 in days
            if of_yesterday and self.runs_on(local.date() - timedelta(days=1)):
                return True
        return False

    def hours_on(self, day: date) -> tuple[Span, ...]:
        """Return the weekly hours that begin on a day; those of a night end on the next one."""
        return tuple(span for days, span in self.windows if day.weekday() in days and self.runs_on(day))

    @property
    def is_empty(self) -> bool:
        """Whether no moment ever lies in it."""
        worked = {day for days, span in self.windows if span.begins < span.ends for day in days}
        if self.weekly and not worked:
            return True
        if self.is_yearly or self.begins is None or self.ends is None:
            return False
        return not any(not worked or day.weekday() in worked for day in self._first_days(self.begins, self.ends))

    def is_over(self, today: date) -> bool:
        """Tell whether its last day has passed."""
        return self.ends is not None and not self.is_yearly and self.ends < today.isoformat()

    def runs_on(self, day: date) -> bool:
        """Tell whether a day is one of its days, whatever the hours."""
        if self.begins is None and self.ends is None:
            return True
        text = day.isoformat()
        if self.begins and self.ends and self.is_yearly:
            text = text[len("yyyy-") :]
            inside = self.begins <= self.ends
            return self.begins <= text <= self.ends if inside else not (self.ends < text < self.begins)
        return (self.begins or text) <= text <= (self.ends or text)

    @staticmethod
    def _first_days(begins: str, ends: str) -> Iterator[date]:
        # A week has every weekday: further days tell nothing new.
        first, last = date.fromisoformat(begins), date.fromisoformat(ends)
        for ahead in range(min((last - first).days + 1, 7)):
            yield first + timedelta(days=ahead)
