"""A grid of the size that the suite is built for."""

import time
from collections import Counter

import pytest

from linli.contracts import Level
from linli.district import District, check_district
from linli.district.survey import survey
from linli.testing.city import BUILDING_DEGREES, SOUTH, WEST, city

pytestmark = pytest.mark.xdist_group("city")


@pytest.fixture(scope="module")
def one() -> District:
    return city()


def test_the_city_has_the_size_that_is_promised_and_is_sound(one: District) -> None:
    levels = Counter(unit.level for unit in one.units.values())
    assert levels == {
        Level.SUBDISTRICT: 20,
        Level.COMMUNITY: 200,
        Level.COMPOUND: 2000,
        Level.BUILDING: 20_000,
    }
    assert (len(one.categories), len(one.overrides)) == (300, 200)
    check_district(one)
    assert survey(one.units) == ()


def test_a_point_in_a_city_is_placed_in_its_building_without_looking_at_all(one: District) -> None:
    assert one.nearest(SOUTH + BUILDING_DEGREES[1] / 2, WEST + BUILDING_DEGREES[0] / 2) == "s1/c1/g1/b1"
    began = time.process_time()
    for step in range(100):
        found = one.nearest(SOUTH + step * 0.0005, WEST + step * 0.0004)
        assert one.unit(str(found)).level is Level.BUILDING
    # A scan of 22,000 units takes some 20 ms each.
    assert time.process_time() - began < 1
