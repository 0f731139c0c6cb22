"""How often each category is reported: a file of ``category: part``, parts of all reports."""

from collections.abc import Mapping
from importlib.resources import files
from math import isfinite
from pathlib import Path

import yaml

from linli.district import District

EXAMPLE = files("routing.simulation") / "rates.yaml"
"""Those of the example district."""


class RatesError(ValueError):
    """The rates make no sense: the message says why."""


def read_rates(file: Path | None, district: District) -> Mapping[str, float]:
    """Return the rates of a file, without one the example's; a category that it does not name is never reported.

    Raises:
        RatesError: it cannot be read, is not of that form, or names a category that the district does not have.
    """
    try:
        found = yaml.safe_load((file or EXAMPLE).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise RatesError(f"cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(found, dict) or not all(map(_is_rate, found.values())):
        raise RatesError("each line is like facility.stair-light: 40, and no number is below 0")
    unknown = [str(code) for code in found if code not in district.categories]
    if unknown:
        raise RatesError(f"the district has no category {unknown[0]}")
    if not sum(found.values()):
        raise RatesError("nothing is ever reported")
    return found


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
