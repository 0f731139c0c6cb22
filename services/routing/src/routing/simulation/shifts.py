"""When a person works: in the hours of their duty, without duty in the office hours of their unit, unless absent."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import count, islice

from linli.district import Person
from routing.domain.deadline import WorkingCalendar, windows_from
from routing.domain.rulebook import Rulebook

LONGEST_REST = timedelta(days=60)
"""Whoever has no duty for longer works in office hours meanwhile: a case found them all the same."""

Shift = tuple[datetime, datetime]
"""A stretch of work, in UTC."""


def shifts_of(rulebook: Rulebook, person: str, start: datetime) -> Iterator[Shift]:
    """Yield when a person works, from the day before a moment on; there is no last time."""
    unit = rulebook.district.posts[person].path
    zone = rulebook.district.zone_of(unit)
    return shifts_from(start, rulebook.district.persons[person], zone, rulebook.calendar_of(unit))


def shifts_from(start: datetime, person: Person, zone: tzinfo, calendar: WorkingCalendar) -> Iterator[Shift]:
    """Yield when a person works, in order and apart, from the day before a moment on; there is no last time."""
    # Hours of the night begin on the day before.
    day = start.astimezone(zone).date() - timedelta(days=1)
    if not (person.duty or person.absent):
        yield from windows_from(day, calendar)
    ended = datetime.combine(day, time.min, zone).astimezone(UTC)
    for ahead in count():
        begins_day = day + timedelta(days=ahead)
        for begins, ends in sorted(_on(begins_day, person, zone, calendar)):
            if ends > ended and not person.is_absent(begins.astimezone(zone)):
                yield max(begins, ended), ends
                ended = ends
        if datetime.combine(begins_day, time.min, zone) - ended > LONGEST_REST:
            office = windows_from(ended.astimezone(zone).date(), calendar)
            yield from (window for window in office if window[0] >= ended)


def _on(day: date, person: Person, zone: tzinfo, calendar: WorkingCalendar) -> Iterator[Shift]:
    midnight = datetime.combine(day, time.min, zone)
    for period in person.duty:
        if period.weekly:
            for span in period.hours_on(day):
                hours = (midnight + timedelta(minutes=minute) for minute in span)
                begins, ends = (moment.astimezone(UTC) for moment in hours)
                yield begins, ends
        elif period.covers(midnight):
            yield from _office(day, calendar)
    if not person.duty:
        yield from _office(day, calendar)


def _office(day: date, calendar: WorkingCalendar) -> Iterator[Shift]:
    if calendar.is_working_day(day):
        yield from islice(windows_from(day, calendar), len(calendar.windows))
