"""What the facts have to come to, counted from nothing but the cases, their histories and what reporters answered."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from linli.contracts import Satisfaction
from routing.calendar import CHINA_TIME
from routing.domain.case import Case
from routing.domain.facts import Step, Visit
from routing.domain.measures import bucket_of

Sums = Counter[str]
Counted = tuple[str, datetime, str, int]
"""A measure column, since when, of which unit, how many."""

STOPPED = {"declined", "withdrawn", "suspended"}


@dataclass
class Life:
    """A case as it is, and all that happened to it in order."""

    case: Case
    steps: list[Step] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)


def recount(
    lives: Iterable[Life],
    *,
    at: datetime,
    unit: Callable[[str], bool] = lambda _: True,
    day: Callable[[date], bool] = lambda _: True,
    case: Callable[[Case], bool] = lambda _: True,
) -> Sums:
    """Count from all cases what is asked for, as at a moment."""
    sums: Sums = Counter()
    for life in lives:
        if case(life.case):
            for column, since, owner, amount in counted(life):
                if since <= at and unit(owner) and day(since.astimezone(CHINA_TIME).date()):
                    sums[column] += amount
    return Counter({column: amount for column, amount in sums.items() if amount})


def counted(life: Life) -> Iterator[Counted]:
    case = life.case
    if case.state != "merged":
        yield "cases", case.opened_at, case.unit, 1
        yield "hops", case.opened_at, case.unit, case.hops
        yield "dispatches", case.opened_at, case.unit, len({case.lead_department, *case.co_departments} - {None})
        yield from due(case, life.steps)
    yield from moved(case, life.steps)
    for visit in life.visits:
        yield from visited(life.steps, visit)


def due(case: Case, steps: Sequence[Step]) -> Iterator[Counted]:
    closed = case.state == "closed"
    since = case.promised_at
    if case.state in STOPPED:
        stopped_at = case.suspended_at or case.closed_at
        assert stopped_at is not None
        if stopped_at < since:
            return
    if closed and case.closed_at is not None and case.closed_at < since:
        since = case.closed_at
    unit = owner(steps, since)
    yield "due", since, unit, 1
    if closed:
        yield "closed", since, unit, 1
        assert case.resolved_at is not None
        if case.resolved_at <= case.promised_at:
            yield "closed_on_time", since, unit, 1
        if not case.return_visits or case.return_visits[-1].answered_at < case.resolved_at:
            yield "closed_unanswered", since, unit, 1


def owner(steps: Sequence[Step], at: datetime) -> str:
    """The unit that had a case at a moment; what moved it at that very moment came after."""
    return next((step.to_unit for step in reversed(steps) if step.at < at), steps[0].to_unit)


def moved(case: Case, steps: Sequence[Step]) -> Iterator[Counted]:
    simple = {"return": "returned", "accept": "accepted", "extend": "extended", "resolve": "resolved"}
    for place, step in enumerate(steps):
        earlier = steps[:place]
        if step.action in {"route", "escalate", "return", "delegate", "transfer"}:
            yield "routed", step.at, step.to_unit, 1
        if step.action in simple:
            yield simple[step.action], step.at, step.from_unit or step.to_unit, 1
        if step.action == "reopen":
            yield "reopened", last(earlier, "resolve"), step.to_unit, 1
        if step.action == "route":
            yield from took("dispatch_time", case.opened_at, step.at, step.to_unit)
        if step.action == "accept":
            began = last(earlier, "route", "escalate", "return", "delegate", "transfer")
            yield from took("accept_time", began, step.at, step.to_unit)
        if step.action == "resolve":
            reopened = [one.at for one in earlier if one.action == "reopen"]
            yield from took("handle_time", max(reopened, default=case.opened_at), step.at, step.to_unit)
        if step.action == "verify":
            yield from took("verify_time", last(earlier, "resolve"), step.at, step.to_unit)


def visited(steps: Sequence[Step], visit: Visit) -> Iterator[Counted]:
    answer = visit.answer
    told = {
        "visits": True,
        "contacted": answer.contacted,
        "solved": answer.solved,
        "satisfied": answer.satisfaction is Satisfaction.SATISFIED,
        "basically_satisfied": answer.satisfaction is Satisfaction.BASICALLY_SATISFIED,
    }
    yield from ((column, answer.answered_at, visit.unit, 1) for column, true in told.items() if true)
    resolved = [one for one in steps if one.action == "resolve" and one.at <= answer.answered_at]
    yield from took("answer_time", last(resolved, "resolve"), answer.answered_at, visit.unit)


def took(column: str, since: datetime, until: datetime, unit: str) -> Iterator[Counted]:
    seconds = int((until - since).total_seconds())
    yield column, until, unit, 1
    yield f"{column}_seconds", until, unit, seconds
    yield f"{column}_{bucket_of(seconds)}", until, unit, 1


def last(steps: Sequence[Step], *actions: str) -> datetime:
    return max(step.at for step in steps if step.action in actions)
