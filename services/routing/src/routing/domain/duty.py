"""Who handles a unit's cases at a moment.

Of the persons of the unit those on duty can take a case, in the place of one off duty or absent the deputy who is on
duty (the deputy's deputy where that one is not). The one with the fewest open cases takes it, among equals the first in
the file. Where nobody can, the nearest unit above is asked in the same way; where nobody can on the whole way up, the
first person of the unit, or of the nearest above that names one, takes it all the same: no case is without a handler.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from linli.district import District, Person, Unit
from routing.domain.matter import NO_LOADS, Loads
from routing.domain.rules import Params, Rule, RuleCode


@dataclass(frozen=True, slots=True)
class Choice:
    """The persons who can take a case, in their unit's order, and how they were found; empty when nobody can."""

    unit: Unit
    persons: tuple[Person, ...]
    rules: tuple[Rule, ...]


def responsible(
    district: District, unit: Unit, at: datetime, loads: Loads = NO_LOADS
) -> tuple[Person, tuple[Rule, ...]]:
    """Return who handles a unit's cases at a moment, and the rules that say so."""
    choice = choices(district, unit, at)
    if not choice.persons:
        return _first_person(district, unit, choice.rules)
    person = min(choice.persons, key=lambda each: loads.get(each.id, 0))
    rules = choice.rules
    if len(choice.persons) > 1:
        weighed: Params = {"number": len(choice.persons), "name": person.name, "count": loads.get(person.id, 0)}
        rules += (Rule(RuleCode.LOAD, applied=True, params=weighed),)
    return person, (*rules, _handler_rule(district, unit, choice.unit, person))


def choices(district: District, unit: Unit, at: datetime) -> Choice:
    """Return who of a unit, or of the nearest above with somebody on duty, can take a case."""
    rules: list[Rule] = []
    for above in district.open_ancestry(unit.path):
        if not above.persons:
            continue
        local = at.astimezone(district.zone_of(above.path))
        # Somebody may be there both for their own and as a deputy.
        persons = {person.id: person for person in _standing(district, above, local, rules)}
        if persons:
            return Choice(above, tuple(persons.values()), tuple(rules))
        rules.append(Rule(RuleCode.UNIT_ON_DUTY, applied=False, params={"unit": above.name}))
    return Choice(unit, (), tuple(rules))


def grounds_of(district: District, person: str) -> frozenset[str]:
    """Return the units whose cases somebody may have, each with all beneath it.

    They are the unit of their own post and those of the persons whom they stand in for; without a post there are none.
    """
    found: set[str] = set()
    new = {person}
    while new:
        found |= new
        new = {one for deputy in new for one in district.represented.get(deputy, ())} - found
    return frozenset(district.posts[one].path for one in found if one in district.posts)


def _standing(district: District, unit: Unit, local: datetime, rules: list[Rule]) -> Iterator[Person]:
    for person in unit.persons:
        on_duty = person.is_on_duty(local)
        # Of whoever is there at all hours that needs no word.
        if person.duty or not on_duty:
            rules.append(Rule(RuleCode.ON_DUTY, applied=on_duty, params={"name": person.name}))
        if not on_duty:
            yield from _deputies(district, person, local, rules)
            continue
        yield person


def _deputies(district: District, person: Person, local: datetime, rules: list[Rule]) -> Iterator[Person]:
    seen = {person.id}
    deputy = district.persons.get(person.deputy or "")
    while deputy is not None and deputy.id not in seen:
        seen.add(deputy.id)
        on_duty = deputy.is_on_duty(local)
        named = {"name": person.name, "deputy": deputy.name}
        rules.append(Rule(RuleCode.DEPUTY, applied=on_duty, params=named))
        if on_duty:
            yield deputy
            return
        deputy = district.persons.get(deputy.deputy or "")


def _first_person(district: District, unit: Unit, rules: tuple[Rule, ...]) -> tuple[Person, tuple[Rule, ...]]:
    above = next(each for each in district.open_ancestry(unit.path) if each.persons)
    person = above.persons[0]
    all_off = Rule(RuleCode.ALL_OFF_DUTY, applied=True, params={"unit": above.name})
    return person, (*rules, all_off, _handler_rule(district, unit, above, person))


def _handler_rule(district: District, unit: Unit, above: Unit, person: Person) -> Rule:
    home = district.posts[person.id]
    params: Params = {"unit": home.name, "above": above.name, "name": person.name, "post": person.post}
    if above is unit:
        return Rule(RuleCode.HANDLER, applied=True, params=params)
    # A unit that names nobody is told apart from one whose persons are off duty.
    if unit.persons and not unit.closed:
        return Rule(RuleCode.HANDLER_ABOVE, applied=True, params={**params, "above": home.name})
    return Rule(RuleCode.HANDLER, applied=False, params={**params, "unit": unit.name})
