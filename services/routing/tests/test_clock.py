"""How much of a stage's time has passed, on the working calendar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.district import LimitKind, TimeLimit
from routing.domain.clock import Clock, Timer, carry_on, move_due, next_moment, start_clock
from routing.domain.deadline import after_working, before_working, working_time

from .builders import CALENDAR, NOW

moments = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware


def clock(timer: Timer = Timer.HANDLE, kind: str = "working-hours", amount: int = 14) -> Clock:
    limit = TimeLimit(amount=amount, kind=LimitKind(kind))
    return start_clock(timer, limit, at=NOW, calendar=CALENDAR)


def test_half_of_two_working_days_of_hours_is_one_working_day_later() -> None:
    # Seven hours from Wednesday 10:00: two until noon, three and a half in the afternoon, one and a half next morning.
    assert clock().moment(50, CALENDAR) == datetime(2025, 6, 12, 2, 0, tzinfo=UTC)


def test_clock_hours_pass_at_night_too() -> None:
    assert clock(kind="clock-hours", amount=24).moment(50, CALENDAR) == NOW + timedelta(hours=12)


def test_each_warning_comes_once_and_in_order() -> None:
    one = clock()
    told = []
    while (moment := one.next_at(CALENDAR)) is not None:
        assert one.reached(moment - timedelta(seconds=1), CALENDAR) == one.fired
        told.append(one.reached(moment, CALENDAR))
        one = Clock(one.timer, one.started_at, one.due_at, one.by_calendar, fired=told[-1])
    assert told == [50, 80, 100]


@pytest.mark.parametrize("timer", [Timer.ANSWER, Timer.SUSPENSION])
def test_of_the_reporters_answer_and_of_a_suspension_only_the_end_is_told(timer: Timer) -> None:
    assert clock(timer).next_at(CALENDAR) == clock(timer).due_at


def test_a_clock_that_is_set_on_tells_nobody_again_what_has_passed() -> None:
    one = clock()
    later = move_due(one, one.due_at + timedelta(days=7), at=one.moment(80, CALENDAR), calendar=CALENDAR)
    assert later.fired == 0


def test_a_clock_whose_end_is_moved_into_the_past_tells_of_it_once() -> None:
    one = clock()
    passed = one.moment(80, CALENDAR)
    for end in (passed, NOW - timedelta(days=60)):
        over = move_due(one, end, at=passed, calendar=CALENDAR)
        assert over.next_at(CALENDAR) in {end, over.moment(50, CALENDAR)}
        assert over.reached(passed, CALENDAR) == 100 > over.fired
        assert move_due(replace(over, fired=100), NOW, at=passed, calendar=CALENDAR).next_at(CALENDAR) is None


def test_the_next_moment_is_that_of_the_first_clock() -> None:
    one, other = clock(), clock(Timer.ACCEPT, amount=4)
    assert next_moment([one, other], CALENDAR) == other.moment(50, CALENDAR)
    assert next_moment([], CALENDAR) is None


@given(moments, st.timedeltas(timedelta(), timedelta(days=20)), st.integers(1, 80))
def test_as_much_time_is_left_after_a_stop_as_was_left_before(start: datetime, stop: timedelta, hours: int) -> None:
    one = start_clock(Timer.HANDLE, TimeLimit(amount=hours, kind=LimitKind.WORKING_HOURS), at=start, calendar=CALENDAR)
    stopped_at = min(start + timedelta(hours=5), one.due_at)
    on = carry_on(one, stopped_at=stopped_at, at=stopped_at + stop, calendar=CALENDAR)
    left = working_time(stopped_at, one.due_at, CALENDAR)
    assert working_time(stopped_at + stop, on.due_at, CALENDAR) == left
    if left:
        spent = working_time(one.started_at, stopped_at, CALENDAR)
        assert working_time(on.started_at, stopped_at + stop, CALENDAR) == spent


@pytest.mark.parametrize("kind", ["working-hours", "clock-hours"])
def test_after_a_stop_nobody_is_warned_of_time_that_did_not_pass(kind: str) -> None:
    one = clock(kind=kind, amount=24)
    at = NOW + timedelta(days=30)
    on = carry_on(one, stopped_at=NOW + timedelta(hours=1), at=at, calendar=CALENDAR)
    assert on.reached(at, CALENDAR) == 0
    assert on.moment(50, CALENDAR) > at


@given(moments, st.timedeltas(timedelta(), timedelta(days=20)))
def test_working_time_and_its_beginning_agree(end: datetime, spent: timedelta) -> None:
    assert working_time(before_working(end, spent, CALENDAR), end, CALENDAR) == spent


@given(moments, st.timedeltas(timedelta(minutes=1), timedelta(days=30)))
def test_working_time_and_its_end_agree(start: datetime, span: timedelta) -> None:
    assert working_time(start, after_working(start, span, CALENDAR), CALENDAR) == span


@given(moments, moments, moments)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    one, two, three = sorted([one, two, three])
    parts = working_time(one, two, CALENDAR) + working_time(two, three, CALENDAR)
    assert parts == working_time(one, three, CALENDAR)
    assert working_time(two, one, CALENDAR) == timedelta()
