"""The working calendar of China, and those of a district."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from linli.contracts import Level
from linli.district import Calendar, District, LimitKind, Text, TimeLimit, Unit, Week
from routing.calendar import ChineseCalendar, rulebook_of, working_calendar
from routing.domain.deadline import Window, deadline


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 6, 11), True),
        (date(2025, 6, 14), False),
        (date(2025, 10, 1), False),
        (date(2025, 9, 28), True),
        (date(2025, 10, 11), True),
    ],
    ids=["wednesday", "saturday", "national day", "swapped sunday", "swapped saturday"],
)
def test_holidays_and_swapped_days_are_known(day: date, works: bool) -> None:  # noqa: FBT001 - a parametrized value
    assert ChineseCalendar().is_working_day(day) is works


@pytest.mark.parametrize(("day", "works"), [(date(2099, 1, 5), True), (date(2099, 1, 10), False)])
def test_a_year_not_announced_yet_counts_monday_to_friday(day: date, works: bool) -> None:  # noqa: FBT001 - a parametrized value
    assert ChineseCalendar().is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "china", "weekdays"),
    [
        (date(2025, 10, 1), False, True),
        (date(2025, 10, 11), True, False),
        (date(2025, 6, 11), False, False),
        (date(2025, 6, 14), True, True),
    ],
    ids=["national day", "swapped saturday", "own holiday", "own working day"],
)
def test_days_of_the_district_win_over_those_that_its_calendar_is_based_on(
    day: date,
    china: bool,  # noqa: FBT001 - a parametrized value
    weekdays: bool,  # noqa: FBT001 - a parametrized value
) -> None:
    own = {"holidays": (date(2025, 6, 11),), "working_days": (date(2025, 6, 14),)}
    assert working_calendar(Calendar(code="one", **own)).is_working_day(day) is china
    assert working_calendar(Calendar(code="two", based_on=Week.WEEKDAYS, **own)).is_working_day(day) is weekdays


def test_hours_until_midnight_are_kept() -> None:
    (window,) = working_calendar(Calendar(code="day", windows=("00:00-24:00",))).windows
    assert window == Window(time.min, time.max)


def test_a_unit_works_by_its_own_calendar_and_another_by_that_of_the_country() -> None:
    name = Text(zh_hans="街道")
    units = (
        Unit(path="t", level=Level.SUBDISTRICT, name=name),
        Unit(path="t/a", level=Level.COMMUNITY, name=name, calendar="long"),
    )
    rulebook = rulebook_of(
        District(
            units={unit.path: unit for unit in units},
            categories={},
            departments={},
            calendars={"long": Calendar(code="long", windows=("06:00-22:00",))},
        )
    )
    assert rulebook.calendar_of("t/a").windows == (Window(time(6), time(22)),)
    assert rulebook.calendar_of("t") == rulebook.calendar_of("gone/b1") == ChineseCalendar()


def closed_for(days: int) -> Calendar:
    """A calendar without work from Monday, July 6 on."""
    holidays = [date(2026, 7, 6) + timedelta(days=ahead) for ahead in range(days)]
    return Calendar(code="long", based_on=Week.WEEKDAYS, holidays=(*holidays, date.max))


def test_case_waits_for_the_end_of_a_long_break() -> None:
    noon, one_day = datetime(2026, 7, 5, 4, tzinfo=UTC), TimeLimit(amount=1, kind=LimitKind.WORKING_DAYS)
    assert deadline(noon, one_day, working_calendar(closed_for(59))).date() == date(2026, 9, 3)


def test_calendar_that_is_closed_for_too_long_is_refused_before_any_case_waits_for_it() -> None:
    with pytest.raises(ValidationError, match="from 2026-07-06 it is closed for more than 60 days"):
        closed_for(62)
