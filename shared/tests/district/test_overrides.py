"""Rules that take precedence over those of a category, and those that never could."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from linli.district import Condition, DistrictFaultsError, Override, OverrideIndex, Urgency, load_district

from .builders import OFFICE, OTHER, TOP, category, department, entry, write

FRIDAY_NIGHT = datetime.fromisoformat("2026-03-06T23:00")
NIGHTS = {"weekly": ["mon-sun 22:00-06:00"]}
ALWAYS = {"weekly": ["mon-sun 00:00-24:00"]}


def fields(code: str = "one", **more: Any) -> dict[str, Any]:
    return {"code": code, "name": {"zh_hans": code}, "categories": ["general.*"], "urgency": "urgent", **more}


def override(**more: Any) -> Override:
    return Override.model_validate(fields(**more))


@pytest.mark.parametrize(
    ("conditions", "failing"),
    [
        ({}, None),
        ({"areas": ["top/a"]}, None),
        ({"areas": ["top"]}, None),
        ({"areas": ["top/b", "top/a/c"]}, ("area", "")),
        ({"areas": ["to"]}, ("area", "")),
        ({"when": [NIGHTS]}, None),
        ({"when": [{"weekly": ["mon-fri 08:00-17:00"]}]}, ("time", "")),
        ({"attributes": {"persons-trapped": ["yes", "perhaps"]}}, None),
        ({"attributes": {"persons-trapped": ["no"]}}, ("attribute", "persons-trapped")),
        ({"attributes": {"persons-trapped": ["yes"], "depth": ["deep"]}}, ("attribute", "depth")),
    ],
    ids=[
        "none",
        "own area",
        "area above",
        "other areas",
        "same letters",
        "in time",
        "out of time",
        "value",
        "other value",
        "absent attribute",
    ],
)
def test_an_override_says_which_of_its_conditions_fails(
    conditions: dict[str, Any], failing: tuple[Condition, str] | None
) -> None:
    assert override(**conditions).failing("top/a", FRIDAY_NIGHT, {"persons-trapped": "yes"}) == failing


@pytest.mark.parametrize(
    ("pattern", "about"),
    [("road.hole", True), ("road.*", True), ("*.hole", True), ("*.*", True), ("road.lamp", False), ("rail.*", False)],
)
def test_a_star_in_its_categories_stands_for_any_word(pattern: str, *, about: bool) -> None:
    assert override(categories=[pattern]).is_about("road.hole") is about


def test_each_stage_limit_is_a_change_of_its_own() -> None:
    two_hours = {"amount": 2, "kind": "clock-hours"}
    changes = override(limits={"handle": two_hours, "accept": two_hours}, volunteers=0).changes
    assert list(changes) == ["urgency", "volunteers", "limits.accept", "limits.handle"]
    assert changes["urgency"] is Urgency.URGENT


def test_an_override_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="it changes nothing"):
        override(urgency=None)


def folder_with(folder: Path, *overrides: dict[str, Any], own: tuple[dict[str, Any], ...] = ()) -> Path:
    write(
        folder,
        units=[TOP, *(entry(f"top/{code}", "community") for code in "ab"), entry("top/z", "community", closed=True)],
        categories=[{**OTHER, "overrides": list(own)}, category("road.hole"), category("road.lamp")],
        departments=[department("office", categories=["*.*"]), department("deaf")],
    )
    content = yaml.safe_dump({"overrides": list(overrides)})
    (folder / "overrides.yaml").write_text(content, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    with pytest.raises(DistrictFaultsError) as caught:
        load_district(folder)
    return list(map(str, caught.value.faults))


AREAS = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map("/".join)


@given(areas=st.lists(st.lists(AREAS, max_size=2), max_size=5), area=AREAS)
def test_the_index_finds_those_whose_place_it_is(areas: list[list[str]], area: str) -> None:
    overrides = [override(areas=each) for each in areas]
    holding = [position for position, each in enumerate(overrides) if each.failing(area, FRIDAY_NIGHT, {}) is None]
    assert list(OverrideIndex(overrides).covering(area)) == holding


def test_overrides_of_a_category_come_before_those_of_the_district(tmp_path: Path) -> None:
    own = {**fields("own", when=[NIGHTS]), "categories": []}
    folder = folder_with(
        tmp_path, fields("roads", categories=["road.*"]), fields("all", categories=["*.*"]), own=(own,)
    )
    found = load_district(folder).overrides_of
    assert {code: [one.code for one in overrides] for code, overrides in found.items()} == {
        "general.other": ["own", "all"],
        "road.hole": ["roads", "all"],
        "road.lamp": ["roads", "all"],
    }


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([fields(categories=[])], ["one: it names no categories"]),
        ([fields(categories=["rail.*"])], ["one: no category matches rail.*"]),
        ([fields(areas=["top/lost"])], ["one: unknown area top/lost"]),
        ([fields(areas=["top/z"])], ["one: closed area top/z"]),
        ([fields(when=[{"weekly": ["mon 08:00-08:00"]}])], ["one: period 1 never comes"]),
        ([fields(attributes={"depth": []})], ["one: no value of depth would do"]),
        ([fields(unit="top/lost")], ["one: unknown unit top/lost"]),
        ([fields(unit="top/z")], ["one: closed unit top/z"]),
        ([fields(department="void")], ["one: unknown department void"]),
        ([fields(department="office", co_departments=["office"])], ["one: a department is named twice"]),
        ([fields(), fields()], ["one: duplicate code"]),
        ([fields("one"), fields("two")], ["two: earlier ones always take precedence"]),
        ([fields("one", areas=["top"]), fields("two", areas=["top/a"])], ["two: earlier ones always take precedence"]),
        (
            [fields("one", attributes={"depth": ["deep", "shallow"]}), fields("two", attributes={"depth": ["deep"]})],
            ["two: earlier ones always take precedence"],
        ),
        (
            [fields("one"), fields("two", urgency=None, volunteers=3), fields("three", volunteers=2)],
            ["three: earlier ones always take precedence"],
        ),
        ([fields("one", when=[ALWAYS]), fields("two")], ["two: earlier ones always take precedence"]),
        (
            [fields("one", when=[{"from": "01-01", "to": "12-31"}]), fields("two", when=[NIGHTS])],
            ["two: earlier ones always take precedence"],
        ),
        (
            [fields("one", areas=["top/a"]), fields("two", areas=["top/b"]), fields("three", areas=["top/b", "top/a"])],
            ["three: earlier ones always take precedence"],
        ),
    ],
    ids=[
        "no categories",
        "category",
        "area",
        "closed area",
        "period",
        "attribute",
        "unit",
        "closed unit",
        "department",
        "department twice",
        "duplicate",
        "same twice",
        "area beneath",
        "value among others",
        "taken by two together",
        "after hours that never end",
        "after days of all the year",
        "areas of two together",
    ],
)
def test_an_override_that_can_never_apply_is_refused(
    tmp_path: Path, overrides: list[dict[str, Any]], said: list[str]
) -> None:
    assert faults(folder_with(tmp_path, *overrides)) == [f"overrides.yaml: {fault}" for fault in said]


@pytest.mark.parametrize(
    "overrides",
    [
        [fields("one", areas=["top/a"]), fields("two")],
        [fields("one", areas=["top/a"]), fields("two", areas=["top/b"])],
        [fields("one", when=[NIGHTS]), fields("two", when=[{"from": "05-01", "to": "09-30"}])],
        [fields("one", attributes={"depth": ["deep"]}), fields("two", attributes={"depth": ["deep", "shallow"]})],
        [fields("one"), fields("two", volunteers=2)],
        [fields("one", categories=["road.hole"]), fields("two", categories=["road.*"])],
    ],
    ids=["wider area", "other area", "other time", "more values", "another field", "more categories"],
)
def test_an_override_that_applies_somewhere_is_kept(tmp_path: Path, overrides: list[dict[str, Any]]) -> None:
    assert len(load_district(folder_with(tmp_path, *overrides)).overrides) == 2


def test_an_override_that_has_had_its_time_is_refused_on_the_day_that_is_asked_about(tmp_path: Path) -> None:
    past, later = {"from": "2019-05-01", "to": "2019-05-07"}, {"from": "05-01", "to": "05-07"}
    folder = folder_with(tmp_path, fields("one", when=[past]), fields("two", when=[past, later]))
    assert len(load_district(folder).overrides) == 2
    assert len(load_district(folder, today=date(2019, 5, 7)).overrides) == 2
    with pytest.raises(DistrictFaultsError) as caught:
        load_district(folder, today=date(2019, 5, 8))
    assert str(caught.value) == "overrides.yaml: one: its time was over on 2019-05-07"


def test_an_override_shadowed_in_each_category_by_another_is_refused(tmp_path: Path) -> None:
    overrides = [fields("one", categories=["road.hole"]), fields("two", categories=["road.lamp"])]
    folder = folder_with(tmp_path, *overrides, fields("three", categories=["road.*"]))
    assert faults(folder) == ["overrides.yaml: three: earlier ones always take precedence"]


def test_a_department_that_would_not_hear_of_its_case_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, fields(categories=["road.hole", "general.*"], department="deaf"))
    assert faults(folder) == ["departments.yaml: deaf: its subscription lacks road.hole, which an override gives it"]


def test_a_wrong_override_of_a_category_is_refused_where_it_stands(tmp_path: Path) -> None:
    own = {**fields("own"), "areas": ["top/lost"]}
    assert faults(folder_with(tmp_path, own=(own, own))) == [
        "categories.yaml: general.other: its override own names categories of its own",
        "categories.yaml: general.other: its override own: unknown area top/lost",
        "categories.yaml: general.other: duplicate override own",
        "categories.yaml: general.other: its override own names categories of its own",
        "categories.yaml: general.other: its override own: unknown area top/lost",
        "categories.yaml: general.other: its override own: earlier ones always take precedence",
    ]


def test_nobody_is_called_shadowed_while_categories_cannot_be_read(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, fields(categories=["rail.*"]))
    write(folder, categories=[OTHER, {"code": "rail.track"}], departments=[OFFICE])
    assert all(fault.startswith("categories.yaml: rail.track: ") for fault in faults(folder))
