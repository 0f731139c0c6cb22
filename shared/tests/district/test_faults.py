"""All that is wrong with a district is said at once, and what is merely odd is no refusal."""

from pathlib import Path
from typing import Any

import pytest

from linli.district import District, DistrictFaultsError, check_district, load_district
from linli.district.survey import survey

from .builders import OTHER, TOP, category, department, district, entry, person, square, unit, write


def faults(folder: Path) -> list[str]:
    with pytest.raises(DistrictFaultsError) as caught:
        load_district(folder)
    assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
    return [str(fault) for fault in caught.value.faults]


def test_faults_of_all_files_are_said_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        units=[TOP, entry("top/a", "village"), entry("top/b/c", "compound"), entry("top/b/c", "compound")],
        categories=[OTHER, category("road.hole", department="void")],
        departments=[department("office", events=["case.vanished"])],
    )
    assert [fault.partition(" should be")[0] for fault in faults(folder)] == [
        "grid.yaml: top/a: level: Input",
        "grid.yaml: top/b/c: duplicate path",
        "grid.yaml: top/b/c: a compound needs a location or an outline",
        "categories.yaml: road.hole: unknown department void",
        "departments.yaml: office: no event matches case.vanished",
    ]


def test_nobody_is_held_to_an_entry_that_could_not_be_read(tmp_path: Path) -> None:
    units = [TOP, {**entry("top/a", "community"), "color": "red"}, entry("top/a/c", "compound", location=POINT)]
    departments = [department("office", areas=["top", "top/a"])]
    (only,) = faults(write(tmp_path, units=units, departments=departments))
    assert only == "grid.yaml: top/a: color: Extra inputs are not permitted"


POINT = {"lat": 26, "lon": 119}


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ([entry("top/a", "community", calendar="moon")], ["top/a: unknown calendar moon"]),
        ([entry("top/a", "community", successor="top")], ["top/a: it has a successor and is not closed"]),
        ([entry("top/a", "community", closed=True, successor="top/b")], ["top/a: unknown successor top/b"]),
        (
            [entry("top/a", "community", closed=True, successor="top/a")],
            ["top/a: its successors run in a circle"],
        ),
        (
            [
                entry("top/a", "community", closed=True, successor="top/b"),
                entry("top/b", "community", closed=True, successor="top/a"),
            ],
            ["top/a: its successors run in a circle", "top/b: its successors run in a circle"],
        ),
        ([entry("gone", "subdistrict", closed=True)], ["gone: it is closed, and no open unit answers for it"]),
        (
            [entry("other", "subdistrict"), entry("top/a", "community", closed=True, successor="other")],
            [
                "other: nobody is responsible for it or for a unit above it",
                "top/a: nobody is responsible for it or for a unit above it",
            ],
        ),
        (
            [entry("top/a", "community", persons=[{"id": "one", "name": "例某"}])],
            ["top/a: persons.0.post: Field required"],
        ),
        (
            [entry("top/a", "community", persons=[{**person("one"), "deputy": "nobody"}])],
            ["top/a: unknown deputy nobody of one"],
        ),
        (
            [entry("top/a", "community", persons=[{**person("one"), "deputy": "one"}])],
            ["top/a: the deputies of one run in a circle"],
        ),
        (
            [
                entry(
                    "top/a",
                    "community",
                    persons=[{**person("one"), "deputy": "two"}, {**person("two"), "deputy": "one"}],
                )
            ],
            ["top/a: the deputies of one run in a circle", "top/a: the deputies of two run in a circle"],
        ),
        (
            [entry("top/a", "community", persons=[{**person("one"), "duty": [{"weekly": ["mon 08:00-08:00"]}]}])],
            ["top/a: a duty of one never comes"],
        ),
        (
            [entry("top/a", "community", closed=True), entry("top/a/c", "compound", location=POINT)],
            ["top/a/c: closed parent top/a"],
        ),
        (
            [
                entry("gone", "subdistrict", closed=True, successor="gone/a"),
                entry("gone/a", "community", persons=[person("one")]),
            ],
            ["gone/a: closed parent gone"],
        ),
        (
            [
                entry("top/a", "community", persons=[{**person("one"), "deputy": "two"}]),
                entry("top/b", "community", closed=True, persons=[person("two")]),
            ],
            ["top/a: the deputy two of one is a person of a closed unit"],
        ),
    ],
    ids=[
        "calendar",
        "successor of an open unit",
        "unknown successor",
        "own successor",
        "circle of successors",
        "closed top",
        "closed into nobody",
        "person without a post",
        "unknown deputy",
        "own deputy",
        "circle of deputies",
        "empty duty",
        "closed parent",
        "closed top with an open unit for successor",
        "deputy in a closed unit",
    ],
)
def test_a_grid_that_would_strand_a_case_is_refused(tmp_path: Path, units: list[Any], said: list[str]) -> None:
    assert faults(write(tmp_path, units=[TOP, *units])) == [f"grid.yaml: {fault}" for fault in said]


def test_a_calendar_of_the_folder_is_known_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, units=[{**TOP, "calendar": "long"}])
    calendars = folder / "calendars.yaml"
    calendars.write_text("calendars: [{code: long, windows: ['06:00-22:00'], holidays: [2026-03-01]}]")
    assert load_district(folder).calendar_of("top").windows == ("06:00-22:00",)
    calendars.write_text("calendars: [{code: long, windows: []}]")
    (only,) = faults(folder)
    assert only.startswith("calendars.yaml: long: windows: Tuple should have at least 1 item")


def test_the_example_and_its_check_agree() -> None:
    check_district(load_district())


def odd(*units: Any) -> list[str]:
    grid: District = district(*units)
    return [str(fault).removeprefix("grid.yaml: ") for fault in survey(grid.units)]


def test_outlines_that_tile_are_not_odd() -> None:
    around = unit("t", "subdistrict", outline=square(119, 26, 0.02))
    assert odd(around, unit("t/a", outline=square(119, 26)), unit("t/b", outline=square(119.01, 26))) == []


def test_siblings_that_overlap_are_told_with_the_area_that_they_share() -> None:
    around = unit("t", "subdistrict", outline=square(119, 0, 0.03))
    one, other = unit("t/a", outline=square(119, 0)), unit("t/b", outline=square(119.009, 0))
    # At the equator: 0.001 by 0.01 degrees of 111.195 km each.
    assert odd(around, one, other) == ["t/b: its outline overlaps that of t/a by 123643 m²"]


def test_ground_outside_of_the_unit_above_is_told_with_its_area() -> None:
    around = unit("t", "subdistrict", outline=square(119, 60, 0.01))
    (only,) = odd(around, unit("t/a", outline=square(119.009, 60)))
    area = int(only.removeprefix("t/a: its outline leaves that of t by ").removesuffix(" m²"))
    # Nine tenths of it, half as wide as at the equator.
    assert area == pytest.approx(0.009 * 0.01 * 111_195**2 / 2, rel=0.001)


def test_an_outline_that_crosses_itself_is_told_and_taken_for_no_area() -> None:
    bow = {"type": "Polygon", "coordinates": [[[119, 26], [119.01, 26.01], [119.01, 26], [119, 26.01], [119, 26]]]}
    (only,) = odd(unit("t", "subdistrict", outline=square(118, 26)), unit("t/a", outline=bow))
    assert only.startswith("t/a: its outline is not sound: Self-intersection")


def test_a_closed_unit_may_lie_where_its_successor_lies() -> None:
    around = unit("t", "subdistrict", outline=square(119, 26, 0.02))
    gone = unit("t/a", outline=square(119, 26), closed=True, successor="t/b")
    assert odd(around, gone, unit("t/b", outline=square(119, 26))) == []


def test_team_of_no_unit_is_a_fault_and_a_folder_needs_no_teams(tmp_path: Path) -> None:
    folder = write(tmp_path, units=[TOP])
    assert load_district(folder).teams == {}
    teams = folder / "teams.yaml"
    teams.write_text("teams: [{code: lost, name: 迷路队, area: top/nowhere}]", encoding="utf-8")
    assert faults(folder) == ["teams.yaml: lost: no unit top/nowhere"]
    assert [team.name for team in load_district().teams.values()] == ["党员巡逻队", "平安巡逻队", "业委会志愿巡逻队"]
