"""Where an issue lies and what kind of matter it is, from what the reporter said."""

import re
from collections.abc import Iterable

from linli.contracts import Location
from linli.district import Category, District, Unit


class UnknownCategoryError(Exception):
    """The catalogue has no such category."""


class UnknownAreaError(Exception):
    """The grid has no such unit."""


def place(district: District, area: str | None, location: Location | None, address: str | None = None) -> str:
    """Return the path of the unit that an issue lies in.

    A named area wins over a point, and a point over an address. A point far from every compound, and a report that
    names no place, belong to the top unit: nobody is turned away for not knowing where the border runs.

    Raises:
        UnknownAreaError: the named area does not exist.
    """
    if area is not None:
        if area not in district.units:
            raise UnknownAreaError
        return area
    if location is not None:
        return district.nearest(location.lat, location.lon) or district.top.path
    return (address and addressed(district, address)) or district.top.path


def addressed(district: District, address: str) -> str | None:
    """Return the path of the unit that an address means: the one whose name and whose ancestors' names it has most of.

    Where several have as much, it is the unit above all of them; None where it has no unit's name.
    """
    said = address.casefold()
    named = {path for path, unit in district.units.items() if not unit.closed and _names(unit, said)}
    matched = {path: sum(unit.path in named for unit in district.ancestry(path)) for path in named}
    most = max(matched.values(), default=0)
    return _shared(path for path, count in matched.items() if count == most)


def _names(unit: Unit, said: str) -> bool:
    wordings = (unit.name.zh_hans, unit.name.zh_hant, unit.name.en)
    return any(_has(said, wording.casefold()) for wording in wordings if wording)


def _has(said: str, name: str) -> bool:
    # Building 1 is not meant where it says 11.
    return name in said and re.search(rf"(?<!\d(?=\d)){re.escape(name)}(?!(?<=\d)\d)", said) is not None


def _shared(paths: Iterable[str]) -> str | None:
    shared: list[str] | None = None
    for path in paths:
        parts = path.split("/")
        if shared is not None:
            same = [one == other for one, other in zip(shared, parts, strict=False)]
            parts = parts[: (*same, False).index(False)]
        shared = parts
    return "/".join(shared) if shared else None


def categorise(district: District, category: str | None, description: str) -> Category:
    """Return the category that the reporter named or, when none is named, the one that the words suggest.

    Raises:
        UnknownCategoryError: the named category does not exist.
    """
    if category is None:
        return district.suggest_category(description)
    if category not in district.categories:
        raise UnknownCategoryError
    return district.categories[category]
