"""Special rules of a place, a time or a detail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from linli.contracts import Level
from linli.district import District, Override, Urgency
from routing.calendar import CHINA_TIME
from routing.domain.decision import Decision, Matter, decide
from routing.domain.explanation import RuleCode, explain

from .deciding import NOON

B3 = "sanchajie/jinpu/lianbang/b3"
DRAIN = "facility.drain-blocked"
NIGHT = datetime(2025, 6, 11, 23, tzinfo=CHINA_TIME)
ONE_HOUR = {"amount": 1, "kind": "clock-hours"}

OVERRIDES = (RuleCode.OVERRIDE, RuleCode.OVERRIDE_AREA, RuleCode.OVERRIDE_TIME, RuleCode.OVERRIDE_ATTRIBUTE)


def override(code: str, **fields: Any) -> Override:
    named = {"code": code, "name": {"zh_hans": code}, "categories": ["facility.*"]}
    return Override.model_validate({**named, **fields})


def deciding(
    district: District,
    *overrides: Override,
    at: datetime = NOON,
    attributes: Mapping[str, str] | None = None,
    category: str = DRAIN,
) -> Decision:
    ruled = district.model_copy(update={"overrides": overrides})
    return decide(ruled, Matter(category, B3, at, attributes or {}))


def considered(decision: Decision) -> list[tuple[RuleCode, str]]:
    codes = (*OVERRIDES, RuleCode.OVERRIDE_OVERTAKEN)
    return [(rule.code, rule.params["name"].zh_hans) for rule in decision.explanation if rule.code in codes]  # type: ignore[union-attr]


def test_a_special_rule_replaces_what_it_sets_and_nothing_else(district: District) -> None:
    plain = deciding(district)
    special = deciding(
        district,
        override("flood", authority="community", department="water", limits={"handle": ONE_HOUR}, urgency="emergency"),
    )
    assert (special.unit, special.level) == ("sanchajie/jinpu", Level.COMMUNITY)
    # Water leads now and does not co-handle as well.
    assert (special.lead_department, special.co_departments) == ("water", ())
    assert (special.limit.amount, special.urgency) == (1, Urgency.EMERGENCY)
    assert special.limits.verify == plain.limits.verify
    assert (special.confidential, special.volunteers_wanted) == (plain.confidential, plain.volunteers_wanted)


def test_the_first_rule_that_holds_decides_each_field(district: District) -> None:
    decision = deciding(
        district,
        override("far", areas=["sanchajie/heyuan"], volunteers=1),
        override("first", volunteers=2),
        override("second", volunteers=3, urgency="urgent"),
        override("third", urgency="emergency"),
    )
    assert (decision.volunteers_wanted, decision.urgency) == (2, Urgency.URGENT)
    assert considered(decision) == [
        (RuleCode.OVERRIDE_AREA, "far"),
        (RuleCode.OVERRIDE, "first"),
        (RuleCode.OVERRIDE, "second"),
        (RuleCode.OVERRIDE_OVERTAKEN, "third"),
    ]


def test_a_time_is_meant_in_the_zone_of_the_place(district: District) -> None:
    nights = override("night", when=[{"weekly": ["mon-sun 22:00-06:00"]}], urgency="urgent")
    assert considered(deciding(district, nights, at=NIGHT)) == [(RuleCode.OVERRIDE, "night")]
    # 23:00 in UTC is the next morning in Shanghai.
    morning = NIGHT.replace(tzinfo=NOON.tzinfo)
    assert considered(deciding(district, nights, at=morning)) == [(RuleCode.OVERRIDE_TIME, "night")]


def test_a_detail_that_was_not_given_fails_its_rule_by_name(district: District) -> None:
    trapped = override("trapped", attributes={"persons-trapped": ["yes"]}, urgency="emergency")
    decision = deciding(district, trapped, attributes={"depth": "deep"})
    assert considered(decision) == [(RuleCode.OVERRIDE_ATTRIBUTE, "trapped")]
    assert explain(decision.explanation, "en")[1] == (
        "The special rule “trapped” does not apply: the detail persons-trapped is another or was not given."
    )
    held = deciding(district, trapped, attributes={"persons-trapped": "yes"})
    assert held.urgency is Urgency.EMERGENCY
    assert explain(held.explanation, "en")[1] == "The special rule “trapped” applies; it changes: urgency."
    assert "It is an emergency." in explain(held.explanation, "en")


def test_a_rule_may_name_the_unit_outright(district: District) -> None:
    decision = deciding(district, override("gates", unit="sanchajie/heyuan"))
    assert (decision.unit, decision.handler.id) == ("sanchajie/heyuan", "li-heyuan")
    assert "A special rule names Heyuan Community to settle it." in explain(decision.explanation, "en")


def test_a_named_unit_that_was_closed_is_succeeded(district: District) -> None:
    closed = district.unit("sanchajie/heyuan").model_copy(update={"closed": True, "successor": "sanchajie/jinpu"})
    changed = district.model_copy(update={"units": {**district.units, closed.path: closed}})
    decision = deciding(changed, override("gates", unit="sanchajie/heyuan"))
    assert decision.unit == "sanchajie/jinpu"
    assert "Heyuan Community is closed, and Jinpu Community answers in its place." in explain(
        decision.explanation, "en"
    )


def test_a_rule_of_another_category_is_not_even_considered(district: District) -> None:
    assert considered(deciding(district, override("flood", urgency="urgent"), category="safety.fire-lane")) == []


def test_an_unknown_category_goes_by_the_special_rules_of_the_fallback(district: District) -> None:
    general = override("any", categories=["general.*"], urgency="urgent")
    assert deciding(district, general, category="facility.volcano").urgency is Urgency.URGENT


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no moment"):
        Matter(DRAIN, B3, datetime(2025, 6, 11))  # noqa: DTZ001 - what is refused
