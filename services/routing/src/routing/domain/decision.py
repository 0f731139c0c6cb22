"""The decision: which unit settles a case, who handles it, which departments are called, by when."""

from collections.abc import Iterator
from dataclasses import dataclass

from linli.contracts import Handler, Level
from linli.district import FALLBACK_CATEGORY, LEVEL_NAMES, Category, District, Person, TimeLimit, Unit, level_rank
from routing.domain.explanation import LIMIT_KINDS, Rule, RuleCode


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a case goes and why; ``explanation`` holds the rules in the order they were considered."""

    unit: str
    level: Level
    handler: Handler
    lead_department: str
    co_departments: tuple[str, ...]
    limit: TimeLimit
    confidential: bool
    volunteers_wanted: int
    explanation: tuple[Rule, ...]


def decide(district: District, category_code: str, area: str) -> Decision:
    """Decide who settles a matter of a category in an area.

    The lowest unit on the way up from the area that has the category's authority owns it. An area that is not in the
    grid goes to the top unit, a category that is not in the catalogue by the rules of the fallback category: no case
    is without an owner.
    """
    category = rules_of(district, category_code)
    unit, owner_rules = _owner(district, category, area)
    person, handler_rule = responsible(district, unit)
    return Decision(
        unit=unit.path,
        level=unit.level,
        handler=person.as_handler(),
        lead_department=category.department,
        co_departments=category.co_departments,
        limit=category.time_limit,
        confidential=category.confidential,
        volunteers_wanted=category.volunteers,
        explanation=(
            Rule(
                code=RuleCode.CATEGORY,
                applied=category.code == category_code,
                params={"category": category.name, "code": category_code},
            ),
            *owner_rules,
            handler_rule,
            *_category_rules(district, category),
        ),
    )


def rules_of(district: District, category_code: str) -> Category:
    """Return the category whose rules apply to a code: its own, or the fallback category."""
    return district.categories.get(category_code) or district.categories[FALLBACK_CATEGORY]


def responsible(district: District, unit: Unit) -> tuple[Person, Rule]:
    """Return the first person of a unit, or of the nearest unit above that names one, and the rule that says so."""
    above = next(each for each in district.ancestry(unit.path) if each.persons)
    person = above.persons[0]
    return person, Rule(
        code=RuleCode.HANDLER,
        applied=above is unit,
        params={"unit": unit.name, "above": above.name, "name": person.name, "post": person.post},
    )


def _owner(district: District, category: Category, area: str) -> tuple[Unit, tuple[Rule, ...]]:
    top = district.top
    if area not in district.units:
        return top, (Rule(code=RuleCode.AREA, applied=False, params={"area": area, "unit": top.name}),)
    ancestry = district.ancestry(area)
    rules = [Rule(code=RuleCode.AREA, applied=True, params={"unit": ancestry[0].name})]
    for unit in ancestry:
        settles = level_rank(unit.level) >= level_rank(category.authority)
        rules.append(_authority_rule(unit, category, settles=settles))
        if settles:
            return unit, tuple(rules)
    rules.append(Rule(code=RuleCode.TOP_UNIT, applied=True, params={"unit": top.name}))
    return top, tuple(rules)


def _authority_rule(unit: Unit, category: Category, *, settles: bool) -> Rule:
    level, authority = LEVEL_NAMES[unit.level], LEVEL_NAMES[category.authority]
    return Rule(
        code=RuleCode.AUTHORITY,
        applied=settles,
        params={"unit": unit.name, "level": level, "authority": authority},
    )


def _category_rules(district: District, category: Category) -> Iterator[Rule]:
    for slug in category.departments:
        code = RuleCode.LEAD_DEPARTMENT if slug == category.department else RuleCode.CO_DEPARTMENT
        yield Rule(code=code, applied=True, params={"department": district.departments[slug].name})
    limit = category.time_limit
    yield Rule(code=RuleCode.TIME_LIMIT, applied=True, params={"amount": limit.amount, "kind": LIMIT_KINDS[limit.kind]})
    yield Rule(code=RuleCode.CONFIDENTIAL, applied=category.confidential)
    yield Rule(code=RuleCode.VOLUNTEERS, applied=category.volunteers > 0, params={"count": category.volunteers})
