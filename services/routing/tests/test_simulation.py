"""A year that nobody had."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linli.cli.main import app
from linli.contracts import Level
from linli.district import FALLBACK_CATEGORY, District, LimitKind, TimeLimit
from routing.calendar import rulebook_of
from routing.domain.deadline import Window
from routing.domain.rulebook import Rulebook
from routing.simulation.comparing import compare, one_more_handler, other_authority, simulate
from routing.simulation.demand import Demand, arrivals
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


def test_nobody_works_outside_of_office_hours_or_at_two_cases_at_once(rulebook: Rulebook) -> None:
    cases = handle(rulebook, arrivals(rulebook.district, QUARTER, seed=1))
    free_at: dict[str, datetime] = {}
    for case in cases:
        calendar = rulebook.calendar_of(rulebook.district.posts[case.handler].path)
        local = case.done_at.astimezone(calendar.zone)
        assert any(window.begins <= local.time() <= window.ends for window in calendar.windows)
        assert case.done_at >= max(case.at, free_at.get(case.handler, case.at)) + case.work
        free_at[case.handler] = case.done_at


def test_one_more_handler_never_makes_a_case_later(counter: Rulebook) -> None:
    demand = Demand(BEGINS, days=60, per_day=20, effort=0.1, regularity=1)
    reports = list(arrivals(counter.district, demand, seed=3))
    staffed = replace(counter, district=one_more_handler("sanchajie")(counter.district))
    alone, two = handle(counter, reports), handle(staffed, reports)
    assert {case.handler for case in two} == {"li-tongchou", "further-sanchajie"}
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
        ("--plot", "/nowhere/year.svg"),
        ("--plot", "year.docx"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(option: str, value: str) -> None:
    result = run(option, value)
    assert result.exit_code == 2
    assert option in result.stderr


def test_the_command_refuses_a_district_with_faults(tmp_path: Path) -> None:
    result = run(str(tmp_path))
    assert result.exit_code == 1
    assert "linli: grid.yaml: file: cannot be read" in result.stderr
