"""A grid as YAML or GeoJSON and a catalogue as YAML: reading what somebody sends, writing what somebody asks for."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

import yaml
from pydantic import BaseModel

from linli.district.categories import Category
from linli.district.errors import DistrictFaultsError, Fault
from linli.district.geojson import feature_of, unit_fields
from linli.district.grid import Unit
from linli.district.overrides import Override
from linli.district.reading import CATEGORIES, GRID, read_entries, read_section

GEOJSON: Final = "grid.geojson"

SafeDumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class GridFormat(StrEnum):
    """How a grid is written."""

    YAML = "yaml"
    GEOJSON = "geojson"


class Catalogue(NamedTuple):
    """Categories by code, and the overrides of them all."""

    categories: Mapping[str, Category]
    overrides: tuple[Override, ...]


def read_grid(content: str | bytes, written: GridFormat) -> Mapping[str, Unit]:
    """Return units by path. Whether they fit each other, `check_district` tells.

    Raises:
        DistrictFaultsError: the content is unreadable, or units contradict themselves: all faults.
    """
    faults: list[Fault] = []
    if written is GridFormat.YAML:
        units = read_entries(read_section(content, GRID, "units", faults), GRID, "path", Unit, faults)
    else:
        raw = [unit_fields(feature) for feature in _features(content, faults)]
        units = read_entries(raw, GEOJSON, "path", Unit, faults)
    _refuse(faults)
    return units


def write_grid(units: Iterable[Unit], written: GridFormat) -> str:
    """Return units as a text that `read_grid` reads."""
    if written is GridFormat.YAML:
        return _yaml({"units": [fields_of(unit) for unit in units]})
    features = [feature_of(fields_of(unit)) for unit in units]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def read_catalogue(content: str | bytes) -> Catalogue:
    """Return the ``categories`` of a YAML text and, where it has them, its ``overrides``.

    Raises:
        DistrictFaultsError: the content is unreadable, or entries contradict themselves: all faults.
    """
    faults: list[Fault] = []
    listed = read_section(content, CATEGORIES, "categories", faults)
    categories = read_entries(listed, CATEGORIES, "code", Category, faults)
    special = read_section(content, CATEGORIES, "overrides", faults, default=[])
    overrides = read_entries(special, CATEGORIES, "code", Override, faults)
    # What is no YAML was found to be none twice.
    _refuse(list(dict.fromkeys(faults)))
    return Catalogue(categories, tuple(overrides.values()))


def write_catalogue(catalogue: Catalogue) -> str:
    """Return a catalogue as a text that `read_catalogue` reads."""
    content = {"categories": [fields_of(category) for category in catalogue.categories.values()]}
    if catalogue.overrides:
        content["overrides"] = [fields_of(override) for override in catalogue.overrides]
    return _yaml(content)


def _features(content: str | bytes, faults: list[Fault]) -> list[Any]:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        faults.append(Fault(GEOJSON, "file", f"not JSON: {error}"))
        return []
    features = parsed.get("features") if isinstance(parsed, dict) else None
    if not isinstance(features, list) or parsed.get("type") != "FeatureCollection":
        faults.append(Fault(GEOJSON, "file", "not a FeatureCollection"))
        return []
    return features


def fields_of(entry: BaseModel) -> dict[str, Any]:
    """Return an entry as its file writes it."""
    return entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _yaml(content: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        content, Dumper=SafeDumper, allow_unicode=True, sort_keys=False, width=120, default_flow_style=None
    )
    return text


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise DistrictFaultsError(faults)
