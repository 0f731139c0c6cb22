"""Stretches of time that come again."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from linli.district import Period


def period(**fields: Any) -> Period:
    return Period.model_validate(fields)


@pytest.mark.parametrize(
    ("weekly", "moment", "covered"),
    [
        # 2026-03-06 is a Friday.
        ("mon-fri 08:30-17:30", "2026-03-06T08:30", True),
        ("mon-fri 08:30-17:30", "2026-03-06T08:29", False),
        ("mon-fri 08:30-17:30", "2026-03-06T17:30", False),
        ("mon-fri 08:30-17:30", "2026-03-07T10:00", False),
        ("sat 09:00-12:00", "2026-03-07T10:00", True),
        ("fri-mon 09:00-12:00", "2026-03-08T10:00", True),
        ("fri-mon 09:00-12:00", "2026-03-10T10:00", False),
        ("fri 22:00-06:00", "2026-03-06T23:00", True),
        ("fri 22:00-06:00", "2026-03-07T05:59", True),
        ("fri 22:00-06:00", "2026-03-06T05:59", False),
        ("sun 22:00-06:00", "2026-03-09T01:00", True),
        ("mon-sun 00:00-24:00", "2026-03-06T23:59", True),
    ],
)
def test_weekly_hours_cover_their_days_and_run_past_midnight(weekly: str, moment: str, *, covered: bool) -> None:
    assert period(weekly=[weekly]).covers(datetime.fromisoformat(moment)) is covered


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "covered"),
    [
        ("2026-05-01", "2026-05-02", "2026-05-02T23:59", True),
        ("2026-05-01", "2026-05-02", "2026-05-03T00:00", False),
        ("2026-05-01", None, "2030-01-01T00:00", True),
        (None, "2026-05-01", "2026-05-02T00:00", False),
        ("05-01", "09-30", "2031-09-30T12:00", True),
        ("05-01", "09-30", "2031-10-01T12:00", False),
        ("12-01", "02-29", "2027-01-15T12:00", True),
        ("12-01", "02-29", "2027-03-01T12:00", False),
    ],
)
def test_days_are_covered_to_the_last_one_of_a_year_or_of_every_year(
    begins: str | None, ends: str | None, moment: str, *, covered: bool
) -> None:
    assert period(**{"from": begins, "to": ends}).covers(datetime.fromisoformat(moment)) is covered


def test_hours_after_midnight_belong_to_the_day_they_begin_on() -> None:
    nights = period(**{"from": "2026-05-01", "to": "2026-05-01", "weekly": ["mon-sun 22:00-06:00"]})
    assert nights.covers(datetime.fromisoformat("2026-05-02T05:00"))
    assert not nights.covers(datetime.fromisoformat("2026-05-01T05:00"))


@pytest.mark.parametrize(
    ("fields", "empty"),
    [
        ({"weekly": ["mon-fri 08:00-08:00"]}, True),
        ({"weekly": ["mon-fri 08:00-08:00", "sat 08:00-09:00"]}, False),
        ({"from": "2026-05-02", "to": "2026-05-01"}, True),
        ({"from": "2026-03-07", "to": "2026-03-08", "weekly": ["mon-fri 08:00-09:00"]}, True),
        ({"from": "2026-03-07", "to": "2026-03-09", "weekly": ["mon-fri 08:00-09:00"]}, False),
        ({"from": "12-01", "to": "02-01"}, False),
    ],
)
def test_a_period_that_never_comes_is_known(fields: dict[str, Any], *, empty: bool) -> None:
    assert period(**fields).is_empty is empty


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "no bound"),
        ({"weekly": ["someday 08:00-09:00"]}, "weekly.0"),
        ({"weekly": ["mon 25:00-26:00"]}, "weekly.0"),
        ({"from": "02-30", "to": "03-01"}, "day is out of range"),
        ({"from": "2026-02-29"}, "day is out of range"),
        ({"from": "05-01"}, "both from and to"),
        ({"from": "05-01", "to": "2026-06-01"}, "both have a year"),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        period(**fields)


def test_a_period_reads_the_same_after_it_was_written() -> None:
    one = period(**{"from": "05-01", "to": "09-30", "weekly": ["mon-fri 08:30-17:30"]})
    assert Period.model_validate(one.model_dump()) == one
    assert Period.model_validate_json(one.model_dump_json(by_alias=True)) == one


@pytest.mark.parametrize(
    ("fields", "day", "hours"),
    [
        ({"weekly": ["mon-fri 08:30-12:00", "mon-fri 14:00-17:30"]}, date(2026, 3, 6), [(510, 720), (840, 1050)]),
        ({"weekly": ["fri 22:00-06:00"]}, date(2026, 3, 6), [(1320, 1800)]),
        ({"weekly": ["fri 22:00-06:00"]}, date(2026, 3, 7), []),
        ({"from": "05-01", "to": "05-07", "weekly": ["mon-sun 09:00-12:00"]}, date(2026, 3, 6), []),
    ],
)
def test_hours_of_a_day_are_those_that_begin_on_it(fields: Any, day: date, hours: list[tuple[int, int]]) -> None:
    assert list(period(**fields).hours_on(day)) == hours
