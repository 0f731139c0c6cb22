"""Who of a unit handles a case: duty, deputies and load."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.district import District, Unit, load_district
from routing.domain.decision import Decision, Matter, candidates, decide
from routing.domain.explanation import RuleCode, explain

from .deciding import NOON

LIANBANG = "sanchajie/jinpu/lianbang"
B3 = f"{LIANBANG}/b3"
LIGHT = "facility.stair-light"
DAYS = [{"weekly": ["mon-sun 08:00-20:00"]}]
NIGHTS = [{"weekly": ["mon-sun 20:00-08:00"]}]
NEVER = [{"to": "2000-01-01"}]


def person(slug: str, duty: Sequence[Mapping[str, Any]] = (), deputy: str | None = None) -> dict[str, Any]:
    post = {"zh_hans": "网格员", "en": "Grid worker"}
    return {"id": slug, "name": f"例{slug}", "post": post, "duty": duty, "deputy": deputy}


def staffed(district: District, **persons: Sequence[Mapping[str, Any]]) -> District:
    """The example with other persons: ``b3``, ``lianbang``, ``jinpu`` and ``sanchajie`` name units."""
    units = dict(district.units)
    for path in (B3, LIANBANG, "sanchajie/jinpu", "sanchajie"):
        unit = units[path]
        if unit.code in persons:
            content = unit.model_dump() | {"persons": persons[unit.code]}
            units[path] = Unit.model_validate(content)
    return district.model_copy(update={"units": units})


def deciding(district: District, loads: Mapping[str, int] | None = None) -> Decision:
    return decide(district, Matter(LIGHT, B3, NOON), loads or {})


def codes(decision: Decision) -> list[tuple[RuleCode, bool]]:
    plain = [(rule.code, rule.applied) for rule in decision.explanation]
    return plain[plain.index((RuleCode.AUTHORITY, True)) + 1 : plain.index((RuleCode.LEAD_DEPARTMENT, True))]


def test_of_those_on_duty_the_one_with_the_fewest_open_cases_takes_it(district: District) -> None:
    three = staffed(district, b3=[person("one"), person("two"), person("three", NIGHTS)])
    decision = deciding(three, {"one": 2, "two": 1})
    assert decision.handler.id == "two"
    assert codes(decision) == [(RuleCode.ON_DUTY, False), (RuleCode.LOAD, True), (RuleCode.HANDLER, True)]
    assert "Of the 2 who can take it, 例two has the fewest open cases (1)." in explain(decision.explanation, "en")


def test_among_equals_the_first_in_the_file_takes_it(district: District) -> None:
    two = staffed(district, b3=[person("one"), person("two")])
    assert deciding(two, {"one": 3, "two": 3}).handler.id == "one"
    assert deciding(two).handler.id == "one"


def test_the_deputy_on_duty_stands_in_for_who_is_off_duty(district: District) -> None:
    away = staffed(district, b3=[person("one", NIGHTS, deputy="li-jinpu")])
    decision = deciding(away)
    assert (decision.unit, decision.handler.id) == (B3, "li-jinpu")
    assert codes(decision) == [(RuleCode.ON_DUTY, False), (RuleCode.DEPUTY, True), (RuleCode.HANDLER, True)]
    assert "例锦心 stands in for 例one." in explain(decision.explanation, "en")
    assert "The handler is 例锦心, Community grid head of Jinpu Community." in explain(decision.explanation, "en")


def test_the_deputy_stands_in_while_a_person_without_duty_hours_is_absent(district: District) -> None:
    roof = "facility.roof-leak"
    handlers = [
        decide(district, Matter(roof, B3, datetime(2025, 8, day, 4, tzinfo=UTC))).handler.id for day in (1, 4, 8, 9)
    ]
    assert handlers == ["li-jinpu", "li-heyuan", "li-heyuan", "li-jinpu"]


def test_a_person_who_is_absent_is_off_duty_in_their_duty_hours_too(district: District) -> None:
    absent = person("one", DAYS, deputy="li-jinpu") | {"absent": [{"from": "06-11", "to": "06-11"}]}
    assert deciding(staffed(district, b3=[absent])).handler.id == "li-jinpu"


def test_the_deputy_of_a_deputy_off_duty_stands_in(district: District) -> None:
    chain = staffed(
        district, b3=[person("one", NIGHTS, deputy="two")], lianbang=[person("two", NIGHTS, deputy="li-jinpu")]
    )
    assert deciding(chain).handler.id == "li-jinpu"


def test_a_person_and_the_one_they_stand_in_for_are_one_candidate(district: District) -> None:
    pair = staffed(district, b3=[person("one", NIGHTS, deputy="two"), person("two")])
    assert candidates(pair, Matter(LIGHT, B3, NOON)) == ("two",)


def test_with_nobody_on_duty_the_nearest_unit_above_with_somebody_is_asked(district: District) -> None:
    nights = staffed(district, b3=[person("one", NIGHTS)], lianbang=[person("two", NIGHTS)])
    decision = deciding(nights)
    assert (decision.unit, decision.handler.id) == (B3, "li-jinpu")
    assert codes(decision) == [
        (RuleCode.ON_DUTY, False),
        (RuleCode.UNIT_ON_DUTY, False),
        (RuleCode.ON_DUTY, False),
        (RuleCode.UNIT_ON_DUTY, False),
        (RuleCode.HANDLER_ABOVE, True),
    ]


def test_with_nobody_on_duty_anywhere_the_first_person_of_the_unit_takes_it(district: District) -> None:
    asleep = staffed(
        district,
        b3=[person("one", NEVER), person("two", NEVER)],
        lianbang=[person("three", NEVER)],
        jinpu=[person("four", NEVER)],
        sanchajie=[person("five", NEVER)],
    )
    decision = deciding(asleep)
    assert decision.handler.id == "one"
    assert codes(decision)[-2:] == [(RuleCode.ALL_OFF_DUTY, True), (RuleCode.HANDLER, True)]
    assert candidates(asleep, Matter(LIGHT, B3, NOON)) == ()


def test_duty_hours_are_in_the_zone_of_the_unit(district: District) -> None:
    # 04:00 in UTC is noon in Shanghai.
    assert deciding(staffed(district, b3=[person("one", DAYS), person("two", NIGHTS)])).handler.id == "one"


def test_a_closed_unit_hands_its_cases_to_its_successor(district: District) -> None:
    closed = district.unit(B3).model_copy(update={"closed": True, "successor": f"{LIANBANG}/b4"})
    decision = deciding(district.model_copy(update={"units": {**district.units, B3: closed}}))
    assert (decision.unit, decision.handler.id) == (f"{LIANBANG}/b4", "li-sian")
    assert explain(decision.explanation, "en")[2] == (
        "Lianbang New Town, Building 3 is closed, and Lianbang New Town, Building 4 answers in its place."
    )


def test_a_closed_unit_without_successor_hands_its_cases_up(district: District) -> None:
    closed = district.unit(B3).model_copy(update={"closed": True})
    assert deciding(district.model_copy(update={"units": {**district.units, B3: closed}})).unit == LIANBANG


@pytest.mark.parametrize("area", ["sanchajie/lost", "lost/b1", "west/lost"])
def test_a_place_outside_of_the_grid_belongs_to_its_top(district: District, area: str) -> None:
    west = Unit.model_validate(
        {"path": "west", "level": "subdistrict", "name": {"zh_hans": "西"}, "persons": [person("west")]}
    )
    forest = district.model_copy(update={"units": {**district.units, "west": west}})
    assert decide(forest, Matter(LIGHT, area, NOON)).unit == ("west" if area.startswith("west") else "sanchajie")


EXAMPLE = load_district()
duties = st.sampled_from([(), DAYS, NIGHTS, NEVER])
deputies = st.sampled_from([None, "li-heyuan", "li-xinghe", "p0"])
staff = st.lists(st.tuples(duties, deputies), max_size=3)


@given(
    crews=st.tuples(staff, staff, staff),
    hours=st.integers(0, 24 * 365),
    loads=st.dictionaries(st.sampled_from(["p0", "p1", "p2", "p3"]), st.integers(0, 9)),
    closed=st.booleans(),
)
def test_no_case_is_ever_without_a_handler_and_the_same_facts_give_the_same_one(
    crews: tuple[list[Any], list[Any], list[Any]], hours: int, loads: dict[str, int], *, closed: bool
) -> None:
    numbers = iter(range(9))
    named = [[person(f"p{next(numbers)}", *each) for each in crew] for crew in crews]
    district = staffed(EXAMPLE, b3=named[0], lianbang=named[1], jinpu=named[2])
    unit = district.unit(B3).model_copy(update={"closed": closed})
    district = district.model_copy(update={"units": {**district.units, B3: unit}})
    matter = Matter(LIGHT, B3, datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
    decision = decide(district, matter, loads)
    assert decision.handler.id in district.persons
    assert decision == decide(district.model_copy(), matter, loads)
    known = candidates(district, matter)
    assert not known or decision.handler.id in known
    assert all(loads.get(decision.handler.id, 0) <= loads.get(other, 0) for other in known)
    assert all(explain(decision.explanation, "zh-Hant"))
