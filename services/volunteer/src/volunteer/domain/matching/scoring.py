"""What each allowed pair is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from volunteer.domain.matching.candidates import Candidates
from volunteer.domain.matching.marks import Marks
from volunteer.domain.matching.reasons import ReasonCode
from volunteer.domain.matching.spans import Numbers
from volunteer.domain.matching.words import Person, Slot, Task

FULL = 100
RESTED_DAYS = 30
"""Who was not asked for so many days counts as rested, and longer makes no difference."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The points of each pair by reason, whole numbers; ``total`` is their sum."""

    terms: Mapping[ReasonCode, Numbers]
    total: Numbers


def score(task: Task, people: Sequence[Person], slots: Sequence[Slot], found: Candidates) -> Scores:
    """Return the points of each candidate pair, without what a further piece of work in the same plan costs."""
    person, slot, weights = found.person, found.slot, task.weights
    liked = Marks([one.skills for one in people], [one.liked for one in slots])
    wanted = np.maximum(_of([len(one.liked) for one in slots])[slot], 1)
    radius = np.maximum(_of([int(one.radius_m) for one in people])[person], 1)
    rested = np.minimum(_of([one.rested_days for one in people])[person], RESTED_DAYS)
    known = Marks([one.helped for one in people], [[one.beneficiary] if one.beneficiary else () for one in slots])
    terms = {
        ReasonCode.SKILLS_FIT: weights.fit * (FULL * liked.shared(person, slot) // wanted),
        ReasonCode.NEAR: weights.near * np.maximum(FULL - FULL * found.metres // radius, 0),
        ReasonCode.RELIABLE: weights.reliable * _of([one.reliability for one in people])[person],
        ReasonCode.KNOWN: weights.known * FULL * known.shared(person, slot),
        ReasonCode.RESTED: weights.rested * (FULL * rested // RESTED_DAYS),
        ReasonCode.ALREADY_LOADED: -weights.load * _of([one.taken for one in people])[person],
        ReasonCode.KEPT: weights.keep * _proposed(task, people, slots, found),
    }
    return Scores(terms, sum(terms.values(), np.zeros(len(person), dtype=np.int64)))


def _proposed(task: Task, people: Sequence[Person], slots: Sequence[Slot], found: Candidates) -> Numbers:
    position = {one.id: place for place, one in enumerate(people)}
    place_of = {one.id: place for place, one in enumerate(slots)}
    keys = [
        position[person] * len(slots) + place_of[slot]
        for person, slot in task.proposed
        if person in position and slot in place_of
    ]
    return np.isin(found.person * len(slots) + found.slot, keys).astype(np.int64)


def _of(figures: Sequence[int]) -> Numbers:
    return np.array(figures, dtype=np.int64)
