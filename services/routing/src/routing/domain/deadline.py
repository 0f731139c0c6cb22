"""Deadlines: a time limit counted on a working calendar."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple, Protocol

from linli.district import LimitKind, TimeLimit
from linli.district.calendars import LONGEST_BREAK_DAYS

LONGEST_SEARCH_DAYS = 2 * LONGEST_BREAK_DAYS
"""To what a district closes for by itself public holidays may add."""


class CalendarError(Exception):
    """A working calendar without a working day in sight."""


class Window(NamedTuple):
    """A stretch of working time within one day, in the calendar's zone; it begins before it ends."""

    begins: time
    ends: time


class WorkingCalendar(Protocol):
    """When an office works: on which days, and in which windows of such a day (in order, apart, at least one)."""

    @property
    def zone(self) -> tzinfo:
        """The zone that days and windows are in."""

    @property
    def windows(self) -> tuple[Window, ...]:
        """The working windows of every working day."""

    def is_working_day(self, day: date) -> bool:
        """Tell whether the office works on a day."""


def deadline(start: datetime, limit: TimeLimit, calendar: WorkingCalendar) -> datetime:
    """Return the moment, in UTC, until which a matter that began at ``start`` (aware) must be settled.

    Clock hours run day and night. Working hours run in the calendar's windows only, as long as these really last: a
    window of a whole day has 23 hours on the day on which summer time begins, and 25 on the day on which it ends.
    Working days leave out the day of ``start``, and the last of them counts until its last window ends. Counting a
    limit in two parts gives the same moment as counting it at once.

    Raises:
        CalendarError: the calendar has no working day within `LONGEST_SEARCH_DAYS`.
    """
    if limit.kind is LimitKind.CLOCK_HOURS:
        return start.astimezone(UTC) + timedelta(hours=limit.amount)
    local = start.astimezone(calendar.zone)
    if limit.kind is LimitKind.WORKING_HOURS:
        return after_working(start, timedelta(hours=limit.amount), calendar)
    return _after_days(local.date(), limit.amount, calendar)


def after_working(start: datetime, left: timedelta, calendar: WorkingCalendar) -> datetime:
    """Return the moment, in UTC, at which so much working time has passed since ``start`` (aware).

    Raises:
        CalendarError: the calendar has no working day within `LONGEST_SEARCH_DAYS`.
    """
    return elapsed(start, left, windows_from(start.astimezone(calendar.zone).date(), calendar))


def elapsed(start: datetime, left: timedelta, windows: Iterable[tuple[datetime, datetime]]) -> datetime:
    """Return the moment, in UTC, at which so much time of some windows has passed; they have no last one."""
    start = start.astimezone(UTC)
    for begins, ends in windows:
        counts_from = max(begins, start)
        if counts_from + left <= ends:
            return counts_from + left
        left -= max(ends - counts_from, timedelta())
    raise AssertionError  # pragma: no cover - the windows never end


def before_working(end: datetime, spent: timedelta, calendar: WorkingCalendar) -> datetime:
    """Return the last moment, in UTC, from which so much working time passes until ``end`` (aware).

    Raises:
        CalendarError: the calendar has no working day within `LONGEST_SEARCH_DAYS`.
    """
    end = end.astimezone(UTC)
    for begins, ends in _windows_back_from(end.astimezone(calendar.zone).date(), calendar):
        counts_to = min(ends, end)
        if begins <= counts_to - spent:
            return counts_to - spent
        spent -= max(counts_to - begins, timedelta())
    raise AssertionError  # pragma: no cover - the windows never begin


def _after_days(day: date, days: int, calendar: WorkingCalendar) -> datetime:
    for _ in range(days):
        day = _working_day_from(day + timedelta(days=1), calendar)
    return datetime.combine(day, calendar.windows[-1].ends, calendar.zone).astimezone(UTC)


def working_time(start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
    """Return how much working time lies between two moments (aware); none when the end comes first."""
    total, start, end = timedelta(), start.astimezone(UTC), end.astimezone(UTC)
    for begins, ends in windows_from(start.astimezone(calendar.zone).date(), calendar):
        if begins >= end:
            return total
        total += max(min(ends, end) - max(begins, start), timedelta())
    raise AssertionError  # pragma: no cover - the windows never end


def windows_from(day: date, calendar: WorkingCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working windows from a day on, as moments in UTC; there is no last one.

    In a zone a difference of moments is one of its clock, which is wrong by an hour over a change to summer time.
    """
    while True:
        day = _working_day_from(day, calendar)
        for window in calendar.windows:
            begins, ends = (datetime.combine(day, at, calendar.zone).astimezone(UTC) for at in window)
            yield begins, ends
        day += timedelta(days=1)


def _windows_back_from(day: date, calendar: WorkingCalendar) -> Iterator[tuple[datetime, datetime]]:
    while True:
        day = _working_day_from(day, calendar, step=-1)
        for window in reversed(calendar.windows):
            begins, ends = (datetime.combine(day, at, calendar.zone) for at in (window.begins, window.ends))
            yield begins.astimezone(UTC), ends.astimezone(UTC)
        day -= timedelta(days=1)


def _working_day_from(day: date, calendar: WorkingCalendar, *, step: int = 1) -> date:
    for distance in range(LONGEST_SEARCH_DAYS + 1):
        candidate = day + timedelta(days=step * distance)
        if calendar.is_working_day(candidate):
            return candidate
    raise CalendarError(f"no working day within {LONGEST_SEARCH_DAYS} days from {day}")
