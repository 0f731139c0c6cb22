"""What must hold across the categories and departments of a district."""

from collections import Counter
from collections.abc import Collection, Iterator

from linli.contracts import CATALOGUE
from linli.district.categories import Category
from linli.district.departments import Department, matches
from linli.district.district import FALLBACK_CATEGORY, District
from linli.district.errors import Fault
from linli.district.questions import WITH_CHOICES
from linli.district.reading import CATEGORIES, DEPARTMENTS, GRID

EVENT_NAMES = frozenset(f"{kind.subject}.{kind.event}" for kind in CATALOGUE.values())


def catalogue_faults(district: District, unread: Collection[str] = ()) -> Iterator[Fault]:
    """Return what is wrong with the categories."""
    for category in district.categories.values():
        yield from _category_faults(district, category, unread)
        yield from (Fault(CATEGORIES, category.code, fault) for fault in _question_faults(district, category))
    if FALLBACK_CATEGORY not in district.categories and CATEGORIES not in unread:
        yield Fault(CATEGORIES, FALLBACK_CATEGORY, "the fallback category is missing")


def department_faults(district: District, unread: Collection[str] = ()) -> Iterator[Fault]:
    """Return what is wrong with the departments."""
    for department in district.departments.values():
        faults = _subscription_faults(district, department, unread)
        yield from (Fault(DEPARTMENTS, department.slug, fault) for fault in faults)


def _category_faults(district: District, category: Category, unread: Collection[str]) -> Iterator[Fault]:
    if len(set(category.departments)) < len(category.departments):
        yield Fault(CATEGORIES, category.code, "a department is named twice")
    for slug in dict.fromkeys(category.departments):
        department = district.departments.get(slug)
        if department is not None and not department.subscription.covers(category.code):
            yield Fault(DEPARTMENTS, slug, f"its subscription lacks its category {category.code}")
        elif department is None and DEPARTMENTS not in unread:
            yield Fault(CATEGORIES, category.code, f"unknown department {slug}")


def _question_faults(district: District, category: Category) -> Iterator[str]:
    asked = Counter(question.code for question in category.questions)
    yield from (f"asks {code} twice" for code, times in asked.items() if times > 1)
    offered = {question.code: question.codes for question in category.questions if question.kind in WITH_CHOICES}
    for override in district.overrides_of[category.code]:
        for name, values in override.attributes.items():
            for value in sorted(set(values) - offered.get(name, frozenset(values))):
                yield f"the override {override.code} waits for {name} {value}, which its question does not offer"


def _subscription_faults(district: District, department: Department, unread: Collection[str]) -> Iterator[str]:
    subscription = department.subscription
    for area in subscription.areas:
        if GRID not in unread and (lack := district.lack_of(area)):
            yield f"{lack} area {area}"
    for pattern in subscription.categories:
        if CATEGORIES not in unread and not any(matches(pattern, code) for code in district.categories):
            yield f"no category matches {pattern}"
    for pattern in subscription.events:
        if not any(matches(pattern, name) for name in EVENT_NAMES):
            yield f"no event matches {pattern}"
