"""What must hold across the entries of a district's files."""

from collections.abc import Collection, Iterator
from datetime import date

from linli.district.catalogue_checks import catalogue_faults, department_faults
from linli.district.district import District
from linli.district.errors import DistrictFaultsError, Fault
from linli.district.grid_checks import grid_faults
from linli.district.override_checks import override_faults


def check_district(district: District, today: date | None = None) -> None:
    """Check that the entries fit each other; with ``today`` also that no override has had its time.

    Do so where overrides are written: what held when they were must not stop holding by itself.

    Raises:
        DistrictFaultsError: all faults that were found.
    """
    if faults := tuple(faults_of(district, today=today)):
        raise DistrictFaultsError(faults)


def faults_of(district: District, unread: Collection[str] = (), today: date | None = None) -> Iterator[Fault]:
    """Return all faults; ``unread`` names the files of which entries are missing, so that nobody is held to those."""
    yield from grid_faults(district, unread)
    yield from catalogue_faults(district, unread)
    yield from override_faults(district, unread, today)
    yield from department_faults(district, unread)
