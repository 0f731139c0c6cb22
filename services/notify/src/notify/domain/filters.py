"""What a subscription asks for, and the topic patterns that this comes to."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Self

from pydantic import Field, ValidationError

from linli.contracts import CATALOGUE, AreaPath
from linli.district import Subscription, bindings_of, visible
from linli.district.departments import Pattern, matches
from linli.district.known import KnownDistrict

MOST_PATTERNS = 2000
"""A queue with more bindings than this is slow to change."""


class FilterError(ValueError):
    """A filter that would never receive what it asks for: ``field`` names the part, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Filter(Subscription):
    """Which events: those of these kinds, categories and areas (with all beneath them), and what is addressed.

    ``addressed`` are the events that call the department, whatever they are about.
    """

    events: tuple[Pattern, ...] = Field(min_length=1, max_length=200)
    categories: tuple[Pattern, ...] = Field(min_length=1, max_length=100)
    areas: tuple[AreaPath, ...] = Field(min_length=1, max_length=200)
    addressed: bool = True

    def changed(self, changes: Mapping[str, Any]) -> Self:
        """Return the filter with some parts replaced.

        Raises:
            FilterError: a part cannot be what it is to be.
        """
        try:
            return self.model_validate({**self.model_dump(), **changes})
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise FilterError(str(first["loc"][0]), first["msg"]) from None


def of_file(subscription: Subscription) -> Filter:
    """Return what a department's entry in the district's file asks for."""
    return Filter(**subscription.model_dump())


def patterns_of(wanted: Filter, department: str, district: KnownDistrict, grants: Collection[str]) -> tuple[str, ...]:
    """Return the topic patterns of a filter; a unit that was closed or moved stands for its successor too."""
    areas = dict.fromkeys(path for area in wanted.areas for path in (area, district.present(area)))
    asked = wanted.model_copy(update={"areas": tuple(areas)})
    return bindings_of(asked, department, district, grants=grants, addressed=wanted.addressed)


def require_known(wanted: Filter, department: str, district: KnownDistrict, grants: Collection[str]) -> None:
    """Refuse a filter part of which can never receive anything.

    Raises:
        FilterError: an event, category or area that there is none of; a confidential category without a grant; a grant
            of what is not confidential; or too much at once.
    """
    if department not in district.departments:
        raise FilterError("department", f"the district has no department {department}")
    for field, fault in _faults(wanted, department, district, grants):
        raise FilterError(field, fault)
    if len(patterns_of(wanted, department, district, grants)) > MOST_PATTERNS:
        raise FilterError("categories", f"the filter comes to more than {MOST_PATTERNS} bindings; ask for less at once")


def _faults(
    wanted: Filter, department: str, district: KnownDistrict, grants: Collection[str]
) -> Iterator[tuple[str, str]]:
    kinds = {f"{kind.subject}.{kind.event}" for kind in CATALOGUE.values()}
    confidential = {code for code, one in district.categories.items() if one.confidential}
    seen = visible(department, district, grants)
    yield from (("events", f"no event is called {each}") for each in wanted.events if not _any(each, kinds))
    for each in wanted.categories:
        if not _any(each, district.categories):
            yield "categories", f"no category is called {each}"
        elif each in confidential - seen:
            yield "categories", f"{each} is confidential and needs a grant"
    yield from (
        ("areas", f"the grid has no unit {area}")
        for area in wanted.areas
        if area not in district.units and area not in district.successors
    )
    yield from (("grants", f"{code} is no confidential category") for code in grants if code not in confidential)


def _any(pattern: str, names: Collection[str]) -> bool:
    return any(matches(pattern, name) for name in names)
