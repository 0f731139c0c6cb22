"""Where an issue lies and what kind of matter it is, from what the reporter said."""

from linli.contracts import Location
from linli.district import Category, District


class UnknownCategoryError(Exception):
    """The catalogue has no such category."""


class UnknownAreaError(Exception):
    """The grid has no such unit."""


def place(district: District, area: str | None, location: Location | None) -> str:
    """Return the path of the unit that an issue lies in.

    A named area wins over a point. A point far from every compound, and a report that names no place, belong to the
    top unit: nobody is turned away for not knowing where the border runs.

    Raises:
        UnknownAreaError: the named area does not exist.
    """
    if area is not None:
        if area not in district.units:
            raise UnknownAreaError
        return area
    found = district.nearest(location.lat, location.lon) if location else None
    return found or district.top.path


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
