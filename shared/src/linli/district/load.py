"""Reading a district from the three files of its folder."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from linli.district.categories import Category
from linli.district.checks import check_district
from linli.district.departments import Department
from linli.district.district import District
from linli.district.errors import DistrictError
from linli.district.grid import Unit

EXAMPLE = Path(__file__).parent / "example"
"""The district that ships with the package."""

Entry = TypeVar("Entry", bound=BaseModel)


def load_district(folder: Path | None = None) -> District:
    """Return the district in ``grid.yaml``, ``categories.yaml`` and ``departments.yaml`` of a folder.

    Without a folder it is the example that ships with the package.

    Raises:
        DistrictError: a file is missing or unreadable, or an entry contradicts itself or another.
    """
    folder = folder or EXAMPLE
    district = District(
        units=_read(folder / "grid.yaml", "units", "path", Unit),
        categories=_read(folder / "categories.yaml", "categories", "code", Category),
        departments=_read(folder / "departments.yaml", "departments", "slug", Department),
    )
    check_district(district)
    return district


def _read(path: Path, section: str, key: str, model: type[Entry]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for position, raw in enumerate(_section(path, section), start=1):
        label = str(raw.get(key, f"entry {position}")) if isinstance(raw, dict) else f"entry {position}"
        entry = _parse(path.name, label, raw, model)
        name = getattr(entry, key)
        if name in entries:
            raise DistrictError(path.name, name, f"duplicate {key}")
        entries[name] = entry
    return entries


def _section(path: Path, section: str) -> list[Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DistrictError(path.name, "file", f"cannot be read ({type(error).__name__})") from error
    except yaml.YAMLError as error:
        raise DistrictError(path.name, "file", f"not YAML: {' '.join(str(error).split())}") from error
    entries = content.get(section) if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise DistrictError(path.name, section, "the list is missing")
    return entries


def _parse(file: str, label: str, raw: object, model: type[Entry]) -> Entry:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, one['loc'])) or 'entry'}: {one['msg']}" for one in error.errors())
        raise DistrictError(file, label, "; ".join(faults)) from None
