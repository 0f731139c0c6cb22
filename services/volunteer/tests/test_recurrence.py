"""When something takes place that comes again."""

from datetime import UTC, datetime, timedelta

import pytest

from volunteer.domain.faults import FieldError
from volunteer.domain.recurrence import MOST, occurrences

MONDAY = datetime(2026, 3, 2, 19)  # noqa: DTZ001 - on the clock of a zone


def begins(rule: str | None, zone: str = "Asia/Shanghai", starts: datetime = MONDAY) -> list[datetime]:
    return [span.begins for span in occurrences(starts, 120, rule, zone)]


def test_what_happens_once_happens_once() -> None:
    assert begins(None) == [datetime(2026, 3, 2, 11, tzinfo=UTC)]


def test_rule_says_when_it_comes_again() -> None:
    assert [one.day for one in begins("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4")] == [2, 5, 9, 12]
    assert [one.day for one in begins("FREQ=MONTHLY;BYDAY=-1MO;COUNT=2")] == [30, 27]
    assert [one.day for one in begins("FREQ=DAILY;INTERVAL=3;UNTIL=20260309T000000")] == [2, 5, 8]


def test_hour_on_the_clock_stays_when_the_clocks_change() -> None:
    found = begins("FREQ=WEEKLY;COUNT=5", "Europe/Berlin", MONDAY + timedelta(days=14))

    assert [one.hour for one in found] == [18, 18, 17, 17, 17]


def test_no_more_than_a_year_and_so_many_are_laid_down() -> None:
    assert len(begins("FREQ=WEEKLY")) == 53
    assert len(begins("FREQ=DAILY")) == 367 < MOST


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2",
        "FREQ=WEEKLY;COUNT=0",
        "FREQ=WEEKLY;COUNT=2;UNTIL=99999999T999999",
        "FREQ=WEEKLY;UNTIL=20200101T000000",
        "",
        "every monday",
    ],
)
def test_what_is_no_rule_or_never_happens_is_refused(rule: str) -> None:
    with pytest.raises(FieldError):
        begins(rule)
