"""Reading the entries of one file of a district."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from linli.district.errors import Fault

GRID: Final = "grid.yaml"
CATEGORIES: Final = "categories.yaml"
DEPARTMENTS: Final = "departments.yaml"
CALENDARS: Final = "calendars.yaml"
OVERRIDES: Final = "overrides.yaml"
TEAMS: Final = "teams.yaml"

# The one in C reads a city's grid in seconds; the other is for where PyYAML was built without it.
SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(SafeLoader):  # type: ignore[misc]
    """Refuses a key that comes twice in a mapping, where YAML takes the last one without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's own
        keys = Counter(key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode))
        if twice := [key for key, count in keys.items() if count > 1]:
            raise yaml.constructor.ConstructorError(problem=f"duplicate key {twice[0]}", problem_mark=node.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


LONGEST_LABEL = 120
"""Of what stands for an entry's name, a fault repeats no more."""

Entry = TypeVar("Entry", bound=BaseModel)


def read_section(
    content: str | bytes, file: str, section: str, faults: list[Fault], default: list[Any] | None = None
) -> list[Any]:
    """Return the list under a key of a YAML file, the default where it has none; faults are added to ``faults``."""
    try:
        text = content if isinstance(content, str) else content.decode()
        parsed = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe one
    except UnicodeDecodeError as error:
        faults.append(Fault(file, "file", f"cannot be read ({type(error).__name__})"))
        return []
    # A date that is none and a depth without end are no errors of YAML's own.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        faults.append(Fault(file, "file", f"not YAML: {' '.join(str(error).split())}"))
        return []
    entries = parsed.get(section, default) if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        faults.append(Fault(file, section, "the list is missing"))
        return []
    return entries


def read_entries(
    entries: list[Any], file: str, key: str, model: type[Entry], faults: list[Fault]
) -> Mapping[str, Entry]:
    """Return the entries of a list by their key; what is wrong with any is added to ``faults``."""
    known: dict[str, Entry] = {}
    for position, raw in enumerate(entries, start=1):
        named = raw.get(key) if isinstance(raw, dict) else None
        label = named[:LONGEST_LABEL] if isinstance(named, str) else f"entry {position}"
        try:
            entry = model.model_validate(raw)
        except ValidationError as error:
            faults.extend(Fault(file, label, _said(one)) for one in error.errors())
            continue
        name = getattr(entry, key)
        if name in known:
            faults.append(Fault(file, name, f"duplicate {key}"))
        known.setdefault(name, entry)
    return known


def _said(error: Mapping[str, Any]) -> str:
    return f"{'.'.join(map(str, error['loc'])) or 'entry'}: {error['msg']}"
