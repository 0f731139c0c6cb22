"""Deadlines on the working calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.district import LimitKind, TimeLimit, Week
from linli.district.working_days import WorkingDays
from routing.calendar import CHINA_TIME, OFFICE_HOURS, ChineseCalendar, DistrictCalendar
from routing.domain.clock import Timer, carry_on, start_clock
from routing.domain.deadline import CalendarError, Window, deadline, working_time

CALENDAR = ChineseCalendar()

moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(CHINA_TIME))  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone
amounts = st.integers(1, 60)
kinds = st.sampled_from(LimitKind)
working_kinds = st.sampled_from([LimitKind.WORKING_HOURS, LimitKind.WORKING_DAYS])


def china(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA_TIME)


def due(start: str, amount: int, kind: str) -> datetime:
    return deadline(china(start), TimeLimit(amount=amount, kind=LimitKind(kind)), CALENDAR)


@pytest.mark.parametrize(
    ("start", "amount", "kind", "expected"),
    [
        ("2025-06-14T23:00", 24, "clock-hours", "2025-06-15T23:00"),
        ("2025-06-11T09:00", 2, "working-hours", "2025-06-11T11:00"),
        ("2025-06-11T09:00", 3, "working-hours", "2025-06-11T12:00"),
        ("2025-06-11T11:00", 2, "working-hours", "2025-06-11T15:00"),
        ("2025-06-11T12:30", 1, "working-hours", "2025-06-11T15:00"),
        ("2025-06-11T17:00", 1, "working-hours", "2025-06-12T09:00"),
        ("2025-06-13T17:30", 7, "working-hours", "2025-06-16T17:30"),
        ("2025-06-14T10:00", 1, "working-hours", "2025-06-16T09:30"),
        ("2025-06-11T09:00", 14, "working-hours", "2025-06-13T09:00"),
        ("2025-06-11T09:00", 1, "working-days", "2025-06-12T17:30"),
        ("2025-06-11T23:59", 1, "working-days", "2025-06-12T17:30"),
        ("2025-06-13T09:00", 1, "working-days", "2025-06-16T17:30"),
        # National Day week of 2025: off from 1 to 8 October; Sunday 28 September and Saturday 11 October are worked.
        ("2025-09-27T10:00", 1, "working-days", "2025-09-28T17:30"),
        ("2025-09-30T10:00", 1, "working-days", "2025-10-09T17:30"),
        ("2025-10-10T17:00", 1, "working-hours", "2025-10-11T09:00"),
    ],
)
def test_deadline_counts_as_the_limit_says(start: str, amount: int, kind: str, expected: str) -> None:
    assert due(start, amount, kind) == china(expected)


BERLIN = ZoneInfo("Europe/Berlin")
NEVER_CLOSED = DistrictCalendar(
    BERLIN,
    (Window(time.min, time.max),),
    WorkingDays(
        Week.WEEKDAYS, working_days=frozenset(date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365))
    ),
)


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)], ids=["forward", "back"])
@pytest.mark.parametrize("kind", [LimitKind.CLOCK_HOURS, LimitKind.WORKING_HOURS])
def test_hours_last_sixty_minutes_when_the_clocks_are_changed(day: date, kind: LimitKind) -> None:
    start = datetime.combine(day, time(12), BERLIN)
    until = deadline(start, TimeLimit(amount=24, kind=kind), NEVER_CLOSED)
    assert until - start.astimezone(UTC) == pytest.approx(timedelta(hours=24), abs=timedelta(seconds=1))
    assert working_time(start, until, NEVER_CLOSED) == pytest.approx(timedelta(hours=24), abs=timedelta(seconds=1))


def test_half_of_the_time_has_passed_after_half_of_it_when_the_clocks_are_changed() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    clock = start_clock(Timer.HANDLE, TimeLimit(amount=24, kind=LimitKind.CLOCK_HOURS), at=start, calendar=NEVER_CLOSED)
    assert clock.moment(50, NEVER_CLOSED) == start.astimezone(UTC) + timedelta(hours=12)
    stopped, on = start + timedelta(hours=2), start + timedelta(days=1)
    again = carry_on(clock, stopped_at=stopped, at=on, calendar=NEVER_CLOSED)
    assert again.due_at == on.astimezone(UTC) + timedelta(hours=22)


def test_deadline_is_in_utc() -> None:
    assert due("2025-06-11T09:00", 2, "working-hours").tzinfo is UTC
    assert due("2025-06-11T09:00", 2, "clock-hours").tzinfo is UTC
    assert due("2025-06-11T09:00", 2, "working-days").tzinfo is UTC


@given(moments, amounts, kinds)
def test_deadline_lies_after_its_start(start: datetime, amount: int, kind: LimitKind) -> None:
    assert deadline(start, TimeLimit(amount=amount, kind=kind), CALENDAR) > start


@given(moments, moments, amounts, kinds)
def test_who_begins_later_is_never_due_earlier(one: datetime, other: datetime, amount: int, kind: LimitKind) -> None:
    limit = TimeLimit(amount=amount, kind=kind)
    earlier, later = sorted((one, other))
    assert deadline(earlier, limit, CALENDAR) <= deadline(later, limit, CALENDAR)


@given(moments, amounts, kinds)
def test_a_longer_limit_is_due_later(start: datetime, amount: int, kind: LimitKind) -> None:
    shorter, longer = (TimeLimit(amount=each, kind=kind) for each in (amount, amount + 1))
    assert deadline(start, shorter, CALENDAR) < deadline(start, longer, CALENDAR)


@given(moments, amounts, working_kinds)
def test_working_deadline_lies_in_working_time(start: datetime, amount: int, kind: LimitKind) -> None:
    local = deadline(start, TimeLimit(amount=amount, kind=kind), CALENDAR).astimezone(CHINA_TIME)
    assert CALENDAR.is_working_day(local.date())
    assert any(window.begins <= local.time() <= window.ends for window in OFFICE_HOURS)


@given(moments, amounts, amounts, kinds)
def test_two_parts_of_a_limit_add_up(start: datetime, first: int, second: int, kind: LimitKind) -> None:
    at_once = deadline(start, TimeLimit(amount=first + second, kind=kind), CALENDAR)
    half_way = deadline(start, TimeLimit(amount=first, kind=kind), CALENDAR)
    assert deadline(half_way, TimeLimit(amount=second, kind=kind), CALENDAR) == at_once


@given(moments, amounts, kinds, st.integers(-12, 12))
def test_zone_of_the_start_does_not_matter(start: datetime, amount: int, kind: LimitKind, hours: int) -> None:
    limit = TimeLimit(amount=amount, kind=kind)
    elsewhere = start.astimezone(timezone(timedelta(hours=hours)))
    assert deadline(elsewhere, limit, CALENDAR) == deadline(start, limit, CALENDAR)


@dataclass(frozen=True)
class ClosedForEver:
    zone: tzinfo = CHINA_TIME
    windows: tuple[Window, ...] = OFFICE_HOURS

    def is_working_day(self, day: date) -> bool:  # noqa: ARG002 - no day is
        return False


@pytest.mark.parametrize("kind", [LimitKind.WORKING_HOURS, LimitKind.WORKING_DAYS])
def test_calendar_without_working_days_is_an_error(kind: LimitKind) -> None:
    with pytest.raises(CalendarError, match="no working day within 120 days"):
        deadline(china("2025-06-11T09:00"), TimeLimit(amount=1, kind=kind), ClosedForEver())
