"""Reading a district from the files of its folder."""

import functools
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from linli.district.calendars import DEFAULT_CALENDAR, Calendar
from linli.district.categories import Category
from linli.district.checks import faults_of
from linli.district.departments import Department
from linli.district.district import District
from linli.district.errors import DistrictFaultsError, Fault
from linli.district.grid import Unit
from linli.district.overrides import Override
from linli.district.reading import (
    CALENDARS,
    CATEGORIES,
    DEPARTMENTS,
    GRID,
    OVERRIDES,
    TEAMS,
    Entry,
    read_entries,
    read_section,
)
from linli.district.teams import Team

EXAMPLE = Path(__file__).parent / "example"
"""The district that ships with the package."""


def load_district(folder: Path | None = None, *, today: date | None = None) -> District:
    """Return the district in ``grid.yaml``, ``categories.yaml`` and ``departments.yaml`` of a folder.

    Without a folder it is the example that ships with the package. A folder may have a
    ``calendars.yaml``, an ``overrides.yaml`` and a ``teams.yaml``. With ``today`` overrides that have had their time
    are faults too.

    Raises:
        DistrictFaultsError: files are missing or unreadable, or entries contradict themselves or others: all of them.
    """
    return _load(folder, today) if folder or today else _example()


@functools.cache
def _example() -> District:
    """Services of one process share it."""
    return _load(None, None)


def _load(folder: Path | None, today: date | None) -> District:
    folder = folder or EXAMPLE
    faults: list[Fault] = []
    district = District(
        units=_read(folder / GRID, "units", "path", Unit, faults),
        categories=_read(folder / CATEGORIES, "categories", "code", Category, faults),
        departments=_read(folder / DEPARTMENTS, "departments", "slug", Department, faults),
        calendars={DEFAULT_CALENDAR.code: DEFAULT_CALENDAR, **_own(folder / CALENDARS, "calendars", Calendar, faults)},
        overrides=tuple(_own(folder / OVERRIDES, "overrides", Override, faults).values()),
        teams=_own(folder / TEAMS, "teams", Team, faults),
    )
    if not any(fault.file == GRID for fault in faults):
        faults += [Fault(TEAMS, one.code, f"no unit {one.area}") for one in _astray(district)]
    faults += faults_of(district, unread={fault.file for fault in faults}, today=today)
    if faults:
        raise DistrictFaultsError(faults)
    return district


def _astray(district: District) -> Iterator[Team]:
    """Return the teams of no unit. Later the grid may change: teams are what a district begins with."""
    return (team for team in district.teams.values() if team.area not in district.units)


def _own(path: Path, section: str, model: type[Entry], faults: list[Fault]) -> Mapping[str, Entry]:
    return _read(path, section, "code", model, faults) if path.exists() else {}


def _read(path: Path, section: str, key: str, model: type[Entry], faults: list[Fault]) -> Mapping[str, Entry]:
    try:
        content = path.read_bytes()
    except OSError as error:
        faults.append(Fault(path.name, "file", f"cannot be read ({type(error).__name__})"))
        return {}
    return read_entries(read_section(content, path.name, section, faults), path.name, key, model, faults)
