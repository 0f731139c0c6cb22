"""The facts that figures are sums of: what a move adds to what is counted, and what it takes back.

What follows from a case as it is (`standing`) is noted as the difference that a move makes. However often a promise
changes, a case goes up, is merged or opens again, the sum of its facts is what it counts for now, once. What happens
(a return, a visit) is noted when it happens and stays.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from linli.contracts import Satisfaction
from routing.domain.case import Case, ReturnVisit
from routing.domain.measures import Measure, TimeMeasure
from routing.domain.states import State

ROUTING = frozenset({"route", "escalate", "return", "delegate", "transfer"})
"""The actions that give a case an owner."""

COUNTED = {
    "return": Measure.RETURNED,
    "accept": Measure.ACCEPTED,
    "extend": Measure.EXTENDED,
    "resolve": Measure.RESOLVED,
    "reopen": Measure.REOPENED,
}

MERGED = "merged"
STOPPED = frozenset({"declined", "withdrawn", "suspended"})
"""States in which no promise runs; one that had passed before is due all the same."""


class Place(NamedTuple):
    """For whom something counts: a unit, a category, the leading department ("" for none)."""

    unit: str
    category: str
    department: str

    @classmethod
    def of(cls, case: Case, unit: str) -> Self:
        """Return the place of a case while it is a unit's."""
        return cls(unit, case.category, case.lead_department or "")


@dataclass(frozen=True, slots=True)
class Fact:
    """So many of a measure at a moment, for a place.

    A fact of a moment to come counts from then on: that of a promise is noted when it is given. ``seconds``
    is the time that was taken, of time measures.
    """

    measure: Measure | TimeMeasure
    at: datetime
    place: Place
    amount: int = 1
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a case, as its history has it."""

    action: str
    at: datetime
    from_unit: str | None
    to_unit: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A return visit and the unit that had the case then."""

    answer: ReturnVisit
    unit: str


def change(before: Case | None, after: Case) -> Iterator[Fact]:
    """Yield the facts by which what a case counts for now differs from what it counted for before."""
    now = _standing(after)
    now.subtract({} if before is None else _standing(before))
    for (measure, at, place), amount in now.items():
        if amount:
            yield Fact(measure, at, place, amount)


Standing = Counter[tuple[Measure, datetime, Place]]


def _standing(case: Case) -> Standing:
    """Return what a case counts for as it is.

    A case that was merged into another counts with that one. It is due once, when what was promised passes or when it
    closes earlier, for the unit that had it then. What became of it counts for the same day and unit: a part never
    exceeds its whole.
    """
    counted: Standing = Counter()
    if case.state == MERGED:
        return counted
    place, due_at = Place.of(case, case.unit), _due_at(case)
    called = len(case.co_departments) + (case.lead_department is not None)
    for measure, amount in ((Measure.CASES, 1), (Measure.DISPATCHES, called), (Measure.HOPS, case.hops)):
        counted[measure, case.opened_at, place] = amount
    if due_at is not None:
        whose = Place.of(case, case.due_unit or case.unit)
        counted.update((measure, due_at, whose) for measure in _due(case))
    return counted


def _due_at(case: Case) -> datetime | None:
    if case.state not in STOPPED:
        return min(case.promised_at, case.closed_at or case.promised_at)
    stopped_at = case.suspended_at or case.closed_at
    return case.promised_at if stopped_at is not None and case.promised_at <= stopped_at else None


def _due(case: Case) -> Iterator[Measure]:
    yield Measure.DUE
    if case.state is not State.CLOSED:
        return
    yield Measure.CLOSED
    if case.on_time:
        yield Measure.CLOSED_ON_TIME
    if not case.was_answered:
        yield Measure.CLOSED_UNANSWERED


def happened(
    case: Case, steps: Sequence[Step], visits: Iterable[Visit], before: Mapping[str, datetime]
) -> Iterator[Fact]:
    """Yield the facts of moves and visits that belong together; ``before`` has when each action was done last before.

    Rework counts for the day of the resolution that did not hold, so that it never exceeds what was resolved.
    """
    for visit in visits:
        place, answered_at = Place.of(case, visit.unit), visit.answer.answered_at
        for measure in _answers(visit.answer):
            yield Fact(measure, answered_at, place)
        yield from _time(TimeMeasure.ANSWER, latest(before, ("resolve", "verify")), answered_at, place)
    done = dict(before)
    for step in steps:
        yield from _of_step(case, step, done)
        done[step.action] = step.at


def _of_step(case: Case, step: Step, done: Mapping[str, datetime]) -> Iterator[Fact]:
    place = Place.of(case, step.to_unit)
    if step.action in ROUTING:
        yield Fact(Measure.ROUTED, step.at, place)
    if step.action in COUNTED:
        at = done.get("resolve", step.at) if step.action == "reopen" else step.at
        yield Fact(COUNTED[step.action], at, Place.of(case, step.from_unit or step.to_unit))
    for stage, since in _stages(case, step.action, done):
        yield from _time(stage, since, step.at, place)


def _stages(case: Case, action: str, done: Mapping[str, datetime]) -> Iterator[tuple[TimeMeasure, datetime | None]]:
    """Yield the stages that an action ends, each with its beginning."""
    if action == "route":
        yield TimeMeasure.DISPATCH, case.opened_at
    elif action == "accept":
        yield TimeMeasure.ACCEPT, latest(done, ROUTING)
    elif action == "resolve":
        yield TimeMeasure.HANDLE, done.get("reopen", case.opened_at)
    elif action == "verify":
        yield TimeMeasure.VERIFY, done.get("resolve")


def latest(done: Mapping[str, datetime], actions: Iterable[str]) -> datetime | None:
    """Return when the last of some actions was done, None where none was."""
    return max((done[action] for action in actions if action in done), default=None)


def _time(stage: TimeMeasure, since: datetime | None, until: datetime, place: Place) -> Iterator[Fact]:
    if since is not None:
        # Clocks of two services differ a little: no time is negative.
        seconds = max(0, int((until - since).total_seconds()))
        yield Fact(stage, until, place, seconds=seconds)


def _answers(visit: ReturnVisit) -> Iterator[Measure]:
    yield Measure.VISITS
    if visit.contacted:
        yield Measure.CONTACTED
    if visit.solved:
        yield Measure.SOLVED
    if visit.satisfaction is Satisfaction.SATISFIED:
        yield Measure.SATISFIED
    elif visit.satisfaction is Satisfaction.BASICALLY_SATISFIED:
        yield Measure.BASICALLY_SATISFIED


def retold(case: Case, steps: Sequence[Step], visits: Iterable[Visit]) -> Iterator[Fact]:
    """Yield all facts of a case from its whole history."""
    yield from change(None, case)
    yield from happened(case, steps, (), {})
    for visit in visits:
        answered_at = visit.answer.answered_at
        # A verification of the same moment comes of the answer.
        earlier = {
            step.action: step.at
            for step in steps
            if step.at < answered_at or (step.at == answered_at and step.action != "verify")
        }
        yield from happened(case, (), [visit], earlier)
