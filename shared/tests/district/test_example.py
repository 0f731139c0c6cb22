"""The district that ships with the package."""

from collections import Counter
from datetime import date

import pytest

from linli.contracts import Level
from linli.district import FALLBACK_CATEGORY, District, bindings_of, load_district
from linli.district.survey import survey

LIANBANG = "sanchajie/jinpu/lianbang"


@pytest.fixture(scope="module")
def district() -> District:
    return load_district()


def test_example_has_the_model_compound_with_its_buildings(district: District) -> None:
    assert district.top.path == "sanchajie"
    assert district.unit(LIANBANG).name.zh_hans == "联邦新城"
    assert {unit.code for unit in district.units.values() if unit.parent == LIANBANG} == {f"b{n}" for n in range(1, 7)}


def test_every_level_has_units_with_exactly_one_person(district: District) -> None:
    assert {unit.level for unit in district.units.values()} == set(Level)
    assert all(len(unit.persons) == 1 for unit in district.units.values())
    assert len(district.persons) == len(district.units)


def test_authority_is_spread_over_the_levels(district: District) -> None:
    authorities = Counter(category.authority for category in district.categories.values())
    assert set(authorities) == set(Level) - {Level.PRECINCT}
    for code in ("facility.pipe-network", "facility.facade", "facility.sewage-tank"):
        assert district.categories[code].authority is Level.SUBDISTRICT


def test_disputes_and_hardship_are_confidential_and_nothing_else_is(district: District) -> None:
    confidential = {code.partition(".")[0] for code, each in district.categories.items() if each.confidential}
    assert confidential == {"dispute", "hardship"}
    assert all(
        category.confidential for code, category in district.categories.items() if code.startswith(("dispute", "hard"))
    )


def test_each_department_receives_exactly_the_categories_it_handles(district: District) -> None:
    for department in district.departments.values():
        received = {code for code in district.categories if department.subscription.covers(code)}
        handled = {code for code, category in district.categories.items() if department.slug in category.departments}
        assert received == handled, department.slug


def test_every_wording_is_there_in_three_languages(district: District) -> None:
    texts = [unit.name for unit in district.units.values()]
    texts += [department.name for department in district.departments.values()]
    texts += [text for category in district.categories.values() for text in (category.name, category.closing_condition)]
    texts += [person.post for person in district.persons.values()]
    assert all(text.zh_hant and text.en for text in texts)


def test_ancestry_runs_from_the_unit_to_the_top(district: District) -> None:
    paths = [unit.path for unit in district.ancestry(f"{LIANBANG}/b3")]
    assert paths == [f"{LIANBANG}/b3", LIANBANG, "sanchajie/jinpu", "sanchajie"]


def test_ancestry_of_an_unknown_path_is_a_key_error(district: District) -> None:
    with pytest.raises(KeyError):
        district.ancestry(f"{LIANBANG}/b99")


def test_nearest_finds_every_building_at_its_own_point(district: District) -> None:
    for unit in district.units.values():
        if unit.level is Level.BUILDING:
            assert unit.location is not None
            assert district.nearest(unit.location.lat, unit.location.lon) == unit.path


def test_nearest_gives_the_compound_between_its_buildings(district: District) -> None:
    centre = district.unit(LIANBANG).location
    assert centre is not None
    assert district.nearest(centre.lat, centre.lon) == LIANBANG


def test_nearest_gives_nothing_far_away(district: District) -> None:
    assert district.nearest(25.0, 119.0) is None


@pytest.mark.parametrize(
    ("metres", "found"),
    [(330, None), (340, "sanchajie/heyuan")],
)
def test_nearest_measures_in_metres(district: District, metres: float, found: str | None) -> None:
    """0.003 degrees of latitude are 333.6 m; the sub-district is as near as its community, and higher."""
    assert district.nearest(26.0320 - 0.003, 119.3318, within_m=metres) == found


def test_every_unit_has_an_outline_that_holds_its_point_and_fits_the_others(district: District) -> None:
    assert all(unit.outline for unit in district.units.values())
    assert survey(district.units) == ()
    for unit in district.units.values():
        if unit.location is not None:
            assert str(district.nearest(unit.location.lat, unit.location.lon)).startswith(unit.path)


def test_special_rules_are_of_a_place_a_time_a_season_and_a_detail(district: District) -> None:
    everything = [*district.overrides, *(one for each in district.categories.values() for one in each.overrides)]
    assert {field for one in everything for field in ("areas", "when", "attributes") if getattr(one, field)} == {
        "areas",
        "when",
        "attributes",
    }
    assert all(one.name.zh_hant and one.name.en for one in everything)


def test_the_sub_district_works_on_its_open_day(district: District) -> None:
    assert district.calendar_of(f"{LIANBANG}/b3").working_days == (date(2026, 6, 13),)


def test_deputies_stand_by_for_those_with_hours(district: District) -> None:
    assert any(person.duty for person in district.persons.values())
    assert all(person.deputy for person in district.persons.values() if person.duty)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("屋顶漏雨 顶楼住户家里滴水", "facility.roof-leak"),
        ("三楼楼道灯不亮", "facility.stair-light"),
        ("樓道堆滿雜物 走不過去", "safety.stairwell-clutter"),
        ("化粪池污水溢出 气味很大", "facility.sewage-tank"),
        ("A parked car blocks the Fire Lane every evening", "safety.fire-lane"),
        ("消防通道停满了车", "safety.fire-lane"),
        ("Rats in the bin room", "environment.pests"),
        ("Parking lines are worn away", "order.parking-lines"),
        ("something entirely different", FALLBACK_CATEGORY),
        ("The catastrophe of plantings", FALLBACK_CATEGORY),
        ("", FALLBACK_CATEGORY),
    ],
)
def test_suggested_category_follows_the_words_of_the_report(district: District, text: str, code: str) -> None:
    assert district.suggest_category(text).code == code


def test_binding_keys_reach_the_areas_with_all_beneath_them(district: District) -> None:
    keys = bindings_of(district.departments["justice"].subscription, "justice", district)
    subscribed = [f"{subject}.*.dispute.*.sanchajie.#" for subject in ("case", "dispatch", "task", "meeting")]
    assert keys == (*sorted(subscribed), "addressed.justice.#")
