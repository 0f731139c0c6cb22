"""The whole district as one value, and the questions that are asked of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from linli.district.calendars import DEFAULT_CALENDAR, Calendar, zone_named
from linli.district.categories import Category, best_match
from linli.district.departments import Department
from linli.district.grid import Person, Unit
from linli.district.override_index import OverrideIndex
from linli.district.overrides import Override
from linli.district.teams import Team

if TYPE_CHECKING:
    from linli.district.places import Places

FALLBACK_CATEGORY = "general.other"
"""The category of what fits no other; every district has it."""


class District(BaseModel):
    """Units by path, categories, calendars and teams by code, departments by slug, as `load_district` checked them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: Mapping[str, Unit]
    categories: Mapping[str, Category]
    departments: Mapping[str, Department]
    calendars: Mapping[str, Calendar] = {}
    overrides: tuple[Override, ...] = ()
    teams: Mapping[str, Team] = {}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other entries; what is derived from them is derived anew."""
        copy = super().model_copy(update=update, deep=deep)
        for derived in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[derived]
        return copy

    @cached_property
    def tops(self) -> tuple[Unit, ...]:
        """The units that have none above, in the order of the file."""
        return tuple(unit for unit in self.units.values() if unit.parent is None)

    @property
    def top(self) -> Unit:
        """The first top unit, owner of whatever no other unit owns."""
        return self.tops[0]

    def top_of(self, path: str) -> Unit:
        """Return the top unit that a path lies under, the first one for a path that lies under none."""
        return self.units.get(path.partition("/")[0], self.top)

    @cached_property
    def persons(self) -> Mapping[str, Person]:
        """Every responsible person by id."""
        return {person.id: person for unit in self.units.values() for person in unit.persons}

    @cached_property
    def posts(self) -> Mapping[str, Unit]:
        """The unit of every responsible person, by the person's id."""
        return {person.id: unit for unit in self.units.values() for person in unit.persons}

    @cached_property
    def represented(self) -> Mapping[str, Sequence[str]]:
        """The ids of those whom each person stands in for as their deputy."""
        found: dict[str, list[str]] = {}
        for person in self.persons.values():
            if person.deputy is not None:
                found.setdefault(person.deputy, []).append(person.id)
        return found

    def unit(self, path: str) -> Unit:
        """Return the unit at a path.

        Raises:
            KeyError: the grid has no such unit.
        """
        return self.units[path]

    def lack_of(self, path: str) -> Literal["unknown", "closed"] | None:
        """Return why nothing can be given to a path: it is no unit of the grid, or a closed one; None where it can."""
        unit = self.units.get(path)
        if unit is None:
            return "unknown"
        return "closed" if unit.closed else None

    def ancestry(self, path: str) -> tuple[Unit, ...]:
        """Return the unit at a path and all above it, lowest first.

        Raises:
            KeyError: the grid has no such unit.
        """
        known = self._ancestries.get(path)
        if known is None:
            known = self._ancestries[path] = tuple(self._upwards(path))
        return known

    def way_up(self, path: str) -> tuple[Unit, ...]:
        """Return the units that a case of a path is offered to, lowest first.

        After a closed one comes its successor with all above that; without one, its parent.

        Raises:
            KeyError: the grid has no such unit.
        """
        known = self._ways_up.get(path)
        if known is None:
            known = self._ways_up[path] = tuple(self._over_closed(path))
        return known

    def open_ancestry(self, path: str) -> tuple[Unit, ...]:
        """Return the open units on the way up from a path.

        Raises:
            KeyError: the grid has no such unit.
        """
        known = self._open_ancestries.get(path)
        if known is None:
            known = self._open_ancestries[path] = tuple(unit for unit in self.way_up(path) if not unit.closed)
        return known

    def calendar_of(self, path: str) -> Calendar:
        """Return the calendar that a unit works by: its own, the nearest above, or that of the country.

        A path that is not in the grid goes by its top unit.
        """
        units = self.ancestry(path if path in self.units else self.top_of(path).path)
        code = next((unit.calendar for unit in units if unit.calendar), DEFAULT_CALENDAR.code)
        return self.calendars.get(code, DEFAULT_CALENDAR)

    def zone_of(self, path: str) -> tzinfo:
        """Return the zone that a unit's hours are in."""
        known = self._zones.get(path)
        if known is None:
            zone = zone_named(self.calendar_of(path).zone)
            if path not in self.units:
                return zone
            known = self._zones[path] = zone
        return known

    def nearest(self, lat: float, lon: float, within_m: float = 500) -> str | None:
        """Return the path of the unit at a point (WGS 84 degrees), or None when none lies within a bound in metres.

        It is the lowest unit whose outline contains the point, else the nearest one. Beneath it, among units that are
        known by a point alone, the nearest in range is taken.
        """
        return self._places.at(lat, lon, within_m)

    def index_places(self) -> None:
        """Prepare `nearest`, whose first answer would take as long as the grid is large."""
        _ = self._places

    @cached_property
    def overrides_of(self) -> Mapping[str, tuple[Override, ...]]:
        """The overrides of each category: its own, then those of the district that match it, in the files' order."""
        return {
            code: (*category.overrides, *(override for override in self.overrides if override.is_about(code)))
            for code, category in self.categories.items()
        }

    @cached_property
    def override_indexes(self) -> Mapping[str, OverrideIndex]:
        """The same by place."""
        return {code: OverrideIndex(overrides) for code, overrides in self.overrides_of.items()}

    def suggest_category(self, text: str) -> Category:
        """Return the category whose keywords best match a report; the fallback category when none does."""
        return best_match(text, self.categories.values()) or self.categories[FALLBACK_CATEGORY]

    @cached_property
    def _ancestries(self) -> dict[str, tuple[Unit, ...]]:
        return {}

    @cached_property
    def _ways_up(self) -> dict[str, tuple[Unit, ...]]:
        return {}

    @cached_property
    def _open_ancestries(self) -> dict[str, tuple[Unit, ...]]:
        return {}

    @cached_property
    def _zones(self) -> dict[str, tzinfo]:
        return {}

    @cached_property
    def _places(self) -> "Places":
        from linli.district.places import Places  # noqa: PLC0415 - only who places points pays for GEOS

        return Places(self.units.values())

    def _upwards(self, path: str) -> Iterator[Unit]:
        above: str | None = path
        while above is not None:
            unit = self.units[above]
            yield unit
            above = unit.parent

    def _over_closed(self, path: str) -> Iterator[Unit]:
        above: str | None = path
        seen: set[str] = set()
        # A successor may lie beneath the unit that it succeeds.
        while above is not None and above not in seen:
            seen.add(above)
            unit = self.units[above]
            yield unit
            above = (unit.closed and unit.successor) or unit.parent
