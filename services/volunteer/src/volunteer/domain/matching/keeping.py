"""Whether to send somebody now, or to keep them for what may come: one need against the prices of earlier weeks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from volunteer.domain.matching.online import Arrival, learn
from volunteer.domain.matching.planning import problem_of
from volunteer.domain.matching.words import Person, Slot, Span, Task

WEEK = timedelta(days=7)
PHASES = 4
"""Stretches of a week for which prices are learned apart."""

OPEN_END = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody who could take a need: what they are worth to it, and what keeping them is worth to what may come."""

    person: str
    worth: int
    price: float

    @property
    def margin(self) -> float:
        """What is gained by sending them now; below nothing they are better kept."""
        return self.worth - self.price


def weigh(people: Sequence[Person], need: Slot, past: Sequence[Sequence[Slot]], *, share: float) -> tuple[Offer, ...]:
    """Return everybody who could take a need, the best to send first.

    ``past`` are the needs of earlier weeks, each week in order; ``share`` of the present week has passed, from 0 to 1.
    Each person counts once a week. Prices are the mean dual values of their time in those weeks, as `learn` says.
    Whether they have time at an hour is not asked here: that is for the present need alone, by who calls.
    """
    weeks = [[replace(slot, id=f"{week}:{place}") for place, slot in enumerate(its)] for week, its in enumerate(past)]
    slots = [need, *(slot for its in weeks for slot in its)]
    worths = _worths([_unbound(one, need.span) for one in people], [_at(slot, need.span) for slot in slots])
    order = sorted(one.id for one in people)
    place = {person: number for number, person in enumerate(order)}
    episodes = [[_arrival(worths.get(slot.id, {}), place) for slot in its] for its in weeks]
    prices = learn([one for one in episodes if one], [1] * len(order), phases=PHASES).at(share)
    offers = [Offer(one, worth, float(prices[place[one]])) for one, worth in worths.get(need.id, {}).items()]
    return tuple(sorted(offers, key=lambda one: (-one.margin, one.person)))


def week_of(moment: datetime) -> tuple[datetime, float]:
    """Return when the week of a moment began, on Monday at 00:00 of its zone, and which share of it has passed."""
    begins = (moment - timedelta(days=moment.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, min(max((moment - begins) / WEEK, 0.0), 1.0)


def _worths(people: Sequence[Person], slots: Sequence[Slot]) -> Mapping[str, Mapping[str, int]]:
    """Return what each person who may take a slot is worth to it, at least 1, by slot and person."""
    problem = problem_of(Task(people=tuple(people), slots=tuple(slots)))
    ids, names = sorted(one.id for one in people), sorted(one.id for one in slots)
    points = problem.levels[-1]
    found: dict[str, dict[str, int]] = {}
    for person, slot, worth in zip(problem.person.tolist(), problem.slot.tolist(), points.tolist(), strict=True):
        found.setdefault(names[slot], {})[ids[person]] = max(int(worth), 1)
    return found


def _arrival(worths: Mapping[str, int], place: Mapping[str, int]) -> Arrival:
    return {place[person]: worth for person, worth in worths.items()}


def _unbound(one: Person, span: Span) -> Person:
    return replace(one, free=(Span(span.begins - OPEN_END, span.ends + OPEN_END),), busy=(), minutes_left=None)


def _at(slot: Slot, span: Span) -> Slot:
    return replace(slot, span=span, headcount=1)
