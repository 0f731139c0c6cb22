"""The working calendar of China: public holidays and the working days swapped for them (调休)."""

from dataclasses import dataclass
from datetime import date, time, timedelta, timezone, tzinfo
from functools import lru_cache

import chinese_calendar  # type: ignore[import-untyped]

from routing.domain.deadline import Window

# A fixed offset needs no time-zone database on the machine, and China has had no summer time since 1991.
CHINA_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")

OFFICE_HOURS = (Window(time(8, 30), time(12)), Window(time(14), time(17, 30)))

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class ChineseCalendar:
    """Office days and hours in China: 08:30 to 12:00 and 14:00 to 17:30, Asia/Shanghai."""

    zone: tzinfo = CHINA_TIME
    windows: tuple[Window, ...] = OFFICE_HOURS

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day; a year that is not announced yet counts Monday to Friday."""
        return _is_working_day(day)


@lru_cache(maxsize=4096)
def _is_working_day(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < SATURDAY
