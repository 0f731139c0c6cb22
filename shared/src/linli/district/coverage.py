"""Whether some periods together cover all of another one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_

from linli.district.periods import LEAP_YEAR, MINUTES_A_DAY, Period, Span

EVER = Period(weekly=("mon-sun 00:00-24:00",))

MINUTES_A_WEEK = 7 * MINUTES_A_DAY

EVERY_DAY = ((frozenset(range(7)), Span(0, MINUTES_A_DAY)),)

DAYS_THAT_TELL = 4 * 366
"""After so many days every day of the year has been there, February 29 too."""


def cover(periods: Sequence[Period], other: Period, today: date | None = None) -> bool:
    """Tell whether periods surely cover all that another one does; with ``today`` only from that day on."""
    ever = (period for period in periods if _runs_always(period, today))
    if not _week(other) & ~_union(map(_week, ever)):
        return True
    # Hours past midnight belong to the day before, so those count that hold on all the days of the other one.
    beside = (period for period in periods if _runs_wherever(period, other, today))
    return not _hours(other, 2 * MINUTES_A_DAY) & ~_union(_hours(period, 2 * MINUTES_A_DAY) for period in beside)


def _runs_always(period: Period, today: date | None) -> bool:
    if period.is_yearly:
        return all(map(period.runs_on, _days(date(LEAP_YEAR, 1, 1), date(LEAP_YEAR, 12, 31))))
    return period.runs_on(today or date.min) and period.runs_on(date.max)


def _runs_wherever(period: Period, other: Period, today: date | None) -> bool:
    if _runs_always(period, today):
        return True
    if other.is_yearly:
        days = filter(other.runs_on, _days(date(LEAP_YEAR, 1, 1), date(LEAP_YEAR, 12, 31)))
        return period.is_yearly and all(map(period.runs_on, days))
    begins = date.fromisoformat(other.begins) if other.begins else date.min
    ends = date.fromisoformat(other.ends) if other.ends else date.max
    return period.runs_on(ends) and all(map(period.runs_on, _days(max(begins, today or date.min), ends)))


def _days(first: date, last: date) -> Iterator[date]:
    for ahead in range(min((last - first).days + 1, DAYS_THAT_TELL)):
        yield first + timedelta(days=ahead)


def _week(period: Period) -> int:
    """Return the minutes of the week that lie in a period, a bit each."""
    minutes = _hours(period, MINUTES_A_DAY)
    return minutes & ((1 << MINUTES_A_WEEK) - 1) | minutes >> MINUTES_A_WEEK


def _hours(period: Period, minutes_a_day: int) -> int:
    return _union(
        ((1 << (ends - begins)) - 1) << (day * minutes_a_day + begins)
        for days, (begins, ends) in period.windows or EVERY_DAY
        for day in days
    )


def _union(minutes: Iterable[int]) -> int:
    return reduce(or_, minutes, 0)
