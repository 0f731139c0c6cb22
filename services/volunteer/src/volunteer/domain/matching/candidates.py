"""Who may take which slot: the pairs that every rule allows, and how many each rule took away."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from volunteer.domain.matching.eligibility import METRES_A_DEGREE, OF_AGE, middle
from volunteer.domain.matching.marks import Marks
from volunteer.domain.matching.reasons import ReasonCode
from volunteer.domain.matching.spans import Flags, Numbers, Spans, seconds
from volunteer.domain.matching.words import Person, Place, Slot

CHUNK = 1000
"""So many people are looked at together: what that takes in memory has a bound whatever their radius."""

Reals = NDArray[np.float64]

_YEAR = 10_000
_ADULT = OF_AGE * _YEAR


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of positions in the lists of people and slots, with the distance in metres.

    ``lost_by_slot`` and ``lost_by_person`` say for each rule how many pairs it was the first to forbid.
    """

    person: Numbers
    slot: Numbers
    metres: Numbers
    lost_by_slot: Mapping[ReasonCode, Numbers]
    lost_by_person: Mapping[ReasonCode, Numbers]


def find_candidates(people: Sequence[Person], slots: Sequence[Slot]) -> Candidates:
    """Return all pairs that no rule forbids, by person and then by slot."""
    sieve = _Sieve(people, slots)
    found = [sieve.sift(some) for some in sieve.by_radius()] if slots else []
    columns = [np.concatenate(column) for column in zip(*found, strict=True)] if found else [_NOTHING] * 3
    order = np.lexsort((columns[1], columns[0]))
    person, slot, far = (column[order] for column in columns)
    return Candidates(person, slot, far, sieve.lost_by_slot, sieve.lost_by_person)


_NOTHING = np.zeros(0, dtype=np.int64)
_Rule = Callable[[Numbers, Numbers], Flags]


class _Sieve:
    """The rules, made ready for many pairs at once."""

    def __init__(self, people: Sequence[Person], slots: Sequence[Slot]) -> None:
        about = middle(slots)
        self._homes = _metres([person.place for person in people], about)
        self._sites = _metres([slot.place for slot in slots], about)
        self._radius = np.array([float(person.radius_m) for person in people])
        self._consented = np.array([person.consented for person in people], dtype=np.bool_)
        self._tree = cKDTree(self._sites)
        self._slots = len(slots)
        self._rules = dict(_rules(people, slots))
        codes = (ReasonCode.NO_CONSENT, ReasonCode.OUT_OF_REACH, *self._rules)
        self.lost_by_slot = {code: np.zeros(len(slots), dtype=np.int64) for code in codes}
        self.lost_by_person = {code: np.zeros(len(people), dtype=np.int64) for code in codes}
        silent = ~self._consented
        self.lost_by_slot[ReasonCode.NO_CONSENT] += np.count_nonzero(silent)
        self.lost_by_person[ReasonCode.NO_CONSENT][silent] = len(slots)

    def sift(self, some: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return the pairs of the people at some positions: person, slot, metres."""
        person, slot, far = self._within_reach(some)
        for code, allows in self._rules.items():
            kept = allows(person, slot)
            self._lose(code, person[~kept], slot[~kept])
            person, slot, far = person[kept], slot[kept], far[kept]
        return person, slot, np.rint(far).astype(np.int64)

    def by_radius(self) -> list[Numbers]:
        """Return the positions of those who consent in parts of which each has much the same radius."""
        order = np.argsort(self._radius, kind="stable")
        order = order[self._consented[order]]
        return [order[first : first + CHUNK] for first in range(0, len(order), CHUNK)]

    def _within_reach(self, some: Numbers) -> tuple[Numbers, Numbers, Reals]:
        radius = self._radius[some]
        near = cKDTree(self._homes[some]).sparse_distance_matrix(self._tree, radius.max(), output_type="ndarray")
        near = near[near["v"] <= radius[near["i"]]]
        person, slot = some[near["i"]], near["j"].astype(np.int64)
        self._lose_far(some, person, slot)
        return person, slot, near["v"]

    def _lose_far(self, some: Numbers, person: Numbers, slot: Numbers) -> None:
        reached = np.bincount(person, minlength=len(self._radius))
        self.lost_by_person[ReasonCode.OUT_OF_REACH][some] = self._slots - reached[some]
        self.lost_by_slot[ReasonCode.OUT_OF_REACH] += len(some) - np.bincount(slot, minlength=self._slots)

    def _lose(self, code: ReasonCode, person: Numbers, slot: Numbers) -> None:
        self.lost_by_slot[code] += np.bincount(slot, minlength=self._slots)
        self.lost_by_person[code] += np.bincount(person, minlength=len(self._radius))


def _metres(places: Sequence[Place], about: Place) -> Reals:
    """Return places as metres east and north of a point, one row each: the projection of `metres_between`."""
    degrees = np.array([(place.lon, place.lat) for place in places], dtype=np.float64).reshape(-1, 2)
    scale = (METRES_A_DEGREE * np.cos(np.radians(about.lat)), METRES_A_DEGREE)
    moved: Reals = (degrees - (about.lon, about.lat)) * scale
    return moved


def _rules(people: Sequence[Person], slots: Sequence[Slot]) -> Iterator[tuple[ReasonCode, _Rule]]:
    """Yield the rules beyond consent and reach, in the order of `obstacles`."""
    days = [slot.span.ends.date() for slot in slots]
    today = np.array([day.year * _YEAR + day.month * 100 + day.day for day in days], dtype=np.int64)
    born = np.array([_as_number(person) for person in people], dtype=np.int64)
    least = np.array([slot.minimum_age * _YEAR for slot in slots], dtype=np.int64)
    guarded = np.array([person.guardian for person in people], dtype=np.bool_)
    # Of two dates as yyyymmdd the difference in whole years is that of the numbers, cut at ten thousands.
    yield ReasonCode.UNDER_AGE, lambda p, s: (today[s] - born[p]) // _YEAR * _YEAR >= least[s]
    yield ReasonCode.NO_GUARDIAN, lambda p, s: guarded[p] | (today[s] - born[p] >= _ADULT)

    skills = Marks([person.skills for person in people], [slot.skills for slot in slots])
    yield ReasonCode.SKILL_MISSING, skills.having_all
    wanted = [slot.qualifications for slot in slots]
    papers = Marks([person.qualifications for person in people], wanted)
    yield ReasonCode.QUALIFICATION_MISSING, papers.having_all
    yield ReasonCode.QUALIFICATION_EXPIRED, _unexpired(people, slots)
    languages = Marks([person.languages for person in people], [slot.languages for slot in slots])
    yield ReasonCode.LANGUAGE_MISSING, languages.having_all
    teams = Marks([person.teams for person in people], [[slot.team] if slot.team else () for slot in slots])
    yield ReasonCode.NOT_IN_TEAM, teams.having_all

    begins = seconds([slot.span.begins for slot in slots])
    ends = seconds([slot.span.ends for slot in slots])
    free, busy = Spans([person.free for person in people]), Spans([person.busy for person in people])
    yield ReasonCode.NOT_FREE, lambda p, s: free.containing(p, begins[s], ends[s])
    yield ReasonCode.OVERLAPS_ACCEPTED, lambda p, s: ~busy.overlapping(p, begins[s], ends[s])
    minutes = (ends - begins) // 60
    left = np.array([_NO_CAP if (cap := person.minutes_left) is None else cap for person in people], dtype=np.int64)
    yield ReasonCode.HOURS_CAP, lambda p, s: minutes[s] <= left[p]


_NO_CAP = 1 << 40
_LONG_AGO = 1


def _as_number(person: Person) -> int:
    born = person.born
    return _LONG_AGO if born is None else born.year * _YEAR + born.month * 100 + born.day


def _unexpired(people: Sequence[Person], slots: Sequence[Slot]) -> _Rule:
    days = np.array([slot.span.ends.date().toordinal() for slot in slots], dtype=np.int64)
    names = sorted({name for slot in slots for name in slot.qualifications})
    last = {name: np.array([_last_day(person, name) for person in people], dtype=np.int64) for name in names}
    asked = {name: np.array([name in slot.qualifications for slot in slots], dtype=np.bool_) for name in names}

    def allows(person: Numbers, slot: Numbers) -> Flags:
        valid = np.ones(len(person), dtype=np.bool_)
        for name in names:
            valid &= ~asked[name][slot] | (last[name][person] >= days[slot])
        return valid

    return allows


def _last_day(person: Person, name: str) -> int:
    day = person.qualifications.get(name)
    return 0 if day is None else day.toordinal()
