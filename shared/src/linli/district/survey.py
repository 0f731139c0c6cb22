"""What is odd about the outlines of a grid without being wrong: somebody should look at the map."""

from collections.abc import Iterator, Mapping
from math import cos, radians
from typing import Any

import shapely

from linli.district.errors import Fault
from linli.district.grid import Unit
from linli.district.places import METRES_A_DEGREE, shape_of
from linli.district.reading import GRID

ROUNDING_M2 = 1.0
"""A smaller area is a matter of how the coordinates were rounded."""


def survey(units: Mapping[str, Unit]) -> tuple[Fault, ...]:
    """Return outlines that cross themselves, overlap a sibling's, or leave the ground of the unit above."""
    shapes = {path: shape_of(unit) for path, unit in units.items() if unit.outline is not None and not unit.closed}
    crossing = [path for path, shape in shapes.items() if not shapely.is_valid(shape)]
    # An area can be taken of what does not cross itself only.
    sound = {path: shape for path, shape in shapes.items() if path not in set(crossing)}
    return (
        *(Fault(GRID, path, f"its outline is not sound: {shapely.is_valid_reason(shapes[path])}") for path in crossing),
        *_overlaps(units, sound),
        *_outside(units, sound),
    )


def _overlaps(units: Mapping[str, Unit], shapes: Mapping[str, Any]) -> Iterator[Fault]:
    paths, grounds = list(shapes), list(shapes.values())
    # Each pair is found twice, and each outline meets itself.
    found = shapely.STRtree(grounds).query(grounds, predicate="intersects").T.tolist() if grounds else []
    siblings = sorted(
        (one, other) for one, other in found if one < other and units[paths[one]].parent == units[paths[other]].parent
    )
    for one, other in siblings:
        area = _square_metres(shapely.intersection(grounds[one], grounds[other]))
        if area >= ROUNDING_M2:
            yield Fault(GRID, paths[other], f"its outline overlaps that of {paths[one]} by {area:.0f} m²")


def _outside(units: Mapping[str, Unit], shapes: Mapping[str, Any]) -> Iterator[Fault]:
    for path, shape in shapes.items():
        parent = units[path].parent
        around = shapes.get(parent) if parent else None
        if around is None or shapely.covers(around, shape):
            continue
        area = _square_metres(shapely.difference(shape, around))
        if area >= ROUNDING_M2:
            yield Fault(GRID, path, f"its outline leaves that of {parent} by {area:.0f} m²")


def _square_metres(shape: Any) -> float:  # noqa: ANN401 - shapely has no types
    if shape.is_empty:
        return 0.0
    return float(shape.area) * METRES_A_DEGREE**2 * cos(radians(shape.centroid.y))
