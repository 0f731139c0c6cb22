"""Grids and catalogues as files: what is written can be read, what is no such file is refused with its faults."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.district import District, DistrictFaultsError, write_grid
from linli.district.files import GridFormat
from routing.catalogue_documents import catalogue_in, catalogue_of, content_of, read_catalogue
from routing.grid_documents import read_grid

FORMS = pytest.mark.parametrize("form", GridFormat)
POINT = b'{"features": [{"properties": {"path": "a", "level": "building", "name": {"zh_hans": "a"}}, "geometry": %s}]}'


@FORMS
def test_written_grid_is_read_as_it_was_and_in_its_order(district: District, form: GridFormat) -> None:
    read = read_grid(write_grid(district.units.values(), form).encode(), form)
    assert list(read.items()) == list(district.units.items())


def test_written_yaml_refers_to_nothing_elsewhere_in_the_file(district: District) -> None:
    text = write_grid([*district.units.values()][:2] * 2, GridFormat.YAML)
    assert "&" not in text
    assert "锦浦社区" in text


def test_version_keeps_the_catalogue_as_it_was(district: District) -> None:
    kept = json.loads(json.dumps(content_of(catalogue_in(district))))
    assert list(catalogue_of(kept).categories.items()) == list(district.categories.items())
    assert catalogue_of(kept) == catalogue_in(district)
    assert read_catalogue(json.dumps(kept).encode()) == catalogue_in(district)


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (GridFormat.YAML, b"units: [\xff]"),
        (GridFormat.YAML, b"units: ["),
        (GridFormat.YAML, b"units: " + b"[" * 200_000),
        (GridFormat.YAML, b"units: " + b"{a: " * 200_000),
        (GridFormat.YAML, b"a: " * 200_000),
        (GridFormat.YAML, b"units: &a [*a]"),
        (GridFormat.YAML, b"units: &a {path: *a}"),
        (GridFormat.YAML, b"units: 2026-13-45"),
        (GridFormat.YAML, b"units: !!python/object/apply:os.abort []"),
        (GridFormat.YAML, b"- units"),
        (GridFormat.YAML, b"--- a\n--- b"),
        (GridFormat.YAML, b""),
        (GridFormat.GEOJSON, b"[" * 200_000),
        (GridFormat.GEOJSON, b'{"features": {}}'),
        (GridFormat.GEOJSON, b'{"features": [7, null, {"properties": 1}]}'),
        (GridFormat.GEOJSON, b"NaN"),
        (GridFormat.GEOJSON, POINT % b'{"type": "Point"}'),
        (GridFormat.GEOJSON, POINT % b'{"type": "Point", "coordinates": [200, 100]}'),
        (GridFormat.GEOJSON, POINT % b'{"type": "Point", "coordinates": ["x", NaN]}'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_document_that_is_no_grid_is_refused(form: GridFormat, sent: bytes) -> None:
    with pytest.raises(DistrictFaultsError) as caught:
        read_grid(sent, form)
    assert caught.value.faults


def test_bomb_of_references_is_refused_before_it_grows() -> None:
    lines = ["a: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    with pytest.raises(DistrictFaultsError) as caught:
        read_grid("\n".join([*lines, "units: [*a19, {path: *a19, level: *a19}]"]).encode(), GridFormat.YAML)
    assert all(len(str(one)) < 300 for one in caught.value.faults)


def test_unit_that_no_event_could_carry_is_refused(district: District) -> None:
    unit = district.top.model_dump(mode="json", exclude_defaults=True)
    persons = [{**unit["persons"][0], "id": f"p{n}"} for n in range(2000)]
    sent = json.dumps({"units": [{**unit, "persons": persons}]})
    with pytest.raises(DistrictFaultsError, match="longer than"):
        read_grid(sent.encode(), GridFormat.YAML)


def test_every_fault_of_a_catalogue_is_named() -> None:
    sent = {"categories": [{"code": "facility.lamp"}, {"code": "no code"}, 7]}
    with pytest.raises(DistrictFaultsError) as caught:
        read_catalogue(json.dumps(sent).encode())
    assert {one.entry for one in caught.value.faults} == {"facility.lamp", "no code", "entry 3"}
    assert {one.file for one in caught.value.faults} == {"categories.yaml"}
    assert len([one for one in caught.value.faults if one.entry == "facility.lamp"]) == 5


@FORMS
@given(sent=st.binary(max_size=200) | st.text(alphabet="units: []{}&*-\n\"'features", max_size=200).map(str.encode))
def test_whatever_is_sent_reading_raises_nothing_but_faults(form: GridFormat, sent: bytes) -> None:
    with pytest.raises(DistrictFaultsError):
        read_grid(sent, form)
    with pytest.raises(DistrictFaultsError):
        read_catalogue(sent)
