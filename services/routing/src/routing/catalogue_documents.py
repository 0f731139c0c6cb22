"""The catalogue as people send it, and as a version keeps it: lists ``categories`` and ``overrides``."""

from collections.abc import Mapping
from typing import Any

from linli.district import Category, District, Override
from linli.district import read_catalogue as read_entries
from linli.district.files import Catalogue, fields_of
from linli.district.reading import CATEGORIES
from routing.documents import refuse_bombs
from routing.domain.faults import fault


def read_catalogue(body: bytes) -> Catalogue:
    """Return a catalogue of YAML, of which JSON is a part.

    Raises:
        DistrictFaultsError: all that is wrong with its entries.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise fault(CATEGORIES, "file", "not UTF-8") from None
    refuse_bombs(text, CATEGORIES)
    return read_entries(text)


def content_of(catalogue: Catalogue) -> dict[str, Any]:
    """Return what a version keeps of a catalogue."""
    return {
        "categories": [fields_of(category) for category in catalogue.categories.values()],
        "overrides": [fields_of(override) for override in catalogue.overrides],
    }


def catalogue_of(content: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue that a version keeps."""
    categories = map(Category.model_validate, content["categories"])
    return Catalogue(
        {category.code: category for category in categories},
        tuple(map(Override.model_validate, content["overrides"])),
    )


def catalogue_in(district: District) -> Catalogue:
    """Return the catalogue of a district."""
    return Catalogue(district.categories, district.overrides)
