"""The figures of a simulated year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from linli.contracts import Level
from routing.domain.deadline import WorkingCalendar
from routing.domain.rulebook import Rulebook
from routing.simulation.demand import Demand
from routing.simulation.handling import Handled, day_of_work


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """The cases of a level: how many were ``settled`` by the end, how many ``waiting``, how many ``late``."""

    level: Level
    cases: int
    settled: int
    waiting: int
    late: int


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
    persons = [_person(rulebook, demand, person, cases_of) for person, cases_of in _by_person(cases).items()]
    hours = sum((case.done_at - case.at) / timedelta(hours=1) for case in cases)
    return Report(
        levels=tuple(_level(level, demand, cases) for level in Level),
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


def _level(level: Level, demand: Demand, cases: Sequence[Handled]) -> LevelFigures:
    own = [case for case in cases if case.level is level]
    settled = sum(case.done_at <= demand.ends for case in own)
    return LevelFigures(level, len(own), settled, len(own) - settled, sum(case.is_late for case in own))


def _person(rulebook: Rulebook, demand: Demand, person: str, cases: Sequence[Handled]) -> PersonFigures:
    unit = rulebook.district.posts[person].path
    available = _available(demand, rulebook.calendar_of(unit))
    worked = sum((case.work for case in cases), timedelta())
    late = sum(case.is_late for case in cases)
    return PersonFigures(person, unit, len(cases), late, worked / available if available else 0.0)


def _available(demand: Demand, calendar: WorkingCalendar) -> timedelta:
    first = demand.begins.astimezone(calendar.zone).date()
    days = sum(calendar.is_working_day(first + timedelta(days=ahead)) for ahead in range(demand.days))
    return days * day_of_work(calendar)
