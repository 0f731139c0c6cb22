"""When the office of a unit works."""

from datetime import date, timedelta, timezone, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from linli.contracts import Slug
from linli.district.periods import MINUTES_A_DAY, ClockWindow, clock_span

CHINA = "Asia/Shanghai"

SATURDAY = 5

LONGEST_BREAK_DAYS = 60
"""No calendar that makes sense closes for longer."""

# A fixed offset needs no time-zone database on the machine, and China has had no summer time since 1991.
CHINA_TIME = timezone(timedelta(hours=8), CHINA)


@lru_cache
def zone_named(name: str) -> tzinfo:
    """Return a zone of the IANA database.

    Raises:
        ValueError: there is no such zone.
    """
    if name == CHINA:
        return CHINA_TIME
    try:
        return ZoneInfo(name)
    except (KeyError, OSError):
        raise ValueError("unknown zone") from None


def _known(zone: str) -> str:
    zone_named(zone)
    return zone


class Week(StrEnum):
    """What a calendar starts from: China's working days with public and swapped days (调休), or Monday to Friday."""

    CHINA = "china"
    WEEKDAYS = "weekdays"


class Calendar(BaseModel):
    """The working days of ``based_on`` without the ``holidays`` and with the ``working_days``, and their hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Slug
    based_on: Week = Week.CHINA
    zone: Annotated[str, AfterValidator(_known)] = CHINA
    windows: tuple[ClockWindow, ...] = Field(default=("08:30-12:00", "14:00-17:30"), min_length=1)
    holidays: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        spans = [clock_span(window) for window in self.windows]
        if any(begins == ends or ends > MINUTES_A_DAY for begins, ends in spans):
            raise ValueError("a working window must begin before it ends, on one day")
        if any(later.begins < earlier.ends for earlier, later in pairwise(spans)):
            raise ValueError("working windows must be in order and apart")
        if both := set(self.holidays) & set(self.working_days):
            raise ValueError(f"{min(both)} is both a holiday and a working day")
        if endless := _endless(self):
            raise ValueError(f"from {min(endless)} it is closed for more than {LONGEST_BREAK_DAYS} days")
        return self


def _endless(calendar: Calendar) -> list[date]:
    """Return the holidays from which on nobody works for too long."""
    # Numbers, as the last day that a date can be has none after it.
    holidays, working_days = (
        {day.toordinal(): day for day in days} for days in (calendar.holidays, calendar.working_days)
    )

    def works(day: int) -> bool:
        return day in working_days or (day not in holidays and (day - 1) % 7 < SATURDAY)

    return [day for first, day in holidays.items() if not any(map(works, range(first, first + LONGEST_BREAK_DAYS + 1)))]


DEFAULT_CALENDAR = Calendar(code="china")
"""By it work the units for which nothing else is said."""
