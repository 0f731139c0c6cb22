"""The topic patterns that a department's subscription comes to in a district."""

from collections.abc import Collection

from linli.contracts import addressed_to
from linli.district.departments import Subscription, matches
from linli.district.district import District


def bindings_of(
    asked: Subscription,
    department: str,
    district: District,
    *,
    grants: Collection[str] = (),
    addressed: bool = True,
) -> tuple[str, ...]:
    """Return the patterns to bind a queue with, such as ``case.*.facility.*.sanchajie.jinpu.#``, sorted.

    A wildcard that would catch a confidential category the department does not see stands for those beneath it that it
    does see. With ``addressed`` what calls the department comes too.
    """
    hidden = _confidential(district) - visible(department, district, grants)
    categories = {code for pattern in asked.categories for code in _seen(pattern, district, hidden)}
    places = [area.replace("/", ".") for area in asked.areas]
    heads = (f"{event}.{category}" for event in asked.events for category in categories)
    patterns = {f"{head}.{place}.#" for head in heads for place in places}
    return (*sorted(patterns), *([f"{addressed_to(department)}.#"] if addressed else []))


def visible(department: str, district: District, grants: Collection[str]) -> set[str]:
    """Return the confidential categories that a department may hear of: it handles them, or was granted them."""
    handled = {code for code, one in district.categories.items() if department in one.departments}
    return _confidential(district) & (handled | set(grants))


def _confidential(district: District) -> set[str]:
    return {code for code, one in district.categories.items() if one.confidential}


def _seen(pattern: str, district: District, hidden: Collection[str]) -> list[str]:
    if not any(matches(pattern, code) for code in hidden):
        return [pattern]
    return [code for code in district.categories if matches(pattern, code) and code not in hidden]
