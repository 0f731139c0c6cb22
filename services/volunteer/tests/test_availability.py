"""Hours that come again, over midnight and over changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from volunteer.domain.availability import Availability, Otherwise, WeeklyHours
from volunteer.domain.matching.words import Span

CHINA, BERLIN = "Asia/Shanghai", "Europe/Berlin"
SUNDAY, MONDAY, TUESDAY = 6, 0, 1


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def spans(*pairs: tuple[datetime, datetime]) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)


def test_hours_come_every_week_on_the_clock_of_their_zone() -> None:
    mondays = Availability(zone=CHINA, weekly=(WeeklyHours(weekday=MONDAY, begins=time(9), ends=time(11)),))

    assert mondays.within(utc(1, 0), utc(15, 0)) == spans((utc(2, 1), utc(2, 3)), (utc(9, 1), utc(9, 3)))


def test_hours_over_midnight_join_those_of_the_next_day() -> None:
    night = WeeklyHours(weekday=MONDAY, begins=time(22), ends=time(2))
    early = WeeklyHours(weekday=TUESDAY, begins=time(2), ends=time(6))

    assert Availability(zone=CHINA, weekly=(night, early)).within(utc(1, 0), utc(5, 0)) == spans(
        (utc(2, 14), utc(2, 22))
    )
    # Also when what is asked begins after midnight.
    asked = Availability(zone=CHINA, weekly=(night,)).within(utc(2, 17), utc(3, 0))
    assert asked == spans((utc(2, 17), utc(2, 18)))


def test_whole_day_is_free_from_midnight_to_midnight() -> None:
    whole = WeeklyHours(weekday=MONDAY, begins=time(0), ends=time(0))

    assert Availability(zone=CHINA, weekly=(whole,)).within(utc(1, 0), utc(5, 0)) == spans((utc(1, 16), utc(2, 16)))


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        (utc(28, 0), utc(29, 0), utc(29, 1)),
        (utc(24, 0, month=10), utc(24, 23, month=10), utc(25, 2, month=10)),
        (utc(21, 0), utc(22, 0), utc(22, 2)),
    ],
)
def test_hours_are_one_less_where_the_clocks_go_forward_and_one_more_where_they_go_back(
    day: datetime, begins: datetime, ends: datetime
) -> None:
    early = WeeklyHours(weekday=SUNDAY, begins=time(1), ends=time(3))

    assert Availability(zone=BERLIN, weekly=(early,)).within(day, day + timedelta(days=2)) == spans((begins, ends))


@pytest.mark.parametrize(
    ("begins", "ends", "found"),
    [
        (time(2, 15), time(2, 45), ()),
        (time(1), time(2), ((utc(29, 0), utc(29, 1)),)),
        (time(1), time(2, 30), ((utc(29, 0), utc(29, 1)),)),
        (time(2, 30), time(4), ((utc(29, 1), utc(29, 2)),)),
    ],
)
def test_hours_that_begin_or_end_in_the_skipped_hour_begin_or_end_where_it_is_skipped(
    begins: time, ends: time, found: tuple[tuple[datetime, datetime], ...]
) -> None:
    early = WeeklyHours(weekday=SUNDAY, begins=begins, ends=ends)

    assert Availability(zone=BERLIN, weekly=(early,)).within(utc(28, 0), utc(30, 0)) == spans(*found)


def test_exceptions_take_away_and_add_and_the_later_one_counts() -> None:
    mondays = WeeklyHours(weekday=MONDAY, begins=time(9), ends=time(17))
    away = Otherwise(begins=datetime(2026, 3, 2, 10), ends=datetime(2026, 3, 2, 16), free=False)  # noqa: DTZ001
    lunch = Otherwise(begins=datetime(2026, 3, 2, 12), ends=datetime(2026, 3, 2, 13), free=True)  # noqa: DTZ001

    found = Availability(zone=CHINA, weekly=(mondays,), otherwise=(away, lunch)).within(utc(1, 0), utc(3, 0))

    assert found == spans((utc(2, 1), utc(2, 2)), (utc(2, 4), utc(2, 5)), (utc(2, 8), utc(2, 9)))
    assert Availability(zone=CHINA, weekly=(mondays,), otherwise=(lunch, away)).within(utc(1, 0), utc(3, 0)) == spans(
        (utc(2, 1), utc(2, 2)), (utc(2, 8), utc(2, 9))
    )


def test_hours_hold_from_the_first_day_through_the_last() -> None:
    some = WeeklyHours(weekday=MONDAY, begins=time(9), ends=time(10), since=date(2026, 3, 9), until=date(2026, 3, 16))

    found = Availability(zone=CHINA, weekly=(some,)).within(utc(1, 0), utc(31, 0))

    assert found == spans((utc(9, 1), utc(9, 2)), (utc(16, 1), utc(16, 2)))
