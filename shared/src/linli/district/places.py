"""Which unit a point lies in, by the outlines of the grid."""

from collections.abc import Iterable, Sequence
from math import cos, radians
from typing import Any

import shapely

from linli.district.grid import Unit, level_rank

METRES_A_DEGREE = 6_371_000 * radians(1)
"""Of latitude, and of longitude at the equator."""

POLE = 0.001
"""No degree of longitude is taken for shorter than this part of one at the equator."""

CENTIMETRES = 2


def shape_of(unit: Unit) -> Any:  # noqa: ANN401 - shapely has no types
    """Return the ground of a unit in degrees: its outline, its point where it has none, None where it has neither."""
    if unit.outline is not None:
        pieces = [shapely.Polygon(border, holes) for border, *holes in unit.outline.pieces]
        return pieces[0] if len(pieces) == 1 else shapely.MultiPolygon(pieces)
    return unit.location and shapely.Point(unit.location.lon, unit.location.lat)


class Places:
    """The open units that have an outline or a point, in a tree over their ground."""

    def __init__(self, units: Iterable[Unit]) -> None:
        found = [(unit, shape) for unit in units if not unit.closed and (shape := shape_of(unit)) is not None]
        self._units = [unit for unit, _ in found]
        self._tree = shapely.STRtree([shape for _, shape in found])

    def at(self, lat: float, lon: float, within_m: float) -> str | None:
        """Return the path of the unit at a point, or None when none lies within the bound.

        The lowest unit whose outline contains the point, else the nearest one; of units known by a point alone the
        nearest beneath that one. Among equals the lower wins, then the earlier path.
        """
        near = self._near(lat, lon, within_m)
        containing = self._tree.query(shapely.Point(lon, lat), predicate="intersects")
        if len(containing):
            ground = self._first([(0.0, self._units[index]) for index in containing])
        elif near:
            ground = self._first(near)
        else:
            return None
        beneath = [each for each in near if each[1].outline is None and each[1].path.startswith(f"{ground}/")]
        return self._first(beneath) if beneath else ground

    def _near(self, lat: float, lon: float, within_m: float) -> list[tuple[float, Unit]]:
        # An equirectangular projection about the point: exact enough for any bound that makes sense.
        scale = (max(cos(radians(lat)), POLE) * METRES_A_DEGREE, METRES_A_DEGREE)
        east, north = within_m / scale[0], within_m / scale[1]
        box = shapely.box(lon - east, lat - north, lon + east, lat + north)
        indexes = self._tree.query(box)
        shapes = shapely.transform(self._tree.geometries.take(indexes), lambda degrees: (degrees - (lon, lat)) * scale)
        metres = shapely.distance(shapes, shapely.Point(0, 0))
        return [
            (round(float(far), CENTIMETRES), self._units[index])
            for index, far in zip(indexes, metres, strict=True)
            if far <= within_m
        ]

    @staticmethod
    def _first(candidates: Sequence[tuple[float, Unit]]) -> str:
        _, unit = min(candidates, key=lambda each: (each[0], level_rank(each[1].level), each[1].path))
        return unit.path
