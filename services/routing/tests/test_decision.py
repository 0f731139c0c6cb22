"""Who settles a matter."""

import pytest

from linli.contracts import Level
from linli.district import District
from routing.domain.explanation import RuleCode

from .deciding import decided, rules

LIANBANG = "sanchajie/jinpu/lianbang"
B3 = f"{LIANBANG}/b3"


def without_persons(district: District, *paths: str) -> District:
    units = {
        path: unit.model_copy(update={"persons": ()}) if path in paths else unit
        for path, unit in district.units.items()
    }
    return district.model_copy(update={"units": units})


@pytest.mark.parametrize(
    ("category", "area", "unit", "level"),
    [
        ("facility.stair-light", B3, B3, Level.BUILDING),
        ("facility.drain-blocked", B3, LIANBANG, Level.COMPOUND),
        ("facility.roof-leak", B3, "sanchajie/jinpu", Level.COMMUNITY),
        ("facility.pipe-network", B3, "sanchajie", Level.SUBDISTRICT),
        ("facility.stair-light", LIANBANG, LIANBANG, Level.COMPOUND),
        ("facility.stair-light", "sanchajie", "sanchajie", Level.SUBDISTRICT),
        ("facility.roof-leak", "sanchajie/heyuan/dongpian/xinghe/b1", "sanchajie/heyuan", Level.COMMUNITY),
    ],
)
def test_lowest_unit_with_the_authority_owns_it(
    district: District, category: str, area: str, unit: str, level: Level
) -> None:
    decision = decided(district, category, area)
    assert (decision.unit, decision.level) == (unit, level)
    assert decision.handler.id == district.unit(unit).persons[0].id


def test_precinct_settles_what_needs_a_precinct(district: District) -> None:
    hard = district.categories["facility.gate"].model_copy(update={"authority": Level.PRECINCT})
    changed = district.model_copy(update={"categories": {**district.categories, "facility.gate": hard}})
    assert decided(changed, "facility.gate", "sanchajie/heyuan/dongpian/xinghe/b1").unit == "sanchajie/heyuan/dongpian"
    assert decided(changed, "facility.gate", B3).unit == "sanchajie/jinpu"


def test_unknown_area_goes_to_the_top_unit_and_says_so(district: District) -> None:
    decision = decided(district, "facility.stair-light", "elsewhere/b1")
    assert decision.unit == "sanchajie"
    (rule,) = rules(district, "facility.stair-light", "elsewhere/b1", RuleCode.AREA)
    assert (rule.applied, rule.params["area"]) == (False, "elsewhere/b1")


def test_unknown_category_goes_by_the_fallback_rules_and_says_so(district: District) -> None:
    decision = decided(district, "facility.volcano", B3)
    fallback = district.categories["general.other"]
    assert (decision.lead_department, decision.limits) == (fallback.department, fallback.limits)
    (rule,) = rules(district, "facility.volcano", B3, RuleCode.CATEGORY)
    assert (rule.applied, rule.params["code"]) == (False, "facility.volcano")


def test_authority_above_the_top_unit_still_has_an_owner(district: District) -> None:
    low_top = district.top.model_copy(update={"level": Level.COMMUNITY})
    small = district.model_copy(update={"units": {"sanchajie": low_top}})
    decision = decided(small, "facility.facade", "sanchajie")
    assert decision.unit == "sanchajie"
    assert [rule.code for rule in decision.explanation[1:4]] == [RuleCode.AREA, RuleCode.AUTHORITY, RuleCode.TOP_UNIT]


def test_unit_without_a_person_is_handled_by_the_nearest_above(district: District) -> None:
    empty = without_persons(district, B3, LIANBANG)
    decision = decided(empty, "facility.stair-light", B3)
    assert (decision.unit, decision.handler.id) == (B3, "li-jinpu")
    (rule,) = rules(empty, "facility.stair-light", B3, RuleCode.HANDLER)
    assert not rule.applied
    assert rule.params["above"] == district.unit("sanchajie/jinpu").name


def test_decision_carries_departments_confidentiality_and_volunteers(district: District) -> None:
    family = decided(district, "dispute.family", B3)
    assert (family.lead_department, family.co_departments) == ("justice", ("public-security", "civil-affairs"))
    assert (family.confidential, family.volunteers_wanted) == (True, 0)
    litter = decided(district, "environment.litter", B3)
    assert (litter.confidential, litter.volunteers_wanted) == (False, 5)


def test_explanation_lists_the_units_considered_on_the_way_up(district: District) -> None:
    considered = rules(district, "facility.roof-leak", B3, RuleCode.AUTHORITY)
    units = [district.unit(path).name for path in (B3, LIANBANG, "sanchajie/jinpu")]
    assert [rule.params["unit"] for rule in considered] == units
    assert [rule.applied for rule in considered] == [False, False, True]
