"""The grid as people send it, YAML or GeoJSON: bounded, each unit small enough for an event."""

from collections.abc import Mapping

from linli.district import DistrictFaultsError, Unit
from linli.district import read_grid as read_units
from linli.district.errors import Fault
from linli.district.files import GridFormat
from routing.documents import refuse_bombs
from routing.domain.faults import GRID, fault

MOST_UNIT_BYTES = 200_000
"""A larger unit would not fit into an event."""


def read_grid(body: bytes, written: GridFormat) -> Mapping[str, Unit]:
    """Return the units of a grid, in their order.

    Raises:
        DistrictFaultsError: all that is wrong with its entries.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise fault(GRID, "file", "not UTF-8") from None
    if written is GridFormat.YAML:
        refuse_bombs(text, GRID)
    units = read_units(text, written)
    faults = [
        Fault(GRID, path, f"longer than {MOST_UNIT_BYTES} bytes")
        for path, unit in units.items()
        if len(unit.model_dump_json()) > MOST_UNIT_BYTES
    ]
    if faults:
        raise DistrictFaultsError(faults)
    return units
