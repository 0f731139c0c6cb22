"""What must hold across the units of a grid."""

from collections.abc import Callable, Collection, Iterator

from linli.contracts import Level
from linli.district.calendars import DEFAULT_CALENDAR
from linli.district.district import District
from linli.district.errors import Fault
from linli.district.grid import Person, Unit, level_rank
from linli.district.reading import CALENDARS, GRID


def grid_faults(district: District, unread: Collection[str] = ()) -> Iterator[Fault]:
    """Return what is wrong with the units and their persons."""
    whole = GRID not in unread
    if whole and not district.tops:
        yield Fault(GRID, "units", "no top unit")
    sound = whole
    for unit in district.units.values():
        broken = [*_parent_faults(district, unit, whole=whole), *_successor_faults(district, unit, whole=whole)]
        sound = sound and not broken
        said = (*broken, *_own_faults(unit), *_calendar_faults(district, unit, unread))
        yield from (Fault(GRID, unit.path, fault) for fault in said)
    # Only where all ways up are whole can be told who answers at their ends.
    if sound:
        yield from (
            Fault(GRID, unit.path, fault) for unit in district.units.values() for fault in _lost(district, unit)
        )
    yield from _person_faults(district, whole=whole)


def _parent_faults(district: District, unit: Unit, *, whole: bool) -> Iterator[str]:
    if unit.parent is None:
        return
    parent = district.units.get(unit.parent)
    if parent is None:
        if whole:
            yield f"unknown parent {unit.parent}"
    elif parent.closed and not unit.closed:
        yield f"closed parent {unit.parent}"
    elif level_rank(unit.level) >= level_rank(parent.level):
        yield f"level {unit.level} is not below its parent's level {parent.level}"


def _successor_faults(district: District, unit: Unit, *, whole: bool) -> Iterator[str]:
    if unit.successor is None:
        return
    if not unit.closed:
        yield "it has a successor and is not closed"
    if unit.successor not in district.units:
        if whole:
            yield f"unknown successor {unit.successor}"
    elif _turns_in_a_circle(unit.path, lambda path: _successor(district, path)):
        yield "its successors run in a circle"


def _successor(district: District, path: str) -> str | None:
    unit = district.units.get(path)
    return unit.successor if unit else None


def _turns_in_a_circle(first: str, following: Callable[[str], str | None]) -> bool:
    """Tell whether a chain comes back to its first link."""
    seen: set[str] = set()
    link = following(first)
    while link is not None and link not in seen:
        if link == first:
            return True
        seen.add(link)
        link = following(link)
    return False


def _own_faults(unit: Unit) -> Iterator[str]:
    if unit.location is None and unit.outline is None and unit.level in (Level.BUILDING, Level.COMPOUND):
        yield f"a {unit.level} needs a location or an outline"


def _calendar_faults(district: District, unit: Unit, unread: Collection[str]) -> Iterator[str]:
    known = unit.calendar in (None, DEFAULT_CALENDAR.code, *district.calendars)
    if not known and CALENDARS not in unread:
        yield f"unknown calendar {unit.calendar}"


def _lost(district: District, unit: Unit) -> Iterator[str]:
    way = district.way_up(unit.path)
    if unit.closed and way[-1].closed:
        yield "it is closed, and no open unit answers for it"
    elif not any(each.persons for each in way if not each.closed):
        yield "nobody is responsible for it or for a unit above it"


def _person_faults(district: District, *, whole: bool) -> Iterator[Fault]:
    seen: set[str] = set()
    for unit in district.units.values():
        for person in unit.persons:
            if person.id in seen:
                yield Fault(GRID, unit.path, f"duplicate person id {person.id}")
            seen.add(person.id)
            faults = () if unit.closed else _duty_faults(district, person, whole=whole)
            yield from (Fault(GRID, unit.path, fault) for fault in faults)


def _duty_faults(district: District, person: Person, *, whole: bool) -> Iterator[str]:
    for period in person.duty:
        if period.is_empty:
            yield f"a duty of {person.id} never comes"
    if person.deputy is None:
        return
    post = district.posts.get(person.deputy)
    if post is None:
        if whole:
            yield f"unknown deputy {person.deputy} of {person.id}"
    elif post.closed:
        yield f"the deputy {person.deputy} of {person.id} is a person of a closed unit"
    elif _turns_in_a_circle(person.id, lambda one: _deputy(district, one)):
        yield f"the deputies of {person.id} run in a circle"


def _deputy(district: District, person_id: str) -> str | None:
    person = district.persons.get(person_id)
    return person.deputy if person else None
