"""A year that nobody had."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linli.cli.main import app
from linli.contracts import Level
from linli.district import FALLBACK_CATEGORY, District, LimitKind, TimeLimit
from linli.district.periods import Period
from routing.calendar import CHINA_TIME, ChineseCalendar, rulebook_of
from routing.domain.deadline import Window
from routing.domain.rulebook import Rulebook
from routing.simulation.comparing import FURTHER, compare, one_more_handler, other_authority, simulate
from routing.simulation.demand import Arrival, Demand, arrivals
from routing.simulation.handling import handle
from routing.simulation.report import report

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
QUARTER = Demand(BEGINS, days=90, per_day=30, effort=0.2)


@dataclass(frozen=True)
class AlwaysOpen:
    zone: tzinfo = UTC
    windows: tuple[Window, ...] = (Window(time.min, time.max),)

    def is_working_day(self, day: date) -> bool:  # noqa: ARG002 - every day is one
        return True


@pytest.fixture(scope="module")
def rulebook(district: District) -> Rulebook:
    return rulebook_of(district)


@pytest.fixture(scope="module")
def counter(district: District) -> Rulebook:
    """One person who settles one category around the clock; a case takes an hour where the effort is a tenth."""
    category = district.categories[FALLBACK_CATEGORY]
    limits = category.limits.model_copy(update={"handle": TimeLimit(amount=10, kind=LimitKind.WORKING_HOURS)})
    alone = district.model_copy(
        update={
            "units": {"sanchajie": district.top},
            "categories": {FALLBACK_CATEGORY: category.model_copy(update={"limits": limits})},
            "calendars": {},
            "overrides": (),
        }
    )
    return Rulebook(alone, AlwaysOpen())


def test_every_report_is_settled_or_waiting_at_the_end(rulebook: Rulebook) -> None:
    busy = replace(QUARTER, effort=2)
    reports = list(arrivals(rulebook.district, busy, seed=1))
    found = simulate(rulebook, busy, seed=1)
    assert found.cases == len(reports)
    assert sum(level.settled + level.waiting for level in found.levels) == len(reports)
    assert sum(person.cases for person in found.persons) == len(reports)
    assert any(level.waiting for level in found.levels)
    assert any(level.settled for level in found.levels)


def test_the_same_seed_gives_the_same_year_and_another_seed_another(rulebook: Rulebook) -> None:
    assert simulate(rulebook, QUARTER, seed=1) == simulate(rulebook, QUARTER, seed=1)
    assert simulate(rulebook, QUARTER, seed=1) != simulate(rulebook, QUARTER, seed=2)


def test_reports_come_as_often_as_was_asked(rulebook: Rulebook) -> None:
    counts = [sum(1 for _ in arrivals(rulebook.district, QUARTER, seed)) for seed in range(5)]
    # 2700 each; the deviation of the sum of five is 116.
    assert sum(counts) == pytest.approx(5 * 2700, abs=500)


def test_nobody_works_outside_of_their_hours_or_at_two_cases_at_once(rulebook: Rulebook) -> None:
    district = rulebook.district
    cases = handle(rulebook, arrivals(district, QUARTER, seed=1))
    free_at: dict[str, datetime] = {}
    for case in (case for case in cases if not case.at_once):
        unit = district.posts[case.handler].path
        calendar = rulebook.calendar_of(unit)
        person, last = district.persons[case.handler], case.done_at - timedelta(seconds=1)
        in_office = any(
            window.begins <= last.astimezone(calendar.zone).time() <= window.ends for window in calendar.windows
        )
        assert person.is_on_duty(last.astimezone(district.zone_of(unit))) if person.duty else in_office
        assert case.done_at >= max(case.at, free_at.get(case.handler, case.at)) + case.work
        free_at[case.handler] = case.done_at


def on_duty(counter: Rulebook, **periods: dict[str, object]) -> Rulebook:
    """Return the rules of the counter whose person has duty hours and works in an office that is open by day."""
    top = counter.district.top
    person = top.persons[0].model_copy(update={name: (Period.model_validate(each),) for name, each in periods.items()})
    units = {"sanchajie": top.model_copy(update={"persons": (person,)})}
    return Rulebook(counter.district.model_copy(update={"units": units}), ChineseCalendar())


@pytest.mark.parametrize(
    ("duty", "done"),
    [
        ({"weekly": ["sat-sun 20:00-24:00"]}, "2026-01-03T21:00"),
        ({"weekly": ["fri 22:00-02:00"]}, "2026-01-02T23:00"),
        ({"weekly": ["thu 22:00-10:00"]}, "2026-01-02T09:00"),
        ({"from": "2026-01-05", "to": "2026-01-09"}, "2026-01-05T09:30"),
        ({"from": "2020-01-01", "to": "2020-12-31"}, "2026-01-04T09:30"),
    ],
    ids=["weekend", "past-midnight", "since-yesterday", "days-without-hours", "never-again"],
)
def test_a_person_with_duty_works_in_the_hours_of_their_duty(
    counter: Rulebook, duty: dict[str, object], done: str
) -> None:
    friday = datetime(2026, 1, 2, 8, 0, tzinfo=CHINA_TIME)
    report = Arrival(friday, FALLBACK_CATEGORY, "sanchajie", share=0.1)
    [case] = handle(on_duty(counter, duty=duty), [report])
    assert case.done_at == datetime.fromisoformat(done).replace(tzinfo=CHINA_TIME)


def test_a_person_who_is_absent_works_at_nothing_meanwhile(counter: Rulebook) -> None:
    monday = datetime(2026, 1, 12, 8, 30, tzinfo=CHINA_TIME)
    away = on_duty(counter, absent={"from": "2026-01-13", "to": "2026-01-14"})
    [case] = handle(away, [Arrival(monday, FALLBACK_CATEGORY, "sanchajie", share=0.8)])
    # Seven hours on Monday, the last one on Thursday.
    assert case.done_at == datetime(2026, 1, 15, 9, 30, tzinfo=CHINA_TIME)


def test_what_has_a_limit_by_the_clock_is_taken_at_once_before_what_waits(rulebook: Rulebook) -> None:
    night = datetime(2026, 1, 6, 23, 0, tzinfo=CHINA_TIME)
    area = "sanchajie/jinpu/lianbang/b3"
    waiting = Arrival(night, "facility.roof-leak", area, share=1)
    smells = [Arrival(night, "safety.gas-smell", area, share=0.5)] * 2
    roof, *gas, later = handle(rulebook, [waiting, *smells, waiting])
    assert [case.done_at for case in gas] == [night + timedelta(minutes=30), night + timedelta(minutes=60)]
    assert not any(case.is_late for case in gas)
    assert later.done_at > roof.done_at + roof.work
    assert later.handler == roof.handler == gas[0].handler


def test_gas_smells_are_handled_in_time_where_there_is_little_to_do(rulebook: Rulebook) -> None:
    only = replace(QUARTER, per_day=0.5, effort=0.05, weights={"safety.gas-smell": 1})
    found = simulate(rulebook, only, seed=1)
    assert found.cases > 20
    assert found.late_share == 0


def test_each_category_comes_as_often_as_its_rate_says(rulebook: Rulebook) -> None:
    weighted = replace(QUARTER, weights={"order.parking": 3, "environment.litter": 1})
    counts = Counter(each.category for each in arrivals(rulebook.district, weighted, seed=1))
    assert set(counts) == {"order.parking", "environment.litter"}
    # Of 2700, three quarters; the deviation is 23.
    assert counts["order.parking"] / counts.total() == pytest.approx(0.75, abs=0.04)


def test_the_load_of_a_level_is_the_work_of_its_persons_in_their_time(rulebook: Rulebook) -> None:
    found = simulate(rulebook, QUARTER, seed=1)
    posts = rulebook.district.posts
    for level in found.levels:
        persons = [each for each in found.persons if posts[each.person].level is level.level]
        loads = [person.load for person in persons]
        assert (level.hours > 0) is (level.load > 0) is bool(persons)
        assert not loads or min(loads) * len(loads) / len(posts) <= level.load <= max(loads)
    top = next(level for level in found.levels if level.level is Level.SUBDISTRICT)
    assert top.load == pytest.approx(next(each.load for each in found.persons if each.unit == "sanchajie"))


def test_one_more_handler_never_makes_a_case_later(counter: Rulebook) -> None:
    demand = Demand(BEGINS, days=60, per_day=20, effort=0.1, regularity=1)
    reports = list(arrivals(counter.district, demand, seed=3))
    staffed = replace(counter, district=one_more_handler("sanchajie")(counter.district))
    alone, two = handle(counter, reports), handle(staffed, reports)
    assert {case.handler for case in two} == {"li-tongchou", FURTHER}
    assert all(second.done_at <= first.done_at for first, second in zip(alone, two, strict=True))
    assert any(second.done_at < first.done_at for first, second in zip(alone, two, strict=True))


@pytest.mark.parametrize("load", [0.3, 0.6])
def test_one_handler_is_as_busy_and_cases_wait_as_long_as_theory_says(counter: Rulebook, load: float) -> None:
    """Of a queue with random arrivals and service of one hour: busy for the load, an hour / (1 - load) in all."""
    demand = Demand(BEGINS, days=730, per_day=24 * load, effort=0.1, regularity=1)
    found = simulate(counter, demand, seed=7)
    (person,) = found.persons
    assert person.load == pytest.approx(load, rel=0.05)
    assert found.mean_hours == pytest.approx(1 / (1 - load), rel=0.12)


def test_a_case_is_late_when_its_work_takes_longer_than_its_limit(counter: Rulebook) -> None:
    calm = Demand(BEGINS, days=30, per_day=0.5, effort=0.1, regularity=100)
    late = replace(calm, effort=3)
    assert simulate(counter, calm, seed=1).late_share == 0
    assert simulate(counter, late, seed=1).late_share == 1


def test_a_lower_authority_moves_cases_down(rulebook: Rulebook) -> None:
    pipes = "facility.pipe-network"
    changed = rulebook_of(other_authority(pipes, Level.BUILDING)(rulebook.district))
    before, after = simulate(rulebook, QUARTER, seed=1), simulate(changed, QUARTER, seed=1)
    buildings, tops = ({level.level: level.cases for level in found.levels} for found in (before, after))
    moved = tops[Level.BUILDING] - buildings[Level.BUILDING]
    assert moved == buildings[Level.SUBDISTRICT] - tops[Level.SUBDISTRICT] > 0


def test_the_range_of_a_difference_holds_its_mean_and_is_nothing_where_nothing_changed(rulebook: Rulebook) -> None:
    found = [simulate(rulebook, replace(QUARTER, days=20), seed) for seed in range(3)]
    same = compare(found, found)
    assert (same.late_share.low, same.late_share.mean, same.late_share.high) == (0, 0, 0)
    slower = [replace(each, mean_hours=each.mean_hours + seed) for seed, each in enumerate(found)]
    hours = compare(found, slower).mean_hours
    # Differences of 0, 1 and 2: a mean of 1, and 4.303 standard errors of 0.577 around it.
    assert (hours.low, hours.mean, hours.high) == pytest.approx((1 - 2.484, 1, 1 + 2.484), abs=0.001)


def test_a_year_without_reports_is_reported_as_such(counter: Rulebook) -> None:
    found = report(counter, QUARTER, [])
    assert (found.cases, found.late_share, found.mean_hours, found.persons) == (0, 0, 0, ())


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["routing", "simulate", "--days", "20", *words], env={"COLUMNS": "120"})


def test_the_command_shows_tables_and_the_effect_of_changes() -> None:
    changes = ["--further", "sanchajie", "--authority", "facility.facade=community", "--seeds", "2"]
    result = run("--effort", "1", *changes)
    assert result.exit_code == 0, result.output
    for shown in ("Load by level", "Those with most to do", "one more handler in sanchajie", "settled by community"):
        assert shown in result.stdout


def test_the_command_gives_figures_to_a_program() -> None:
    result = run("--json", "--seed", "4")
    found = json.loads(result.stdout)
    assert found["cases"] == sum(level["settled"] + level["waiting"] for level in found["levels"])
    assert found["changes"] == {}
    assert run("--json", "--seed", "4").stdout == result.stdout


@pytest.mark.parametrize("name", ["year.svg", "year.png"])
def test_the_command_draws(tmp_path: Path, name: str) -> None:
    assert run("--plot", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / name).stat().st_size > 1000


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--further", "sanchajie/lost"),
        ("--authority", "facility.facade"),
        ("--authority", "facility.facade=moon"),
        ("--authority", "facility.lost=building"),
        ("--per-day", "0"),
        ("--begins", "9999-12-31"),
        ("--begins", "0001-01-01"),
        ("--rates", "/nowhere/rates.yaml"),
        ("--plot", "/nowhere/year.svg"),
        ("--plot", "year.docx"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(option: str, value: str) -> None:
    result = run(option, value)
    assert result.exit_code == 2
    assert option in result.stderr


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("- a list", "each line is like"),
        ("order.parking: often", "each line is like"),
        ("order.parking: -1", "each line is like"),
        ("order.parking: .nan", "each line is like"),
        ("order.lost: 1", "no category order.lost"),
        ("order.parking: 0", "nothing is ever"),
        ("order.parking: [", "cannot be read"),
        ("{}", "nothing is ever"),
    ],
)
def test_the_command_refuses_rates_that_make_no_sense(tmp_path: Path, content: str, fault: str) -> None:
    file = tmp_path / "rates.yaml"
    file.write_text(content, "utf-8")
    result = run("--rates", str(file))
    assert result.exit_code == 2
    assert fault in " ".join(result.stderr.replace("│", " ").split())


def test_the_command_takes_rates_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "rates.yaml"
    file.write_text("facility.facade: 1", "utf-8")
    levels = {each["level"]: each["cases"] for each in json.loads(run("--json", "--rates", str(file)).stdout)["levels"]}
    assert [level for level, cases in levels.items() if cases] == ["subdistrict"]


def test_the_example_is_neither_idle_nor_overrun_by_what_the_command_takes_by_itself() -> None:
    found = json.loads(run("--json", "--days", "365").stdout)
    assert 0.4 < max(person["load"] for person in found["persons"]) < 0.9
    assert 0 < found["late_share"] < 0.1


def test_a_unit_with_a_long_code_can_have_one_more_handler(district: District) -> None:
    path = "sanchajie/" + "a-" * 27 + "z"
    unit = district.top.model_copy(update={"path": path, "level": Level.COMMUNITY})
    longer = district.model_copy(update={"units": {**district.units, path: unit}})
    assert one_more_handler(path)(longer).unit(path).persons[-1].id == FURTHER


def test_the_command_refuses_a_district_with_faults(tmp_path: Path) -> None:
    result = run(str(tmp_path))
    assert result.exit_code == 1
    assert "linli: grid.yaml: file: cannot be read" in result.stderr
