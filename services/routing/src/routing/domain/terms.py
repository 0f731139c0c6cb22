"""The terms of a matter: those of its category, changed by the special rules that hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from linli.contracts import Level
from linli.district import (
    FALLBACK_CATEGORY,
    Category,
    Condition,
    District,
    Override,
    OverrideIndex,
    StageLimits,
    Text,
    Urgency,
)
from routing.domain.matter import Matter
from routing.domain.rules import Rule, RuleCode

FAILED: dict[Condition, RuleCode] = {
    "area": RuleCode.OVERRIDE_AREA,
    "time": RuleCode.OVERRIDE_TIME,
    "attribute": RuleCode.OVERRIDE_ATTRIBUTE,
}

FIELDS = {
    "authority": Text(zh_hans="权限", zh_hant="權限", en="authority"),
    "unit": Text(zh_hans="承办单元", zh_hant="承辦單元", en="unit"),
    "department": Text(zh_hans="主办部门", zh_hant="主辦部門", en="leading department"),
    "co_departments": Text(zh_hans="协办部门", zh_hant="協辦部門", en="co-handling departments"),
    "urgency": Text(zh_hans="紧急程度", zh_hant="緊急程度", en="urgency"),
    "volunteers": Text(zh_hans="志愿者人数", zh_hant="志願者人數", en="volunteers"),
    "limits": Text(zh_hans="时限", zh_hant="時限", en="time limits"),
}
"""What residents and staff call what a special rule may change."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What applies to a matter, and the special rules that were considered for it, in their order.

    ``unit`` is the path of the unit that a special rule names.
    """

    category: Category
    authority: Level
    unit: str | None
    department: str
    co_departments: tuple[str, ...]
    limits: StageLimits
    urgency: Urgency
    volunteers: int
    rules: tuple[Rule, ...]


def rules_of(district: District, category_code: str) -> Category:
    """Return the category whose rules apply to a code: its own, or the fallback category."""
    return district.categories.get(category_code) or district.categories[FALLBACK_CATEGORY]


def terms_of(district: District, matter: Matter) -> Terms:
    """Return the terms of a matter.

    Of the special rules whose conditions hold, the first in order that sets a field decides it.
    """
    category = rules_of(district, matter.category)
    changes, rules = _override(district, district.override_indexes[category.code], matter)
    department = changes.get("department", category.department)
    co_departments = changes.get("co_departments", category.co_departments)
    return Terms(
        category=category,
        authority=changes.get("authority", category.authority),
        unit=changes.get("unit"),
        department=department,
        # Whoever leads need not be called a second time.
        co_departments=tuple(slug for slug in co_departments if slug != department),
        limits=_limits(category.limits, changes),
        urgency=changes.get("urgency", category.urgency),
        volunteers=changes.get("volunteers", category.volunteers),
        rules=rules,
    )


def _override(district: District, index: OverrideIndex, matter: Matter) -> tuple[dict[str, Any], tuple[Rule, ...]]:
    changes: dict[str, Any] = {}
    covering = index.covering(matter.area)
    if not covering:
        return changes, _elsewhere(index)
    rules = list(_elsewhere(index))
    local = matter.at.astimezone(district.zone_of(matter.area))
    for position in covering:
        override = index.overrides[position]
        failing = override.failing(matter.area, local, matter.attributes)
        if failing is not None:
            rules[position] = _failed_rule(override, *failing)
            continue
        taken = tuple(field for field in override.changes if field not in changes)
        changes |= {field: override.changes[field] for field in taken}
        rules[position] = _held_rule(override, taken)
    return changes, tuple(rules)


# Most rules that are considered are of other places, each time in the same words.
@lru_cache(maxsize=2048)
def _elsewhere(index: OverrideIndex) -> tuple[Rule, ...]:
    return tuple(_failed_rule(override, "area", "") for override in index.overrides)


def _failed_rule(override: Override, condition: Condition, attribute: str) -> Rule:
    if attribute:
        return Rule(FAILED[condition], applied=False, params={"name": override.name, "attribute": attribute})
    return Rule(FAILED[condition], applied=False, params={"name": override.name})


def _held_rule(override: Override, taken: tuple[str, ...]) -> Rule:
    if not taken:
        return Rule(RuleCode.OVERRIDE_OVERTAKEN, applied=False, params={"name": override.name})
    return Rule(RuleCode.OVERRIDE, applied=True, params={"name": override.name, "changes": _fields(taken)})


def _limits(limits: StageLimits, changes: dict[str, Any]) -> StageLimits:
    changed = {field.removeprefix("limits."): value for field, value in changes.items() if field.startswith("limits.")}
    return limits.model_copy(update=changed) if changed else limits


@lru_cache(maxsize=256)
def _fields(fields: tuple[str, ...]) -> Text:
    named = [FIELDS[field] for field in dict.fromkeys(field.partition(".")[0] for field in fields)]
    return Text(
        zh_hans=_joined("、", (each.zh_hans for each in named)),
        zh_hant=_joined("、", (each.in_language("zh-Hant") for each in named)),
        en=_joined(", ", (each.in_language("en") for each in named)),
    )


def _joined(comma: str, words: Iterable[str]) -> str:
    return comma.join(words)
