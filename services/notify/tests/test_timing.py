"""When somebody is told: quiet hours, windows, limits and retries, without a database."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.domain.frequencies import AT_ONCE, Frequency, storm_end, window_end
from notify.domain.limits import Buckets, Limit
from notify.domain.manners import Manner
from notify.domain.planning import Plan, Reason, plan
from notify.domain.preferences import About, Preference
from notify.domain.quiet_hours import QuietHours, undisturbed
from notify.domain.retries import SCHEDULE, wait_after

FUZHOU, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")
NIGHT = QuietHours(time(22), time(7), FUZHOU)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (utc(2026, 3, 2, 13, 59), None),
        (utc(2026, 3, 2, 14, 0), utc(2026, 3, 2, 23, 0)),
        (utc(2026, 3, 2, 17, 0), utc(2026, 3, 2, 23, 0)),
        (utc(2026, 3, 2, 22, 59), utc(2026, 3, 2, 23, 0)),
        (utc(2026, 3, 2, 23, 0), None),
    ],
)
def test_quiet_hours_go_over_midnight_where_the_recipient_is(at: datetime, ends: datetime | None) -> None:
    assert NIGHT.end_of(at) == ends


@pytest.mark.parametrize(
    ("begins", "ends", "at", "until"),
    [
        # In spring 1:00 becomes 2:00: quiet until what would have been 1:30.
        ("22:00", "01:30", utc(2026, 3, 28, 23, 0), utc(2026, 3, 29, 1, 30)),
        ("22:00", "07:00", utc(2026, 3, 28, 23, 0), utc(2026, 3, 29, 6, 0)),
        # In autumn 2:00 becomes 1:00: quiet until the second 1:30, in the first and the second hour alike.
        ("22:00", "01:30", utc(2026, 10, 25, 0, 10), utc(2026, 10, 25, 1, 30)),
        ("22:00", "01:30", utc(2026, 10, 25, 0, 45), utc(2026, 10, 25, 1, 30)),
        ("22:00", "01:30", utc(2026, 10, 25, 1, 29), utc(2026, 10, 25, 1, 30)),
        ("22:00", "01:30", utc(2026, 10, 25, 1, 30), None),
        ("22:00", "07:00", utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 7, 0)),
    ],
)
def test_quiet_hours_end_once_when_the_clock_changes(
    begins: str, ends: str, at: datetime, until: datetime | None
) -> None:
    quiet = QuietHours(time.fromisoformat(begins), time.fromisoformat(ends), LONDON)
    assert quiet.end_of(at) == until


@given(
    since=st.sampled_from((utc(2026, 3, 27), utc(2026, 10, 23))),
    minutes=st.integers(0, 4 * 24 * 60),
    begins=st.times(),
    ends=st.times(),
)
def test_after_quiet_hours_nobody_is_disturbed(since: datetime, minutes: int, begins: time, ends: time) -> None:
    quiet = QuietHours(begins, ends, LONDON)
    moment = since + timedelta(minutes=minutes)
    told = undisturbed(moment, quiet, urgent=False)
    assert moment <= told <= moment + timedelta(hours=50)
    assert quiet.end_of(told) is None
    assert undisturbed(moment, quiet, urgent=True) == moment


def test_who_is_quiet_from_seven_to_seven_is_never_quiet() -> None:
    assert QuietHours(time(7), time(7), FUZHOU).end_of(MIDNIGHT) is None


@pytest.mark.parametrize(
    ("frequency", "at", "ends"),
    [
        (Frequency.HOURLY, utc(2026, 3, 2, 4, 0), utc(2026, 3, 2, 5, 0)),
        (Frequency.HOURLY, utc(2026, 3, 2, 4, 59, 59), utc(2026, 3, 2, 5, 0)),
        (Frequency.DAILY, utc(2026, 3, 1, 23, 59), utc(2026, 3, 2, 0, 0)),
        (Frequency.DAILY, utc(2026, 3, 2, 0, 0), utc(2026, 3, 3, 0, 0)),
        (Frequency.WEEKLY, utc(2026, 3, 1, 23, 59), utc(2026, 3, 2, 0, 0)),  # Monday, 8 o'clock in Fuzhou
        (Frequency.WEEKLY, utc(2026, 3, 2, 0, 0), utc(2026, 3, 9, 0, 0)),
        (Frequency.WEEKLY, utc(2026, 3, 4, 0, 0), utc(2026, 3, 9, 0, 0)),
    ],
)
def test_a_window_ends_after_what_is_in_it(frequency: Frequency, at: datetime, ends: datetime) -> None:
    assert window_end(frequency, at, FUZHOU) == ends


def test_an_hour_that_comes_twice_has_two_windows() -> None:
    ends = [window_end(Frequency.HOURLY, utc(2026, 10, 25, hour, 30), LONDON) for hour in (0, 1)]
    assert ends == [utc(2026, 10, 25, 1, 0), utc(2026, 10, 25, 2, 0)]


def planned(**change: object) -> Plan:
    said: dict[str, object] = {
        "now": NOON,
        "channel": "email",
        "manner": Manner(),
        "legal": False,
        "said": None,
        "quiet": NIGHT,
        "recent": 0,
    }
    return plan(**{**said, **change})  # type: ignore[arg-type]


def wish(*, muted: bool = False, frequency: Frequency = Frequency.IMMEDIATE) -> Preference:
    return Preference(About(), "*", "email", muted, frequency)


def test_what_is_planned_says_why() -> None:
    assert planned() == Plan(NOON)
    assert planned(now=MIDNIGHT) == Plan(utc(2026, 3, 2, 23, 0), Reason.QUIET_HOURS)
    assert planned(now=MIDNIGHT, manner=Manner(urgent=True)) == Plan(MIDNIGHT)
    assert planned(said=wish(muted=True)) == Plan(NOON, Reason.OPTED_OUT, skipped=True)
    assert planned(said=wish(muted=True), legal=True) == Plan(NOON)
    assert planned(channel="sms") == Plan(NOON, Reason.NOT_A_DEFAULT, skipped=True)
    assert planned(channel="sms", said=wish()) == Plan(NOON)
    assert planned(why_unusable=Reason.BAD_ADDRESS, legal=True) == Plan(NOON, Reason.BAD_ADDRESS, skipped=True)


def test_digests_wait_for_their_window_and_then_for_the_morning() -> None:
    hourly = planned(now=MIDNIGHT, said=wish(frequency=Frequency.HOURLY))
    assert (hourly.reason, hourly.not_before) == (Reason.DIGEST, utc(2026, 3, 2, 23, 0))
    assert hourly.window is not None
    assert hourly.window.ends == utc(2026, 3, 2, 17, 0)
    for at_once in ({"legal": True}, {"manner": Manner(urgent=True)}):
        assert planned(said=wish(frequency=Frequency.WEEKLY), **at_once).window is None


def test_a_storm_becomes_one_message_and_spares_what_is_urgent() -> None:
    assert planned(recent=AT_ONCE - 1).window is None
    stormy = planned(recent=AT_ONCE)
    assert (stormy.reason, stormy.window and stormy.window.key) == (Reason.STORM, "storm")
    assert stormy.not_before == storm_end(NOON, urgent=False) > NOON
    urgent = planned(recent=AT_ONCE, manner=Manner(urgent=True), now=MIDNIGHT)
    assert urgent.not_before - MIDNIGHT <= timedelta(minutes=1)


def test_a_bucket_gives_what_it_holds_and_then_one_after_another() -> None:
    limits = {"bot": Limit(20, timedelta(minutes=1))}
    full: dict[str, datetime] = {}
    buckets = Buckets(full)
    waits = [buckets.take(limits, NOON) - NOON for _ in range(25)]
    assert waits == [timedelta()] * 20 + [timedelta(seconds=3 * number) for number in range(1, 6)]
    later = NOON + timedelta(seconds=3)
    again = Buckets(full)
    assert again.take(limits, later) == later
    assert again.take(limits, later) == later + timedelta(seconds=3)


def test_all_limits_hold_and_nothing_is_taken_where_one_is_used_up() -> None:
    limits = {"each": Limit(1, timedelta(seconds=10)), "whole": Limit(2, timedelta(seconds=10))}
    buckets = Buckets({})
    assert buckets.take(limits, NOON) == NOON
    assert buckets.take(limits, NOON) == NOON + timedelta(seconds=10)
    assert buckets.take({"whole": limits["whole"]}, NOON) == NOON
    assert buckets.take({"whole": limits["whole"]}, NOON) == NOON + timedelta(seconds=5)


@given(gaps=st.lists(st.integers(0, 30), min_size=1, max_size=200), count=st.integers(1, 20))
def test_no_limit_is_ever_passed(gaps: list[int], count: int) -> None:
    limit = Limit(count, timedelta(minutes=1))
    full: dict[str, datetime] = {}
    now, taken = NOON, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        if Buckets(full).take({"it": limit}, now) <= now:
            taken.append(now)
    for number, first in enumerate(taken):
        within = [one for one in taken[number:] if one - first < timedelta(minutes=1)]
        assert len(within) <= 2 * count  # a full bucket, and what refills it meanwhile


def test_waits_grow_until_it_is_given_up() -> None:
    waits = [wait_after(attempts, None, 0.0) for attempts in range(1, len(SCHEDULE) + 2)]
    assert waits == [*SCHEDULE, None]
    assert wait_after(1, timedelta(hours=1), 0.0) == timedelta(hours=1)
    assert wait_after(1, timedelta(days=30), 0.0) == timedelta(hours=12)
    assert wait_after(1, None, 1.0) == timedelta(seconds=36)
