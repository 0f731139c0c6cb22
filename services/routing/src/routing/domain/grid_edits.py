"""Changes of the grid. Each returns what becomes of which unit, and changes nothing itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from linli.district import DistrictFaultsError, Unit
from linli.district.errors import Fault
from linli.district.files import fields_of
from routing.domain.faults import GRID, fault, faults_of

Units = Mapping[str, Unit]
"""The open units by path."""


class UnknownUnitError(Exception):
    """The grid has no such unit, or has it no longer."""

    def __init__(self, path: str) -> None:
        super().__init__(f"no unit {path}")
        self.path = path


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChange:
    """What becomes of one unit: ``after`` is None where it closes, and ``successor`` has its cases then.

    ``former`` is where it lay before it moved.
    """

    path: str
    before: Unit | None = None
    after: Unit | None = None
    successor: str | None = None
    former: str | None = None


def edited(units: Units, path: str, fields: Mapping[str, Any]) -> tuple[UnitChange, ...]:
    """Replace some fields of a unit; the path is changed by moving it.

    Raises:
        UnknownUnitError: there is no such unit.
        DistrictFaultsError: a field is unknown or wrong.
    """
    before = unit_at(units, path)
    if fields.get("path", path) != path:
        raise fault(GRID, path, "path: a unit gets another path by being moved")
    if fields.keys() & {"closed", "successor"}:
        raise fault(GRID, path, "closed: a unit is closed by closing it")
    after = _built(path, {**fields_of(before), **fields})
    return () if after == before else (UnitChange(path=path, before=before, after=after),)


def closed(units: Units, path: str, successor: str | None) -> tuple[UnitChange, ...]:
    """Close a unit; ``successor`` has its cases from then on, without one the unit above it.

    Raises:
        UnknownUnitError: there is no such unit.
        DistrictFaultsError: units lie beneath it, or nobody else can have its cases.
    """
    before = unit_at(units, path)
    heir = successor or before.parent
    if beneath := [other for other in units if other.startswith(f"{path}/")]:
        raise fault(GRID, path, f"units lie beneath it: {', '.join(beneath[:5])}")
    if heir is None or heir == path or heir not in units:
        raise fault(GRID, path, f"successor: {heir or 'none'} is no other open unit")
    return (UnitChange(path=path, before=before, successor=heir),)


def moved(units: Units, path: str, parent: str) -> tuple[UnitChange, ...]:
    """Put a unit with all beneath it under another parent; each old path leads to the new one.

    Raises:
        UnknownUnitError: there is no such unit.
        DistrictFaultsError: the parent is unknown or beneath it, or has a unit of that name.
    """
    code = unit_at(units, path).code
    root = f"{parent}/{code}"
    if parent not in units:
        raise fault(GRID, path, f"parent: {parent} is no open unit")
    if parent == path or parent.startswith(f"{path}/"):
        raise fault(GRID, path, f"parent: {parent} lies beneath it")
    if root == path:
        return ()
    if root in units:
        raise fault(GRID, path, f"parent: {parent} has a unit {code} already")
    here = [unit for other, unit in units.items() if other == path or other.startswith(f"{path}/")]
    return tuple(change for unit in here for change in _carried(unit, root + unit.path.removeprefix(path)))


def replaced(units: Units, wanted: Units) -> tuple[UnitChange, ...]:
    """Make the grid ``wanted``.

    A unit that it lacks is closed, and the nearest one above that remains has its cases; one that it has as closed is
    closed in favour of the successor that it names, also where it was closed already.

    Raises:
        DistrictFaultsError: no open unit is wanted.
    """
    remaining = {path: unit for path, unit in wanted.items() if not unit.closed}
    if not remaining:
        raise fault(GRID, "units", "there is none")
    new = (UnitChange(path=path, before=units.get(path), after=unit) for path, unit in remaining.items())
    gone = [unit for path, unit in {**wanted, **units}.items() if path not in remaining]
    heirs = {unit.path: wanted[unit.path].successor if unit.path in wanted else None for unit in gone}
    return (
        *(change for change in new if change.before != change.after),
        *(
            UnitChange(path=unit.path, before=unit, successor=heirs[unit.path] or _remaining(unit, remaining))
            for unit in gone
        ),
    )


def applied(units: Units, changes: Sequence[UnitChange]) -> dict[str, Unit]:
    """Return the grid after changes; new units come last."""
    after = dict(units)
    for change in changes:
        if change.after is None:
            after.pop(change.path, None)
        else:
            after[change.path] = change.after
    return after


def succeeded(successors: Mapping[str, str], changes: Sequence[UnitChange]) -> dict[str, str]:
    """Return who has the cases of which closed unit after changes; one that opens again has no successor."""
    after = {**successors, **{change.path: change.successor for change in changes}}
    return {path: successor for path, successor in after.items() if successor is not None}


def require_heirs(units: Units, successors: Mapping[str, str]) -> None:
    """Refuse a grid in which nobody would have the cases of some closed unit.

    Raises:
        DistrictFaultsError: the successors of some lead to no open unit.
    """
    lost = [path for path in successors if end_of(successors, path) not in units]
    if lost:
        raise DistrictFaultsError([Fault(GRID, path, "its successors lead to no open unit") for path in lost])


def end_of(successors: Mapping[str, str], path: str) -> str | None:
    """Return where successors lead from a path; None where they run in a circle."""
    passed: set[str] = set()
    while path in successors and path not in passed:
        passed.add(path)
        path = successors[path]
    return None if path in passed else path


def unit_at(units: Units, path: str) -> Unit:
    """Return an open unit.

    Raises:
        UnknownUnitError: there is no such unit.
    """
    if path not in units:
        raise UnknownUnitError(path)
    return units[path]


def _carried(unit: Unit, path: str) -> Iterator[UnitChange]:
    yield UnitChange(path=unit.path, before=unit, successor=path)
    carried = _built(path, {**fields_of(unit), "path": path})
    yield UnitChange(path=path, after=carried, former=unit.path)


def _built(path: str, content: Mapping[str, Any]) -> Unit:
    try:
        return Unit.model_validate(content)
    except ValidationError as error:
        raise DistrictFaultsError(faults_of(GRID, path, error)) from None


def _remaining(unit: Unit, wanted: Units) -> str:
    above = unit.parent
    while above is not None and above not in wanted:
        above = above.rpartition("/")[0] or None
    return above or next((path for path, one in wanted.items() if one.parent is None), next(iter(wanted)))
