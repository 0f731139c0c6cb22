"""What must hold across the entries of a district's files."""

from collections.abc import Collection, Iterator

from linli.district.catalogue_checks import catalogue_faults, department_faults
from linli.district.district import District
from linli.district.errors import DistrictFaultsError, Fault
from linli.district.grid_checks import grid_faults
from linli.district.override_checks import override_faults


def check_district(district: District) -> None:
    """Check that the entries fit each other.

    Raises:
        DistrictFaultsError: all faults that were found.
    """
    if faults := tuple(faults_of(district)):
        raise DistrictFaultsError(faults)


def faults_of(district: District, unread: Collection[str] = ()) -> Iterator[Fault]:
    """Return all faults; ``unread`` names the files of which entries are missing, so that nobody is held to those."""
    yield from grid_faults(district, unread)
    yield from catalogue_faults(district, unread)
    yield from override_faults(district, unread)
    yield from department_faults(district, unread)
