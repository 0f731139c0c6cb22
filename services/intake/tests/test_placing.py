"""An address in words leads to the unit that it names."""

import pytest

from intake.domain.placing import addressed, place
from linli.contracts import Location
from linli.district import District, Unit, load_district


def district(*named: tuple[str, str]) -> District:
    units = [
        Unit.model_validate({"path": path, "level": "compound", "name": {"zh_hans": name}}) for path, name in named
    ]
    return District(units={unit.path: unit for unit in units}, categories={}, departments={})


TOWN = district(
    ("t", "三叉街"),
    ("t/a", "东苑"),
    ("t/a/b1", "1号楼"),
    ("t/a/b11", "11号楼"),
    ("t/w", "西苑"),
    ("t/w/b1", "1号楼"),
)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("三叉街东苑1号楼502", "t/a/b1"),
        ("三叉街西苑1号楼502", "t/w/b1"),
        ("东苑11号楼", "t/a/b11"),
        ("三叉街1号楼", "t"),
        ("1号楼", "t"),
        ("111号楼", None),
        ("西苑", "t/w"),
        ("月球背面", None),
        ("", None),
    ],
)
def test_the_unit_with_most_of_its_names_in_the_address_is_meant(address: str, path: str | None) -> None:
    assert addressed(TOWN, address) == path


def test_names_are_known_in_every_language_of_the_grid() -> None:
    example = load_district()
    assert addressed(example, "聯邦新城3號樓402室") == "sanchajie/jinpu/lianbang/b3"
    assert addressed(example, "flat 402, lianbang new town, building 3") == "sanchajie/jinpu/lianbang/b3"


def test_a_named_area_wins_over_a_point_and_a_point_over_an_address() -> None:
    example = load_district()
    at_b1, address = Location(lat=26.0391, lon=119.3244), "联邦新城3号楼"
    assert place(example, "sanchajie", at_b1, address) == "sanchajie"
    assert place(example, None, at_b1, address) == "sanchajie/jinpu/lianbang/b1"
    assert place(example, None, None, address) == "sanchajie/jinpu/lianbang/b3"
    assert place(example, None, None, "某处") == "sanchajie"
