"""Several sub-districts, closed units, calendars and points: who answers for a place."""

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from linli.contracts import Location
from linli.district import Calendar, Unit
from linli.district.outlines import Polygon

from .builders import district, square, unit


def paths(units: Sequence[Unit]) -> list[str]:
    return [each.path for each in units]


def test_each_top_answers_for_what_lies_under_its_first_word() -> None:
    forest = district(unit("east", "subdistrict"), unit("west", "subdistrict"), unit("west/a"))
    assert paths(forest.tops) == ["east", "west"]
    assert forest.top_of("west/a/lost/b1").path == "west"
    assert forest.top_of("nowhere/b1").path == forest.top.path == "east"


def test_a_closed_unit_is_left_out_on_the_way_up() -> None:
    grid = district(unit("t", "subdistrict"), unit("t/a", closed=True), unit("t/a/c", "compound"))
    assert paths(grid.open_ancestry("t/a/c")) == ["t/a/c", "t"]
    assert paths(grid.open_ancestry("t/a")) == ["t"]
    assert paths(grid.ancestry("t/a/c")) == ["t/a/c", "t/a", "t"]


def test_the_successor_stands_in_for_a_closed_unit_with_all_above_it() -> None:
    grid = district(
        unit("t", "subdistrict"),
        unit("u", "subdistrict"),
        unit("u/b"),
        unit("t/b", closed=True, successor="u/b"),
        unit("t/a", closed=True, successor="t/b"),
        unit("t/a/c", "compound"),
    )
    assert paths(grid.open_ancestry("t/a/c")) == ["t/a/c", "u/b", "u"]


def test_successors_in_a_circle_end_the_way_up() -> None:
    grid = district(unit("t/a", closed=True, successor="t/b"), unit("t/b", closed=True, successor="t/a"))
    assert grid.open_ancestry("t/a") == ()


def test_a_copy_with_other_units_forgets_what_was_derived_from_the_old_ones() -> None:
    before = district(unit("t", "subdistrict"))
    assert before.top.path == "t"
    assert before.model_copy(update={"units": {"u": unit("u", "subdistrict")}}).top.path == "u"


def test_a_calendar_is_inherited_from_the_nearest_unit_above_that_names_one() -> None:
    grid = district(
        unit("t", "subdistrict"),
        unit("t/a", calendar="shifts"),
        unit("t/a/c", "compound"),
        unit("t/b"),
        calendars=[Calendar(code="shifts", zone="Europe/Paris")],
    )
    assert grid.calendar_of("t/a/c").code == "shifts"
    assert str(grid.zone_of("t/a/c")) == "Europe/Paris"
    assert grid.calendar_of("t/b").code == grid.calendar_of("nowhere").code == "china"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"zone": "Mars/Olympus"}, "unknown zone"),
        ({"windows": []}, "at least 1"),
        ({"windows": ["08:00-08:00"]}, "begin before it ends"),
        ({"windows": ["22:00-06:00"]}, "begin before it ends"),
        ({"windows": ["14:00-17:00", "08:00-12:00"]}, "in order and apart"),
        ({"windows": ["08:00-12:00", "11:00-13:00"]}, "in order and apart"),
        ({"holidays": ["2026-05-06"], "working_days": ["2026-05-06"]}, "2026-05-06 is both"),
        ({"based_on": "moon"}, "based_on"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Calendar.model_validate({"code": "one", **fields})


@pytest.mark.parametrize(
    ("outline", "fault"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "does not match any of the expected tags"),
        ({"type": "Polygon", "coordinates": []}, "at least 1"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]}, "at least 4"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "end where it begins"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [181, 0], [1, 1], [0, 0]]]}, "less than or equal to 180"),
        ({"type": "Polygon", "coordinates": [[[0, 0], ["nan", 0], [1, 1], [0, 0]]]}, "coordinates"),
    ],
)
def test_an_outline_that_is_no_ground_is_refused(outline: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        unit("t", "subdistrict", outline=outline)


GROUND = district(
    unit("t", "subdistrict", outline=square(119, 26, 0.1)),
    unit("t/a", outline=square(119, 26, 0.05)),
    unit("t/a/c", "compound", outline=square(119, 26)),
    unit("t/a/c/b1", "building", outline=square(119.001, 26.001, 0.002)),
    unit("t/a/c/b2", "building", location=Location(lat=26.008, lon=119.008)),
    unit("t/a/d", "compound", outline=square(119.01, 26)),
    unit("t/a/gone", "compound", outline=square(119.03, 26), closed=True),
    unit("u", "subdistrict", location=Location(lat=27, lon=119)),
)


@pytest.mark.parametrize(
    ("lat", "lon", "found"),
    [
        (26.002, 119.002, "t/a/c/b1"),
        (26.001, 119.004, "t/a/c"),
        (26.007, 119.008, "t/a/c/b2"),
        (26.0005, 119.01, "t/a/c"),
        (26.005, 119.0101, "t/a/d"),
        (26.005, 119.035, "t/a"),
        (26.09, 119.09, "t"),
        (25.9999, 119.002, "t/a/c"),
        (27.004, 119, "u"),
        (27.005, 119, None),
        (-26, -61, None),
        (90, 0, None),
    ],
    ids=[
        "in a building",
        "beside it, far from the next",
        "near a building known by its point",
        "on a border the first path",
        "over the border",
        "in a closed compound its community",
        "in no community its sub-district",
        "just outside the lowest of the nearest",
        "within 500 m of a point",
        "beyond 500 m",
        "on the other side of the earth",
        "at the pole",
    ],
)
def test_a_point_belongs_to_the_lowest_unit_around_it_or_the_nearest(lat: float, lon: float, found: str | None) -> None:
    assert GROUND.nearest(lat, lon) == found


def test_a_hole_in_an_outline_is_not_its_ground() -> None:
    (border,), (hole,) = square(119, 26, 0.1).coordinates, square(119.02, 26.02, 0.06).coordinates
    ring = Polygon(type="Polygon", coordinates=(border, hole))
    assert district(unit("t", "subdistrict", outline=ring)).nearest(26.05, 119.05) is None


def test_a_grid_without_any_ground_places_nothing() -> None:
    assert district(unit("t", "subdistrict")).nearest(26, 119) is None
