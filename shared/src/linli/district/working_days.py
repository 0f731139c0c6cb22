"""On which days offices work: those of China with public and swapped days (调休), or those that a district defines."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Self

import chinese_calendar  # type: ignore[import-untyped]

from linli.district.calendars import SATURDAY, Calendar, Week


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The days of ``based_on`` without the ``holidays`` and with the ``working_days``; ``day in days`` asks for one."""

    based_on: Week
    holidays: frozenset[date] = frozenset()
    working_days: frozenset[date] = frozenset()

    @classmethod
    def of(cls, rules: Calendar) -> Self:
        """Return the working days of a calendar."""
        return cls(rules.based_on, frozenset(rules.holidays), frozenset(rules.working_days))

    def __contains__(self, day: date) -> bool:
        if day in self.working_days:
            return True
        if day in self.holidays:
            return False
        return works_in_china(day) if self.based_on is Week.CHINA else day.weekday() < SATURDAY


@lru_cache(maxsize=4096)
def works_in_china(day: date) -> bool:
    """Tell whether offices in China work on a day; a year that is not announced yet counts Monday to Friday."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY
