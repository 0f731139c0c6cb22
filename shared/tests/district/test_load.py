"""What is said of a district whose files are wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from linli.district import DistrictError, load_district


def person(slug: str) -> dict[str, Any]:
    return {"id": slug, "name": "例某", "post": {"zh_hans": "网格员"}}


def unit(path: str, level: str, **more: object) -> dict[str, Any]:
    return {"path": path, "level": level, "name": {"zh_hans": path}, **more}


def category(code: str, **more: object) -> dict[str, Any]:
    return {
        "code": code,
        "name": {"zh_hans": code},
        "authority": "community",
        "department": "office",
        "time_limit": {"amount": 2, "kind": "working-days"},
        "closing_condition": {"zh_hans": "答复"},
        **more,
    }


def department(slug: str, **more: object) -> dict[str, Any]:
    subscription = {"events": ["case.*"], "categories": ["general.*"], "areas": ["top"], **more}
    return {"slug": slug, "name": {"zh_hans": slug}, "subscription": subscription}


TOP = unit("top", "subdistrict", persons=[person("head")])
OTHER = category("general.other")
OFFICE = department("office")


def write(
    folder: Path,
    *,
    units: Sequence[object] = (TOP,),
    categories: Sequence[object] = (OTHER,),
    departments: Sequence[object] = (OFFICE,),
) -> Path:
    files = [("grid", "units", units), ("categories", "categories", categories)]
    for file, section, entries in [*files, ("departments", "departments", departments)]:
        (folder / f"{file}.yaml").write_text(yaml.safe_dump({section: list(entries)}), encoding="utf-8")
    return folder


def test_smallest_district_loads(tmp_path: Path) -> None:
    district = load_district(write(tmp_path))
    assert list(district.units) == ["top"]


@pytest.mark.parametrize(
    ("units", "entry", "fault"),
    [
        ([], "units", "no top unit"),
        ([TOP, unit("other", "subdistrict")], "other", "a second top unit beside top"),
        ([TOP, unit("top/a/b", "community")], "top/a/b", "unknown parent top/a"),
        ([TOP, unit("top/a", "village")], "top/a", "level: Input should be"),
        ([TOP, unit("top/a", "subdistrict")], "top/a", "is not below its parent's level"),
        ([TOP, unit("top/a", "community"), unit("top/a", "community")], "top/a", "duplicate path"),
        ([TOP, unit("top/a", "community", persons=[person("head")])], "top/a", "duplicate person id head"),
        ([unit("top", "subdistrict")], "top", "nobody is responsible"),
        ([TOP, unit("top/a", "compound")], "top/a", "a compound needs a location"),
        ([TOP, unit("top/a", "community", color="red")], "top/a", "color: Extra inputs"),
        ([TOP, unit("Top A", "community")], "Top A", "path: String should match"),
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
        ({"categories": ["general.*", "road.*"]}, "no category matches road.*"),
        ({"events": ["case.vanished"]}, "no event matches case.vanished"),
        ({"events": []}, "subscription.events: Tuple should have at least 1"),
        ({"categories": ["#"]}, "subscription.categories.0: String should match"),
    ],
)
def test_a_wrong_subscription_is_refused(tmp_path: Path, subscription: dict[str, Any], fault: str) -> None:
    with pytest.raises(DistrictError) as caught:
        load_district(write(tmp_path, departments=[department("office", **subscription)]))
    assert (caught.value.file, caught.value.entry) == ("departments.yaml", "office")
    assert fault in caught.value.fault


@pytest.mark.parametrize(
    ("content", "entry", "fault"),
    [
        (None, "file", "cannot be read (FileNotFoundError)"),
        (b"\xff\xfe\xfa", "file", "cannot be read (UnicodeDecodeError)"),
        (b"units: [", "file", "not YAML: "),
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
