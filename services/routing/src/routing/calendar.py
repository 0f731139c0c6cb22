"""The working calendar of China, public holidays and swapped working days (调休), and those that districts define."""

from dataclasses import dataclass
from datetime import date, time, tzinfo

from linli.district import Calendar, District
from linli.district.calendars import CHINA_TIME as CHINA_TIME
from linli.district.calendars import zone_named
from linli.district.working_days import WorkingDays, works_in_china
from routing.domain.deadline import Window, WorkingCalendar
from routing.domain.rulebook import Rulebook

OFFICE_HOURS = (Window(time(8, 30), time(12)), Window(time(14), time(17, 30)))


@dataclass(frozen=True, slots=True)
class ChineseCalendar:
    """Office days and hours in China: 08:30 to 12:00 and 14:00 to 17:30, Asia/Shanghai."""

    zone: tzinfo = CHINA_TIME
    windows: tuple[Window, ...] = OFFICE_HOURS

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on a day; a year that is not announced yet counts Monday to Friday."""
        return works_in_china(day)


@dataclass(frozen=True, slots=True)
class DistrictCalendar:
    """Office days and hours as a district's ``calendars.yaml`` has them."""

    zone: tzinfo
    windows: tuple[Window, ...]
    days: WorkingDays

    def is_working_day(self, day: date) -> bool:
        """Tell whether the office works on a day; the district's own days win over those of its base."""
        return day in self.days


def working_calendar(rules: Calendar) -> WorkingCalendar:
    """Return the calendar that a district describes."""
    return DistrictCalendar(
        zone=zone_named(rules.zone),
        windows=tuple(map(_window, rules.windows)),
        days=WorkingDays.of(rules),
    )


def rulebook_of(district: District) -> Rulebook:
    """Return what decisions in a district are made by."""
    calendars = {code: working_calendar(rules) for code, rules in district.calendars.items()}
    return Rulebook(district, ChineseCalendar(), calendars)


def _window(hours: str) -> Window:
    begins, ends = hours.split("-")
    return Window(time.fromisoformat(begins), time.max if ends == "24:00" else time.fromisoformat(ends))
