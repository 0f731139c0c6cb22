"""The working calendar of China."""

from datetime import date

import pytest

from routing.calendar import ChineseCalendar


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
