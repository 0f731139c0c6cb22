"""From people and slots to a plan in which every yes and every no has its reasons."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from volunteer.domain.matching.candidates import Candidates, find_candidates
from volunteer.domain.matching.choosing import choose
from volunteer.domain.matching.eligibility import middle, obstacles
from volunteer.domain.matching.plan import DEFAULT, Assigned, Effort, Idle, Outcome, Plan
from volunteer.domain.matching.problem import NO_LIMIT, Choice, Problem
from volunteer.domain.matching.reasons import Reason, ReasonCode
from volunteer.domain.matching.scoring import Scores, score
from volunteer.domain.matching.spans import Numbers, SpansError, seconds
from volunteer.domain.matching.words import MatchingError, Person, Slot, Task, merged


def make_plan(task: Task, effort: Effort = DEFAULT) -> Plan:
    """Return the best plan; the order in which people and slots are given changes nothing.

    Raises:
        MatchingError: the task contradicts itself: the same id twice, a slot that ends before it begins, something
            accepted that is unknown.
    """
    case = _ready(task)
    found = _candidates(case)
    scores = score(task, case.people, case.slots, found)
    choice = choose(_problem(task, case, found, scores), effort)
    return _told(case, found, scores, choice)


def problem_of(task: Task) -> Problem:
    """Return the choice that a task is, without what it means.

    Raises:
        MatchingError: the task contradicts itself.
    """
    case = _ready(task)
    found = _candidates(case)
    return _problem(task, case, found, score(task, case.people, case.slots, found))


def why_not(task: Task, person_id: str, slot_id: str) -> tuple[Reason, ...]:
    """Return what forbids a match besides what was accepted; nothing where it is allowed.

    Raises:
        MatchingError: there is no such person or slot.
    """
    case = _ready(task)
    person = next((one for one in case.people if one.id == person_id), None)
    slot = next((one for one in case.slots if one.id == slot_id), None)
    if person is None or slot is None:
        raise MatchingError(f"{person_id if person is None else slot_id}: unknown")
    return tuple(Reason(code) for code in obstacles(person, slot, middle(case.slots)))


@dataclass(frozen=True, slots=True)
class _Case:
    """A task in order of ids, with what was accepted taken off."""

    people: Sequence[Person]
    slots: Sequence[Slot]
    room: Sequence[int]
    accepted: Sequence[tuple[str, str]]


def _candidates(case: _Case) -> Candidates:
    try:
        return find_candidates(case.people, case.slots)
    except SpansError as error:
        raise MatchingError(f"{case.people[error.owner].id}: the times free or busy are out of order") from None


def _ready(task: Task) -> _Case:
    slots = sorted(task.slots, key=lambda one: one.id)
    by_id = {slot.id: slot for slot in slots}
    people = {person.id: person for person in sorted(task.people, key=lambda one: one.id)}
    if len(by_id) < len(slots) or len(people) < len(task.people):
        names = [one.id for one in task.slots] if len(by_id) < len(slots) else [one.id for one in task.people]
        twice = Counter(names).most_common(1)[0][0]
        raise MatchingError(f"{twice}: the id is there twice")
    for slot in slots:
        if slot.span.ends <= slot.span.begins or slot.headcount < 0:
            raise MatchingError(f"{slot.id}: must end after it begins, and want no fewer than nobody")
    accepted = sorted(task.accepted)
    for person_id, slot_id in accepted:
        if person_id not in people or slot_id not in by_id:
            raise MatchingError(f"{person_id} on {slot_id} was accepted, and one of them is unknown")
        people[person_id] = _with(people[person_id], by_id[slot_id])
    taken = Counter(slot_id for _, slot_id in accepted)
    room = [max(slot.headcount - taken[slot.id], 0) for slot in slots]
    return _Case(list(people.values()), slots, room, accepted)


def _with(person: Person, slot: Slot) -> Person:
    left = None if person.minutes_left is None else max(person.minutes_left - slot.span.minutes, 0)
    return replace(person, busy=merged((*person.busy, slot.span)), minutes_left=left, taken=person.taken + 1)


def _problem(task: Task, case: _Case, found: Candidates, scores: Scores) -> Problem:
    slots, people = case.slots, case.people
    begins, ends = seconds([one.span.begins for one in slots]), seconds([one.span.ends for one in slots])
    urgent = np.array([one.urgent for one in slots], dtype=np.int64)
    cap = [NO_LIMIT if one.minutes_left is None else one.minutes_left for one in people]
    group, floors = _floors(task, case) if task.floors else (None, None)
    return Problem(
        person=found.person,
        slot=found.slot,
        minutes=((ends - begins) // 60)[found.slot],
        most=np.full(len(people), NO_LIMIT, dtype=np.int64),
        cap=np.array(cap, dtype=np.int64),
        begins=begins,
        ends=ends,
        room=np.array(case.room, dtype=np.int64),
        exact=np.zeros(len(slots), dtype=np.bool_),
        levels=(urgent[found.slot], np.ones(len(found.slot), dtype=np.int64), scores.total),
        load=task.weights.load,
        group=group,
        floors=floors,
    )


def _floors(task: Task, case: _Case) -> tuple[Numbers, Numbers]:
    """Return the group of each slot and the floor of each group, less what is filled; the last group has none."""
    compounds = sorted(task.floors)
    place = {compound: number for number, compound in enumerate(compounds)}
    compound_of = {slot.id: slot.compound for slot in case.slots}
    filled = Counter(compound_of[slot] for _, slot in case.accepted)
    group = [place.get(slot.compound, len(compounds)) for slot in case.slots]
    floors = [max(task.floors[compound] - filled[compound], 0) for compound in compounds]
    return np.array(group, dtype=np.int64), np.array([*floors, 0], dtype=np.int64)


def _told(case: _Case, found: Candidates, scores: Scores, choice: Choice) -> Plan:
    fitting = np.bincount(found.slot, minlength=len(case.slots)).tolist()
    before = [
        Assigned(person, slot, 0, (Reason(ReasonCode.ACCEPTED),), accepted=True) for person, slot in case.accepted
    ]
    new = list(_assigned(case, found, scores, choice.pairs, fitting))
    assigned = sorted((*before, *new), key=lambda one: (one.slot, one.person))
    busy = {one.person for one in assigned}
    filled = Counter(one.slot for one in assigned)
    here = np.bincount(found.slot[choice.pairs], minlength=len(case.slots)).tolist()
    outcomes = tuple(
        Outcome(slot.id, slot.headcount, filled[slot.id], tuple(_outcome(slot, place, filled, found, fitting, here)))
        for place, slot in enumerate(case.slots)
    )
    return Plan(tuple(assigned), outcomes, tuple(_idle(case, found, busy)), choice.values, choice.bounds)


def _assigned(
    case: _Case, found: Candidates, scores: Scores, pairs: Numbers, fitting: Sequence[int]
) -> Iterator[Assigned]:
    terms = {code: points[pairs].tolist() for code, points in scores.terms.items()}
    columns = (found.person[pairs], found.slot[pairs], found.metres[pairs], scores.total[pairs])
    for row, (who, what, far, total) in enumerate(zip(*(one.tolist() for one in columns), strict=True)):
        person = case.people[who]
        figures = {"metres": far, "days": person.rested_days, "count": person.taken}
        reasons = [Reason(code, {**figures, "points": points[row]}) for code, points in terms.items() if points[row]]
        one_of = Reason(ReasonCode.ONE_OF, {"count": fitting[what]})
        yield Assigned(person.id, case.slots[what].id, total, (*reasons, one_of))


def _outcome(
    slot: Slot, place: int, filled: Mapping[str, int], found: Candidates, fitting: Sequence[int], here: Sequence[int]
) -> Iterator[Reason]:
    if filled[slot.id] >= slot.headcount:
        closed = Reason(ReasonCode.CLOSED)
        yield Reason(ReasonCode.FULL, {"count": slot.headcount}) if slot.headcount else closed
        return
    if not fitting[place]:
        yield Reason(ReasonCode.NOBODY_FITS)
    elif fitting[place] > here[place]:
        yield Reason(ReasonCode.GIVEN_ELSEWHERE, {"count": fitting[place] - here[place]})
    lost = {code: int(by_slot[place]) for code, by_slot in found.lost_by_slot.items()}
    for code, count in sorted(lost.items(), key=lambda one: -one[1]):
        if count:
            yield Reason(code, {"people": count})


def _idle(case: _Case, found: Candidates, busy: set[str]) -> Iterator[Idle]:
    chances = np.bincount(found.person, minlength=len(case.people)).tolist()
    codes = list(found.lost_by_person)
    worst = np.argmax(np.stack(list(found.lost_by_person.values())), axis=0).tolist() if case.slots else []
    for place, person in enumerate(case.people):
        if person.id in busy:
            continue
        if chances[place]:
            reasons: tuple[Reason, ...] = (Reason(ReasonCode.OTHERS_CHOSEN, {"count": chances[place]}),)
        else:
            main = (Reason(codes[worst[place]]),) if case.slots else ()
            reasons = (Reason(ReasonCode.NOTHING_FITS), *main)
        yield Idle(person.id, reasons)
