"""The catalogue by the paths that units have today."""

from collections.abc import Mapping

from linli.district import Category, Override
from linli.district.files import Catalogue
from routing.domain.grid_edits import end_of


def readdressed(catalogue: Catalogue, successors: Mapping[str, str]) -> Catalogue:
    """Return a catalogue in which overrides name, in the place of a closed unit, the one that stands for it."""
    return Catalogue(
        {code: _category(category, successors) for code, category in catalogue.categories.items()},
        _overrides(catalogue.overrides, successors),
    )


def _category(category: Category, successors: Mapping[str, str]) -> Category:
    overrides = _overrides(category.overrides, successors)
    return category if overrides == category.overrides else category.model_copy(update={"overrides": overrides})


def _overrides(overrides: tuple[Override, ...], successors: Mapping[str, str]) -> tuple[Override, ...]:
    return tuple(_override(override, successors) for override in overrides)


def _override(override: Override, successors: Mapping[str, str]) -> Override:
    places = tuple(dict.fromkeys(_present(area, successors) for area in override.areas))
    unit = override.unit and _present(override.unit, successors)
    if (places, unit) == (override.areas, override.unit):
        return override
    # Made anew: a copy would keep what was derived from the old paths.
    fields = {name: getattr(override, name) for name in Override.model_fields}
    return Override.model_validate({**fields, "areas": places, "unit": unit})


def _present(path: str, successors: Mapping[str, str]) -> str:
    return end_of(successors, path) or path
