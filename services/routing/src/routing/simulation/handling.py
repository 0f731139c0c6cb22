"""What becomes of the demand: each case is decided as routing decides, and handled by one person, one after another."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from heapq import heappop, heappush

from linli.contracts import Level
from linli.district import LimitKind, TimeLimit
from routing.domain.deadline import WorkingCalendar, after_working, deadline
from routing.domain.decision import Matter, decide
from routing.domain.rulebook import Rulebook
from routing.simulation.demand import Arrival


@dataclass(frozen=True, slots=True)
class Handled:
    """A case as it went: who had it, for how long they worked at it, and when they were done."""

    at: datetime
    level: Level
    unit: str
    handler: str
    work: timedelta
    done_at: datetime
    due_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether it was done after its deadline."""
        return self.done_at > self.due_at


def handle(rulebook: Rulebook, demand: Iterable[Arrival]) -> list[Handled]:
    """Return the cases of the reports, in their order.

    A person works at one case at a time, first come first served, within the hours of their unit's calendar.
    """
    district = rulebook.district
    loads: Counter[str] = Counter()
    free_at: dict[str, datetime] = {}
    under_way: list[tuple[datetime, str]] = []
    cases: list[Handled] = []
    for arrival in demand:
        while under_way and under_way[0][0] <= arrival.at:
            loads[heappop(under_way)[1]] -= 1
        decision = decide(district, Matter(arrival.category, arrival.area, arrival.at), loads)
        handler = decision.handler.id
        calendar = rulebook.calendar_of(district.posts[handler].path)
        work = working_time(decision.limit, calendar) * arrival.share
        done_at = after_working(max(arrival.at, free_at.get(handler, arrival.at)), work, calendar)
        due_at = deadline(arrival.at, decision.limit, rulebook.calendar_of(decision.unit))
        free_at[handler] = done_at
        loads[handler] += 1
        heappush(under_way, (done_at, handler))
        cases.append(Handled(arrival.at, decision.level, decision.unit, handler, work, done_at, due_at))
    return cases


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
