"""Overrides that can never apply, or lead nowhere."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from linli.district.categories import Category
from linli.district.departments import matches
from linli.district.district import District
from linli.district.errors import Fault
from linli.district.overrides import Override, Part
from linli.district.reading import CATEGORIES, DEPARTMENTS, GRID, OVERRIDES


def override_faults(district: District, unread: Collection[str] = (), today: date | None = None) -> Iterator[Fault]:
    """Return what is wrong with the overrides of the categories and of the district."""
    for category in district.categories.values():
        yield from _own_faults(district, category, unread, today)
    for override in district.overrides:
        for fault in (
            *_category_faults(district, override, unread),
            *_condition_faults(district, override, unread, today),
            *_effect_faults(district, override, unread),
        ):
            yield Fault(OVERRIDES, override.code, fault)
    # What is missing could be what it applies to.
    if CATEGORIES not in unread and OVERRIDES not in unread:
        yield from _shadowed(district, today)
    yield from _unheard(district)


def _own_faults(district: District, category: Category, unread: Collection[str], today: date | None) -> Iterator[Fault]:
    seen: set[str] = set()
    for override in category.overrides:
        if override.code in seen:
            yield Fault(CATEGORIES, category.code, f"duplicate override {override.code}")
        seen.add(override.code)
        if override.categories:
            yield Fault(CATEGORIES, category.code, f"its override {override.code} names categories of its own")
        for fault in (
            *_condition_faults(district, override, unread, today),
            *_effect_faults(district, override, unread),
        ):
            yield Fault(CATEGORIES, category.code, f"its override {override.code}: {fault}")


def _category_faults(district: District, override: Override, unread: Collection[str]) -> Iterator[str]:
    if not override.categories:
        yield "it names no categories"
    for pattern in override.categories:
        if CATEGORIES not in unread and not any(matches(pattern, code) for code in district.categories):
            yield f"no category matches {pattern}"


def _condition_faults(
    district: District, override: Override, unread: Collection[str], today: date | None
) -> Iterator[str]:
    for area in override.areas:
        if GRID not in unread and (lack := district.lack_of(area)):
            yield f"{lack} area {area}"
    for position, period in enumerate(override.when, start=1):
        if period.is_empty:
            yield f"period {position} never comes"
    if today and override.when and all(period.is_over(today) for period in override.when):
        yield f"its time was over on {max(filter(None, (period.ends for period in override.when)))}"
    for name, values in override.attributes.items():
        if not values:
            yield f"no value of {name} would do"


def _effect_faults(district: District, override: Override, unread: Collection[str]) -> Iterator[str]:
    if override.unit is not None and GRID not in unread and (lack := district.lack_of(override.unit)):
        yield f"{lack} unit {override.unit}"
    if len(set(override.departments)) < len(override.departments):
        yield "a department is named twice"
    for slug in dict.fromkeys(override.departments):
        if slug not in district.departments and DEPARTMENTS not in unread:
            yield f"unknown department {slug}"


def _unheard(district: District) -> Iterator[Fault]:
    for code, overrides in district.overrides_of.items():
        slugs = dict.fromkeys(slug for override in overrides for slug in override.departments)
        for slug in slugs:
            department = district.departments.get(slug)
            if department is not None and not department.subscription.covers(code):
                yield Fault(DEPARTMENTS, slug, f"its subscription lacks {code}, which an override gives it")


def _shadowed(district: District, today: date | None) -> Iterator[Fault]:
    """Return a fault for each override that others take everything from in all categories that it is about."""
    alive: set[int] = set()
    for overrides in district.overrides_of.values():
        for index, one in enumerate(overrides):
            if id(one) not in alive and not _is_shadowed(one, overrides[:index], today):
                alive.add(id(one))
    for category in district.categories.values():
        for one in category.overrides:
            if id(one) not in alive:
                yield Fault(CATEGORIES, category.code, f"its override {one.code}: earlier ones always take precedence")
    for one in district.overrides:
        if id(one) not in alive and any(map(one.is_about, district.categories)):
            yield Fault(OVERRIDES, one.code, "earlier ones always take precedence")


def _is_shadowed(one: Override, earlier: Sequence[Override], today: date | None) -> bool:
    return all(_is_taken(one, part, earlier, today) for part in one.parts)


def _is_taken(one: Override, part: Part, earlier: Sequence[Override], today: date | None) -> bool:
    stronger = [other for other in earlier if other.holds_throughout(part, today)]
    return set(one.changes) <= {field for other in stronger for field in other.changes}
