"""A grid and a catalogue as texts, both ways."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.contracts import Level, Location
from linli.district import (
    Catalogue,
    DistrictFaultsError,
    GridFormat,
    MultiPolygon,
    Period,
    Person,
    Polygon,
    Text,
    Unit,
    load_district,
    read_catalogue,
    read_grid,
    write_catalogue,
    write_grid,
)

from .builders import square
from .test_overrides import fields as override_fields

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text.strip())
texts = st.builds(Text, zh_hans=words, zh_hant=st.none() | words, en=st.none() | words)
slugs = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True)
degrees = st.floats(-80, 80, allow_nan=False)
squares = st.builds(square, degrees, degrees, st.floats(1e-7, 1))
outlines = squares | st.builds(
    lambda parts: MultiPolygon(type="MultiPolygon", coordinates=tuple(part.coordinates for part in parts)),
    st.lists(squares, min_size=1, max_size=3),
)
periods = st.sampled_from(
    [
        Period(weekly=("mon-fri 08:30-17:30", "sun 22:00-06:00")),
        Period(begins="2026-05-01"),
        Period(begins="05-01", ends="09-30", weekly=("sat 00:00-24:00",)),
    ]
)
persons = st.builds(
    Person,
    id=slugs,
    name=words,
    post=texts,
    language=st.sampled_from(["zh-Hans", "en"]),
    duty=st.lists(periods, max_size=2).map(tuple),
    deputy=st.none() | slugs,
)
units = st.builds(
    Unit,
    path=st.lists(slugs, min_size=1, max_size=4).map("/".join),
    level=st.sampled_from(Level),
    name=texts,
    location=st.none() | st.builds(Location, lat=degrees, lon=degrees),
    outline=st.none() | outlines,
    calendar=st.none() | slugs,
    closed=st.booleans(),
    successor=st.none() | slugs,
    persons=st.lists(persons, max_size=2).map(tuple),
)


@given(grid=st.lists(units, max_size=4, unique_by=lambda unit: unit.path), written=st.sampled_from(GridFormat))
def test_a_grid_that_was_written_reads_the_same(grid: list[Unit], written: GridFormat) -> None:
    text = write_grid(grid, written)
    assert list(read_grid(text, written).values()) == grid
    assert read_grid(text.encode(), written) == read_grid(text, written)


def test_the_example_survives_every_format() -> None:
    grid = load_district().units
    for written in GridFormat:
        assert read_grid(write_grid(grid.values(), written), written) == grid


def test_geojson_has_the_ground_as_geometry_and_all_else_as_properties() -> None:
    name = Text(zh_hans="街道", en="Street")
    point = Location(lat=26, lon=119)
    outline = Polygon.model_validate(square(119, 26))
    grid = [
        Unit(path="t", level=Level.SUBDISTRICT, name=name, outline=outline, location=point),
        Unit(path="t/a", level=Level.COMMUNITY, name=name, location=point),
        Unit(path="t/b", level=Level.COMMUNITY, name=name),
    ]
    features = json.loads(write_grid(grid, GridFormat.GEOJSON))["features"]
    assert [feature["geometry"] and feature["geometry"]["type"] for feature in features] == ["Polygon", "Point", None]
    assert features[1]["geometry"]["coordinates"] == [119, 26]
    assert features[1]["properties"] == {
        "path": "t/a",
        "level": "community",
        "name": {"zh_hans": "街道", "en": "Street"},
    }
    assert features[0]["properties"]["location"] == {"lat": 26, "lon": 119}


def feature(**more: Any) -> dict[str, Any]:
    properties = {"path": "t", "level": "subdistrict", "name": {"zh_hans": "街道"}}
    return {"type": "Feature", "properties": properties, "geometry": None, **more}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "file: not JSON: "),
        (b"\xff\xfe\xfa", "file: not JSON: "),
        ("[]", "file: not a FeatureCollection"),
        ('{"type": "Feature", "features": []}', "file: not a FeatureCollection"),
        ("[" * 200_000, "file: not JSON: "),
        (collection(1), "entry 1: entry: Input should be"),
        (collection({"type": "Feature"}), "entry 1: path: Field required"),
        (collection(feature(), feature()), "t: duplicate path"),
        (collection(feature(geometry={"type": "Point", "coordinates": [119]})), "t: location.lat: Input should be"),
        (collection(feature(geometry={"type": "Point"})), "t: location.lat: Input should be"),
        (collection(feature(geometry={"type": "Point", "coordinates": [119, 99]})), "t: location.lat: Input should be"),
        (collection(feature(geometry={"type": "LineString", "coordinates": []})), "t: outline: Input tag 'LineString'"),
        (collection(feature(geometry=7)), "t: outline: "),
    ],
    ids=[
        "cut off",
        "no text",
        "a list",
        "one feature",
        "deep",
        "a number",
        "no properties",
        "duplicate",
        "half a point",
        "no point",
        "beyond the pole",
        "a line",
        "no geometry",
    ],
)
def test_wrong_geojson_is_refused_with_what_is_wrong(content: str | bytes, said: str) -> None:
    with pytest.raises(DistrictFaultsError) as caught:
        read_grid(content, GridFormat.GEOJSON)
    assert str(caught.value).startswith(f"grid.geojson: {said}")


@pytest.mark.parametrize(
    "content",
    ["units: [", b"\xff\xfe", "units: 1", "", "units: [2026-13-45]", "[" * 20_000],
    ids=["cut off", "no text", "no list", "nothing", "no date", "deep"],
)
def test_wrong_yaml_is_refused(content: str | bytes) -> None:
    with pytest.raises(DistrictFaultsError, match=r"^grid\.yaml: "):
        read_grid(content, GridFormat.YAML)


def test_a_catalogue_that_was_written_reads_the_same() -> None:
    district = load_district()
    more = read_catalogue(
        write_catalogue(Catalogue(district.categories, ()))
        + json.dumps({"overrides": [override_fields()]})[1:-1]
        + "\n"
    )
    assert more.categories == district.categories
    assert [one.code for one in more.overrides] == ["one"]
    assert read_catalogue(write_catalogue(more)) == more


def test_all_faults_of_a_catalogue_are_said_at_once() -> None:
    with pytest.raises(DistrictFaultsError) as caught:
        read_catalogue("{categories: [{code: a}], overrides: [{code: b}]}")
    entries = [fault.entry for fault in caught.value.faults]
    assert set(entries) == {"a", "b"}
    with pytest.raises(DistrictFaultsError) as caught:
        read_catalogue("categories: [")
    assert len(caught.value.faults) == 1


def test_altitudes_and_bounds_of_geojson_are_left_out() -> None:
    ground = square(119, 26)
    ring = [[*position, 12.5] for position in ground.coordinates[0]]
    bounds: Any = [119, 26, 119.01, 26.01]
    geometries: dict[str, dict[str, Any]] = {
        "a": {"type": "Polygon", "coordinates": [ring]},
        "b": {"type": "MultiPolygon", "coordinates": [[ring]]},
        "c": {"type": "Point", "coordinates": [119, 26, 12.5]},
    }
    features = [
        {
            "type": "Feature",
            "bbox": bounds,
            "properties": {"path": path, "level": "community", "name": {"zh_hans": path}},
            "geometry": {**geometry, "bbox": bounds},
        }
        for path, geometry in geometries.items()
    ]
    text = json.dumps({"type": "FeatureCollection", "bbox": bounds, "features": features})
    read = read_grid(text, GridFormat.GEOJSON)
    pieces = [unit.outline and unit.outline.pieces for unit in read.values()]
    assert pieces == [ground.pieces, ground.pieces, None]
    assert read["c"].location == Location(lat=26, lon=119)
