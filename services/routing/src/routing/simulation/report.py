"""The figures of a simulated year."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile

from linli.contracts import Level
from routing.domain.rulebook import Rulebook
from routing.simulation.demand import Demand
from routing.simulation.handling import Handled
from routing.simulation.shifts import Shift, shifts_of

HOUR = timedelta(hours=1)

Hours = Mapping[str, float]
"""How many hours each person has or works, by the person's id."""


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """The cases of a level: how many were ``settled`` by the end, how many ``waiting``, how many ``late``.

    ``hours`` is the work of the level's persons, ``load`` its share of the working time that all of them have.
    """

    level: Level
    cases: int
    settled: int
    waiting: int
    late: int
    hours: float
    load: float


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """The cases of a person, and their work as a share of the working time there was: above 1 it was too much."""

    person: str
    unit: str
    cases: int
    late: int
    load: float


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the demand of one seed; a case that is not done at the end is waiting."""

    levels: tuple[LevelFigures, ...]
    persons: tuple[PersonFigures, ...]
    cases: int
    late_share: float
    mean_hours: float


def report(rulebook: Rulebook, demand: Demand, cases: Sequence[Handled]) -> Report:
    """Return the figures of the cases; persons with most to do first."""
    available = _available(rulebook, demand)
    worked: defaultdict[str, float] = defaultdict(float)
    for case in cases:
        worked[case.handler] += case.work / HOUR
    persons = [
        _person(rulebook, person, cases_of, worked[person], available[person])
        for person, cases_of in _by_person(cases).items()
    ]
    hours = sum((case.done_at - case.at) / HOUR for case in cases)
    return Report(
        levels=tuple(_level(rulebook, level, demand, cases, worked, available) for level in Level),
        persons=tuple(sorted(persons, key=lambda each: (-each.load, each.person))),
        cases=len(cases),
        late_share=sum(case.is_late for case in cases) / max(len(cases), 1),
        mean_hours=hours / max(len(cases), 1),
    )


def _by_person(cases: Sequence[Handled]) -> dict[str, list[Handled]]:
    found: dict[str, list[Handled]] = {}
    for case in cases:
        found.setdefault(case.handler, []).append(case)
    return found


def _level(
    rulebook: Rulebook, level: Level, demand: Demand, cases: Sequence[Handled], worked: Hours, available: Hours
) -> LevelFigures:
    own = [case for case in cases if case.level is level]
    settled = sum(case.done_at <= demand.ends for case in own)
    late = sum(case.is_late for case in own)
    persons = [person for person, unit in rulebook.district.posts.items() if unit.level is level]
    hours = sum(worked[person] for person in persons if person in worked)
    load = _share(hours, sum(available[person] for person in persons))
    return LevelFigures(level, len(own), settled, len(own) - settled, late, hours, load)


def _person(
    rulebook: Rulebook, person: str, cases: Sequence[Handled], worked: float, available: float
) -> PersonFigures:
    unit = rulebook.district.posts[person].path
    late = sum(case.is_late for case in cases)
    return PersonFigures(person, unit, len(cases), late, _share(worked, available))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _available(rulebook: Rulebook, demand: Demand) -> dict[str, float]:
    """Return how many hours everybody works between the beginning and the end."""
    # Few duties and calendars serve many persons.
    known: dict[object, float] = {}
    found = {}
    for person, unit in rulebook.district.posts.items():
        same = (rulebook.district.persons[person].duty, rulebook.calendar_of(unit.path))
        if same not in known:
            known[same] = _hours(shifts_of(rulebook, person, demand.begins), demand)
        found[person] = known[same]
    return found


def _hours(shifts: Iterable[Shift], demand: Demand) -> float:
    total = timedelta()
    for begins, ends in takewhile(lambda shift: shift[0] < demand.ends, shifts):
        total += max(min(ends, demand.ends) - max(begins, demand.begins), timedelta())
    return total / HOUR
