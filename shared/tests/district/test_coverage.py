"""Whether what one rule covers leaves any time to a later one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.district import Period
from linli.district.coverage import EVER, cover

TODAY = date(2026, 6, 11)
Fields = Mapping[str, str | Sequence[str]]


def periods(*fields: Fields) -> list[Period]:
    return [Period.model_validate(each) for each in fields]


@pytest.mark.parametrize(
    ("ones", "other", "covered"),
    [
        ([{"weekly": ["mon-sun 00:00-24:00"]}], {"from": "2026-05-01"}, True),
        ([{"from": "01-01", "to": "12-31"}], {"weekly": ["mon 22:00-06:00"]}, True),
        ([{"from": "01-01", "to": "12-30"}], {"weekly": ["mon 22:00-06:00"]}, False),
        ([{"weekly": ["mon-fri 08:00-18:00"]}], {"weekly": ["tue 09:00-17:00"]}, True),
        ([{"weekly": ["mon-fri 08:00-18:00"]}], {"weekly": ["fri-sat 09:00-17:00"]}, False),
        ([{"weekly": ["mon 20:00-08:00"]}], {"weekly": ["tue 00:00-08:00"]}, True),
        ([{"weekly": ["mon 08:00-12:00"]}, {"weekly": ["mon 12:00-18:00"]}], {"weekly": ["mon 10:00-14:00"]}, True),
        ([{"from": "05-01", "to": "09-30"}], {"from": "2026-06-01", "to": "2026-07-01"}, True),
        ([{"from": "05-01", "to": "09-30"}], {"from": "2026-06-01", "to": "2027-07-01"}, False),
        ([{"from": "05-01", "to": "09-30"}], {"from": "06-01", "to": "06-30"}, True),
        ([{"from": "2024-01-01", "to": "2024-12-31"}], {"from": "06-01", "to": "06-30"}, False),
        ([{"from": "2026-01-01"}], {"from": "2026-06-01"}, True),
        ([{"from": "2026-01-01"}], {"to": "2026-06-01"}, False),
        ([{"from": "05-01", "to": "05-31"}], {"from": "05-01", "to": "05-31", "weekly": ["mon 22:00-06:00"]}, False),
    ],
)
def test_periods_cover_another_one_where_they_leave_it_no_moment(
    ones: list[Fields], other: Fields, *, covered: bool
) -> None:
    assert cover(periods(*ones), Period.model_validate(other)) is covered


def test_what_has_begun_and_has_no_end_covers_all_from_today_on() -> None:
    (begun,) = periods({"from": "2026-01-01"})
    assert not cover([begun], EVER)
    assert cover([begun], EVER, TODAY)
    assert not cover([begun], EVER, date(2025, 12, 31))


some = st.builds(
    Period,
    begins=st.sampled_from(["2026-06-01", "2026-06-20"]),
    ends=st.sampled_from(["2026-06-10", "2026-06-30"]),
    weekly=st.lists(st.sampled_from(["mon-fri 08:00-18:00", "sat-sun 22:00-06:00", "mon-sun 00:00-24:00"]), max_size=2),
) | st.sampled_from(periods({"from": "06-01", "to": "06-20"}, {"from": "12-01", "to": "06-15"}, {"from": "2026-06-05"}))


@given(ones=st.lists(some, max_size=3), other=some)
def test_no_moment_of_what_is_covered_is_left_out(ones: list[Period], other: Period) -> None:
    if cover(ones, other):
        moments = (datetime(2026, 5, 30, 1, 30) + timedelta(hours=2 * step) for step in range(12 * 40))  # noqa: DTZ001
        assert all(any(one.covers(moment) for one in ones) for moment in moments if other.covers(moment))
