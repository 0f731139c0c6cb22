"""What is said of a district whose files are wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from linli.district import DistrictError, load_district

from .builders import OTHER, TOP, category, department, entry, person, write


def test_smallest_district_loads(tmp_path: Path) -> None:
    district = load_district(write(tmp_path))
    assert list(district.units) == ["top"]


@pytest.mark.parametrize(
    ("units", "entry", "fault"),
    [
        ([], "units", "no top unit"),
        ([TOP, entry("other", "subdistrict")], "other", "nobody is responsible"),
        ([TOP, entry("top/a/b", "community")], "top/a/b", "unknown parent top/a"),
        ([TOP, entry("top/a", "village")], "top/a", "level: Input should be"),
        ([TOP, entry("top/a", "subdistrict")], "top/a", "is not below its parent's level"),
        ([TOP, entry("top/a", "community"), entry("top/a", "community")], "top/a", "duplicate path"),
        ([TOP, entry("top/a", "community", persons=[person("head")])], "top/a", "duplicate person id head"),
        ([entry("top", "subdistrict")], "top", "nobody is responsible"),
        (
            [{**TOP, "persons": [{**person("head"), "name": " "}]}],
            "top",
            "persons.0.name: String should have at least 1",
        ),
        ([TOP, entry("top/a", "compound")], "top/a", "a compound needs a location or an outline"),
        ([TOP, entry("top/a", "community", color="red")], "top/a", "color: Extra inputs"),
        ([TOP, entry("Top A", "community")], "Top A", "path: String should match"),
        ([TOP, "top/a"], "entry 2", "entry: Input should be"),
        ([{"level": "community"}], "entry 1", "path: Field required"),
    ],
)
def test_a_wrong_grid_is_refused_with_file_entry_and_fault(
    tmp_path: Path, units: Sequence[object], entry: str, fault: str
) -> None:
    with pytest.raises(DistrictError) as caught:
        load_district(write(tmp_path, units=units))
    assert (caught.value.file, caught.value.entry) == ("grid.yaml", entry)
    assert fault in caught.value.fault
    assert str(caught.value).startswith(f"grid.yaml: {entry}: ")


@pytest.mark.parametrize(
    ("categories", "file", "entry", "fault"),
    [
        ([], "categories.yaml", "general.other", "the fallback category is missing"),
        ([category("general.other", department="void")], "categories.yaml", "general.other", "unknown department void"),
        (
            [category("general.other", co_departments=["void"])],
            "categories.yaml",
            "general.other",
            "unknown department",
        ),
        ([category("general.other", co_departments=["office"])], "categories.yaml", "general.other", "named twice"),
        ([category("general.other", authority="moon")], "categories.yaml", "general.other", "authority: Input"),
        ([OTHER, category("road.hole")], "departments.yaml", "office", "lacks its category road"),
        ([OTHER, OTHER], "categories.yaml", "general.other", "duplicate code"),
    ],
)
def test_a_wrong_catalogue_is_refused(
    tmp_path: Path, categories: Sequence[object], file: str, entry: str, fault: str
) -> None:
    with pytest.raises(DistrictError) as caught:
        load_district(write(tmp_path, categories=categories))
    assert (caught.value.file, caught.value.entry) == (file, entry)
    assert fault in caught.value.fault


@pytest.mark.parametrize(
    ("subscription", "fault"),
    [
        ({"areas": ["top/nowhere"]}, "unknown area top/nowhere"),
        ({"areas": ["top/z"]}, "closed area top/z"),
        ({"categories": ["general.*", "road.*"]}, "no category matches road.*"),
        ({"events": ["case.vanished"]}, "no event matches case.vanished"),
        ({"events": []}, "subscription.events: Tuple should have at least 1"),
        ({"categories": ["#"]}, "subscription.categories.0: String should match"),
    ],
)
def test_a_wrong_subscription_is_refused(tmp_path: Path, subscription: dict[str, Any], fault: str) -> None:
    units = [TOP, entry("top/z", "community", closed=True)]
    with pytest.raises(DistrictError) as caught:
        load_district(write(tmp_path, units=units, departments=[department("office", **subscription)]))
    assert (caught.value.file, caught.value.entry) == ("departments.yaml", "office")
    assert fault in caught.value.fault


@pytest.mark.parametrize(
    ("content", "entry", "fault"),
    [
        (None, "file", "cannot be read (FileNotFoundError)"),
        (b"\xff\xfe\xfa", "file", "cannot be read (UnicodeDecodeError)"),
        (b"units: [", "file", "not YAML: "),
        (b"units:\n- path: top\n  name: {zh_hans: a}\n  path: other", "file", "duplicate key path"),
        (b"- 1", "units", "the list is missing"),
        (b"", "units", "the list is missing"),
        (b"units: {}", "units", "the list is missing"),
    ],
)
def test_an_unreadable_file_is_refused(tmp_path: Path, content: bytes | None, entry: str, fault: str) -> None:
    grid = write(tmp_path) / "grid.yaml"
    grid.unlink()
    if content is not None:
        grid.write_bytes(content)
    with pytest.raises(DistrictError) as caught:
        load_district(tmp_path)
    assert (caught.value.file, caught.value.entry) == ("grid.yaml", entry)
    assert fault in caught.value.fault
