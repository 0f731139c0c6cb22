"""What becomes of the demand: each case is decided as routing decides, and handled by one person, one after another."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from heapq import heappop, heappush

from linli.contracts import Level
from linli.district import LimitKind, TimeLimit
from routing.domain.deadline import WorkingCalendar, deadline, elapsed
from routing.domain.decision import Decision, Matter, decide
from routing.domain.rulebook import Rulebook
from routing.simulation.demand import Arrival
from routing.simulation.shifts import shifts_of


@dataclass(frozen=True, slots=True)
class Handled:
    """A case as it went: who had it, for how long they worked at it, and when they were done.

    What has a limit in hours of the clock is taken ``at_once``.
    """

    at: datetime
    level: Level
    unit: str
    handler: str
    work: timedelta
    done_at: datetime
    due_at: datetime
    at_once: bool

    @property
    def is_late(self) -> bool:
        """Whether it was done after its deadline."""
        return self.done_at > self.due_at


def handle(rulebook: Rulebook, demand: Iterable[Arrival]) -> list[Handled]:
    """Return the cases of the reports, in their order.

    A person works at one case at a time, first come first served, in the hours of their duty or of their unit's
    calendar. What has a limit in hours of the clock is taken at once, day and night; it sets back what comes later,
    not what waits already.
    """
    loads: Counter[str] = Counter()
    desk = _Desk(rulebook)
    under_way: list[tuple[datetime, str]] = []
    cases: list[Handled] = []
    for arrival in demand:
        while under_way and under_way[0][0] <= arrival.at:
            loads[heappop(under_way)[1]] -= 1
        decision = decide(rulebook.district, Matter(arrival.category, arrival.area, arrival.at), loads)
        case = _handled(rulebook, desk, arrival, decision)
        loads[case.handler] += 1
        heappush(under_way, (case.done_at, case.handler))
        cases.append(case)
    return cases


def _handled(rulebook: Rulebook, desk: "_Desk", arrival: Arrival, decision: Decision) -> Handled:
    handler, at_once = decision.handler.id, decision.limit.kind is LimitKind.CLOCK_HOURS
    calendar = rulebook.calendar_of(rulebook.district.posts[handler].path)
    work = working_time(decision.limit, calendar) * arrival.share
    take = desk.at_once if at_once else desk.in_turn
    done_at = take(handler, arrival.at, work)
    due_at = deadline(arrival.at, decision.limit, rulebook.calendar_of(decision.unit))
    return Handled(arrival.at, decision.level, decision.unit, handler, work, done_at, due_at, at_once)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Until when everybody has work, and until when they are out for what cannot wait."""

    rulebook: Rulebook
    busy: dict[str, datetime] = field(default_factory=dict)
    out: dict[str, datetime] = field(default_factory=dict)

    def in_turn(self, handler: str, at: datetime, work: timedelta) -> datetime:
        done_at = self._after(handler, max(at, self.busy.get(handler, at)), work)
        self.busy[handler] = done_at
        return done_at

    def at_once(self, handler: str, at: datetime, work: timedelta) -> datetime:
        done_at = max(at, self.out.get(handler, at)) + work
        self.out[handler] = done_at
        busy = self.busy.get(handler, at)
        self.busy[handler] = self._after(handler, busy, work) if busy > at else done_at
        return done_at

    def _after(self, handler: str, start: datetime, work: timedelta) -> datetime:
        return elapsed(start, work, shifts_of(self.rulebook, handler, start))


def working_time(limit: TimeLimit, calendar: WorkingCalendar) -> timedelta:
    """Return how much working time a limit is worth; an hour of the clock counts as one of work."""
    if limit.kind is LimitKind.WORKING_DAYS:
        return limit.amount * day_of_work(calendar)
    return timedelta(hours=limit.amount)


def day_of_work(calendar: WorkingCalendar) -> timedelta:
    """Return the working time of one working day."""
    return sum(
        (_since_midnight(window.ends) - _since_midnight(window.begins) for window in calendar.windows), timedelta()
    )


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
