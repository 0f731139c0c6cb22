"""The whole district as one value, and the questions that are asked of it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from math import asin, cos, radians, sin, sqrt

from pydantic import BaseModel, ConfigDict

from linli.contracts import Level, Location
from linli.district.categories import Category, best_match
from linli.district.departments import Department
from linli.district.grid import Person, Unit

FALLBACK_CATEGORY = "general.other"
"""The category of what fits no other; every district has it."""

EARTH_RADIUS_M = 6_371_000


class District(BaseModel):
    """Units by path, categories by code and departments by slug, as `load_district` checked them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    units: Mapping[str, Unit]
    categories: Mapping[str, Category]
    departments: Mapping[str, Department]

    @cached_property
    def top(self) -> Unit:
        """The unit above all others, owner of whatever no other unit owns."""
        return next(unit for unit in self.units.values() if unit.parent is None)

    @cached_property
    def persons(self) -> Mapping[str, Person]:
        """Every responsible person by id."""
        return {person.id: person for unit in self.units.values() for person in unit.persons}

    def unit(self, path: str) -> Unit:
        """Return the unit at a path.

        Raises:
            KeyError: the grid has no such unit.
        """
        return self.units[path]

    def ancestry(self, path: str) -> tuple[Unit, ...]:
        """Return the unit at a path and all above it, lowest first.

        Raises:
            KeyError: the grid has no such unit.
        """
        return tuple(self._upwards(path))

    def nearest(self, lat: float, lon: float, within_m: float = 500) -> str | None:
        """Return the path of the building or compound at a point (WGS 84 degrees), or None.

        The nearest located unit decides whose ground it is; within that, the nearest building is taken where one
        lies in range too. ``within_m`` is in metres.
        """
        point = Location(lat=lat, lon=lon)
        distances = {unit.path: _metres(point, place) for unit, place in self._places()}
        in_range = {path: metres for path, metres in distances.items() if metres <= within_m}
        nearest = min(in_range, key=lambda path: (in_range[path], path), default=None)
        if nearest is None:
            return None
        beneath = [path for path in in_range if path.startswith(f"{nearest}/")]
        return min(beneath, key=lambda path: (in_range[path], path), default=nearest)

    def suggest_category(self, text: str) -> Category:
        """Return the category whose keywords best match a report; the fallback category when none does."""
        return best_match(text, self.categories.values()) or self.categories[FALLBACK_CATEGORY]

    def _upwards(self, path: str) -> Iterator[Unit]:
        above: str | None = path
        while above is not None:
            unit = self.units[above]
            yield unit
            above = unit.parent

    def _places(self) -> Iterator[tuple[Unit, Location]]:
        for unit in self.units.values():
            if unit.location is not None and unit.level in (Level.BUILDING, Level.COMPOUND):
                yield unit, unit.location


def _metres(one: Location, other: Location) -> float:
    """Return the great-circle distance (haversine)."""
    lat_1, lat_2 = radians(one.lat), radians(other.lat)
    half_lat, half_lon = (lat_2 - lat_1) / 2, radians(other.lon - one.lon) / 2
    chord = sin(half_lat) ** 2 + cos(lat_1) * cos(lat_2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(chord))
