"""What keeps a change of the district from being made."""

from pydantic import ValidationError

from linli.district import DistrictFaultsError
from linli.district.errors import Fault

GRID = "grid.yaml"


def fault(file: str, entry: str, what: str) -> DistrictFaultsError:
    """Return the error of a single fault."""
    return DistrictFaultsError([Fault(file, entry, what)])


def faults_of(file: str, entry: str, error: ValidationError) -> list[Fault]:
    """Return what a model refuses of an entry, a fault for each field; what was sent is not repeated."""
    return [
        Fault(file, entry, f"{'.'.join(map(str, one['loc'])) or 'entry'}: {one['msg']}")
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    ]
