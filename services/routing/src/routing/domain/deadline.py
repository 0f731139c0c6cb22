"""Deadlines: a time limit counted on a working calendar."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple, Protocol

from linli.district import LimitKind, TimeLimit

LONGEST_BREAK_DAYS = 60
"""No calendar that makes sense closes for longer."""


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

    Clock hours run day and night. Working hours run in the calendar's windows only. Working days leave out the day
    of ``start``, and the last of them counts until its last window ends. Counting a limit in two parts gives the same
    moment as counting it at once.

    Raises:
        CalendarError: the calendar has no working day within `LONGEST_BREAK_DAYS`.
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
        CalendarError: the calendar has no working day within `LONGEST_BREAK_DAYS`.
    """
    local = start.astimezone(calendar.zone)
    for begins, ends in windows_from(local.date(), calendar):
        counts_from = max(begins, local)
        if counts_from + left <= ends:
            return (counts_from + left).astimezone(UTC)
        left -= max(ends - counts_from, timedelta())
    raise AssertionError  # pragma: no cover - the windows never end


def before_working(end: datetime, spent: timedelta, calendar: WorkingCalendar) -> datetime:
    """Return the last moment, in UTC, from which so much working time passes until ``end`` (aware).

    Raises:
        CalendarError: the calendar has no working day within `LONGEST_BREAK_DAYS`.
    """
    local = end.astimezone(calendar.zone)
    for begins, ends in _windows_back_from(local.date(), calendar):
        counts_to = min(ends, local)
        if begins <= counts_to - spent:
            return (counts_to - spent).astimezone(UTC)
        spent -= max(counts_to - begins, timedelta())
    raise AssertionError  # pragma: no cover - the windows never begin


def _after_days(day: date, days: int, calendar: WorkingCalendar) -> datetime:
    for _ in range(days):
        day = _working_day_from(day + timedelta(days=1), calendar)
    return datetime.combine(day, calendar.windows[-1].ends, calendar.zone).astimezone(UTC)


def working_time(start: datetime, end: datetime, calendar: WorkingCalendar) -> timedelta:
    """Return how much working time lies between two moments (aware); none when the end comes first."""
    total = timedelta()
    for begins, ends in windows_from(start.astimezone(calendar.zone).date(), calendar):
        if begins >= end:
            return total
        total += max(min(ends, end) - max(begins, start), timedelta())
    raise AssertionError  # pragma: no cover - the windows never end


def windows_from(day: date, calendar: WorkingCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the working windows from a day on, as moments in the calendar's zone; there is no last one."""
    while True:
        day = _working_day_from(day, calendar)
        for window in calendar.windows:
            begins = datetime.combine(day, window.begins, calendar.zone)
            yield begins, datetime.combine(day, window.ends, calendar.zone)
        day += timedelta(days=1)


def _windows_back_from(day: date, calendar: WorkingCalendar) -> Iterator[tuple[datetime, datetime]]:
    while True:
        day = _working_day_from(day, calendar, step=-1)
        for window in reversed(calendar.windows):
            begins = datetime.combine(day, window.begins, calendar.zone)
            yield begins, datetime.combine(day, window.ends, calendar.zone)
        day -= timedelta(days=1)


def _working_day_from(day: date, calendar: WorkingCalendar, *, step: int = 1) -> date:
    for distance in range(LONGEST_BREAK_DAYS + 1):
        candidate = day + timedelta(days=step * distance)
        if calendar.is_working_day(candidate):
            return candidate
    raise CalendarError(f"no working day within {LONGEST_BREAK_DAYS} days from {day}")
