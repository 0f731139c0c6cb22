"""What must hold across the entries of a district's files."""

from linli.contracts import CATALOGUE, Level
from linli.district.departments import Department, matches
from linli.district.district import FALLBACK_CATEGORY, District
from linli.district.errors import DistrictError
from linli.district.grid import Unit, level_rank

GRID, CATEGORIES, DEPARTMENTS = "grid.yaml", "categories.yaml", "departments.yaml"

EVENT_NAMES = frozenset(f"{kind.subject}.{kind.event}" for kind in CATALOGUE.values())


def check_district(district: District) -> None:
    """Check that the entries fit each other.

    Raises:
        DistrictError: the first fault found.
    """
    _check_top(district)
    for unit in district.units.values():
        _check_parent(district, unit)
        _check_location(unit)
    for unit in district.units.values():
        _check_responsible(district, unit)
    _check_person_ids(district)
    _check_categories(district)
    for department in district.departments.values():
        _check_subscription(district, department)


def _check_top(district: District) -> None:
    tops = [unit.path for unit in district.units.values() if unit.parent is None]
    if not tops:
        raise DistrictError(GRID, "units", "no top unit")
    if len(tops) > 1:
        raise DistrictError(GRID, tops[1], f"a second top unit beside {tops[0]}")


def _check_parent(district: District, unit: Unit) -> None:
    if unit.parent is None:
        return
    parent = district.units.get(unit.parent)
    if parent is None:
        raise DistrictError(GRID, unit.path, f"unknown parent {unit.parent}")
    if level_rank(unit.level) >= level_rank(parent.level):
        raise DistrictError(GRID, unit.path, f"level {unit.level} is not below its parent's level {parent.level}")


def _check_location(unit: Unit) -> None:
    if unit.location is None and unit.level in (Level.BUILDING, Level.COMPOUND):
        raise DistrictError(GRID, unit.path, f"a {unit.level} needs a location")


def _check_responsible(district: District, unit: Unit) -> None:
    if not any(above.persons for above in district.ancestry(unit.path)):
        raise DistrictError(GRID, unit.path, "nobody is responsible for it or for a unit above it")


def _check_person_ids(district: District) -> None:
    seen: set[str] = set()
    for unit in district.units.values():
        for person in unit.persons:
            if person.id in seen:
                raise DistrictError(GRID, unit.path, f"duplicate person id {person.id}")
            seen.add(person.id)


def _check_categories(district: District) -> None:
    for category in district.categories.values():
        if len(set(category.departments)) < len(category.departments):
            raise DistrictError(CATEGORIES, category.code, "a department is named twice")
        for slug in category.departments:
            department = district.departments.get(slug)
            if department is None:
                raise DistrictError(CATEGORIES, category.code, f"unknown department {slug}")
            if not department.subscription.covers(category.code):
                raise DistrictError(DEPARTMENTS, slug, f"its subscription lacks its category {category.code}")
    if FALLBACK_CATEGORY not in district.categories:
        raise DistrictError(CATEGORIES, FALLBACK_CATEGORY, "the fallback category is missing")


def _check_subscription(district: District, department: Department) -> None:
    subscription = department.subscription
    for area in subscription.areas:
        if area not in district.units:
            raise DistrictError(DEPARTMENTS, department.slug, f"unknown area {area}")
    for pattern in subscription.categories:
        if not any(matches(pattern, code) for code in district.categories):
            raise DistrictError(DEPARTMENTS, department.slug, f"no category matches {pattern}")
    for pattern in subscription.events:
        if not any(matches(pattern, name) for name in EVENT_NAMES):
            raise DistrictError(DEPARTMENTS, department.slug, f"no event matches {pattern}")
