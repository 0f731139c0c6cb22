"""The decision: which unit settles a case, who handles it, which departments are called, by when."""

from collections.abc import Iterator
from dataclasses import dataclass

from linli.contracts import Handler, Level
from linli.district import LEVEL_NAMES, District, StageLimits, TimeLimit, Unit, Urgency, level_rank
from routing.domain.duty import choices
from routing.domain.duty import responsible as responsible
from routing.domain.explanation import LIMIT_KINDS, URGENCIES
from routing.domain.matter import NO_LOADS, Loads
from routing.domain.matter import Matter as Matter
from routing.domain.rules import Params, Rule, RuleCode
from routing.domain.terms import Terms, terms_of
from routing.domain.terms import rules_of as rules_of


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a case goes and why; ``explanation`` holds the rules in the order they were considered."""

    unit: str
    level: Level
    handler: Handler
    lead_department: str
    co_departments: tuple[str, ...]
    limits: StageLimits
    urgency: Urgency
    confidential: bool
    volunteers_wanted: int
    explanation: tuple[Rule, ...]

    @property
    def limit(self) -> TimeLimit:
        """How long the handling may take."""
        return self.limits.handle


def decide(district: District, matter: Matter, loads: Loads = NO_LOADS) -> Decision:
    """Decide who settles a matter.

    The unit that a special rule names owns it; where none does, the lowest open one on the way up from the area that
    has the authority. An area that is not in the grid goes to its top unit, a category that is not in the catalogue by
    the rules of the fallback category: no case is without an owner.
    """
    terms = terms_of(district, matter)
    unit, owner_rules = _owner(district, terms, matter.area)
    person, handler_rules = responsible(district, unit, matter.at, loads)
    return Decision(
        unit=unit.path,
        level=unit.level,
        handler=person.as_handler(),
        lead_department=terms.department,
        co_departments=terms.co_departments,
        limits=terms.limits,
        urgency=terms.urgency,
        confidential=terms.category.confidential,
        volunteers_wanted=terms.volunteers,
        explanation=(
            _category_rule(terms, matter.category),
            *terms.rules,
            *owner_rules,
            *handler_rules,
            *_terms_rules(district, terms),
        ),
    )


def candidates(district: District, matter: Matter) -> tuple[str, ...]:
    """Return the ids of the persons whose loads `decide` would compare."""
    unit, _ = _owner(district, terms_of(district, matter), matter.area)
    return tuple(person.id for person in choices(district, unit, matter.at).persons)


def _category_rule(terms: Terms, code: str) -> Rule:
    params: Params = {"category": terms.category.name, "code": code}
    return Rule(RuleCode.CATEGORY, applied=terms.category.code == code, params=params)


def _owner(district: District, terms: Terms, area: str) -> tuple[Unit, tuple[Rule, ...]]:
    named = terms.unit and district.units.get(terms.unit)
    if named:
        unit, closed = _open(district, named)
        return unit, (*closed, Rule(RuleCode.NAMED_UNIT, applied=True, params={"unit": unit.name}))
    if area not in district.units:
        unit, closed = _open(district, district.top_of(area))
        return unit, (Rule(RuleCode.AREA, applied=False, params={"area": area, "unit": unit.name}), *closed)
    return _lowest_with_authority(district, terms, area)


def _lowest_with_authority(district: District, terms: Terms, area: str) -> tuple[Unit, tuple[Rule, ...]]:
    way = district.way_up(area)
    rules = [Rule(RuleCode.AREA, applied=True, params={"unit": way[0].name})]
    for position, unit in enumerate(way):
        if unit.closed:
            rules.append(_closed_rule(unit, way[position + 1]))
            continue
        settles = level_rank(unit.level) >= level_rank(terms.authority)
        rules.append(_authority_rule(unit, terms, settles=settles))
        if settles:
            return unit, tuple(rules)
    rules.append(Rule(RuleCode.TOP_UNIT, applied=True, params={"unit": unit.name}))
    return unit, tuple(rules)


def _open(district: District, unit: Unit) -> tuple[Unit, tuple[Rule, ...]]:
    """Return a unit or what stands in its place, and the rules that say so."""
    way = district.way_up(unit.path)
    last = next(position for position, each in enumerate(way) if not each.closed)
    return way[last], tuple(map(_closed_rule, way[:last], way[1:]))


def _closed_rule(unit: Unit, successor: Unit) -> Rule:
    return Rule(RuleCode.CLOSED_UNIT, applied=True, params={"unit": unit.name, "successor": successor.name})


def _authority_rule(unit: Unit, terms: Terms, *, settles: bool) -> Rule:
    level, authority = LEVEL_NAMES[unit.level], LEVEL_NAMES[terms.authority]
    return Rule(RuleCode.AUTHORITY, applied=settles, params={"unit": unit.name, "level": level, "authority": authority})


def _terms_rules(district: District, terms: Terms) -> Iterator[Rule]:
    departments = district.departments
    yield Rule(RuleCode.LEAD_DEPARTMENT, applied=True, params={"department": departments[terms.department].name})
    for slug in terms.co_departments:
        yield Rule(RuleCode.CO_DEPARTMENT, applied=True, params={"department": departments[slug].name})
    limit = terms.limits.handle
    yield Rule(RuleCode.TIME_LIMIT, applied=True, params={"amount": limit.amount, "kind": LIMIT_KINDS[limit.kind]})
    urgent = terms.urgency is not Urgency.NORMAL
    yield Rule(RuleCode.URGENCY, applied=urgent, params={"urgency": URGENCIES[terms.urgency]})
    yield Rule(RuleCode.CONFIDENTIAL, applied=terms.category.confidential)
    yield Rule(RuleCode.VOLUNTEERS, applied=terms.volunteers > 0, params={"count": terms.volunteers})
