"""The clocks of a case: how much of a stage's time has passed, on the working calendar of the unit."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from linli.contracts import Stage
from linli.district import LimitKind, TimeLimit
from routing.domain.deadline import WorkingCalendar, after_working, before_working, deadline, working_time

WARNINGS = (50, 80, 100)
"""At these per cents of a stage's time somebody is told."""


class Timer(StrEnum):
    """What a clock measures: a stage of the case, or how long it is suspended."""

    ACCEPT = Stage.ACCEPT
    HANDLE = Stage.HANDLE
    VERIFY = Stage.VERIFY
    ANSWER = Stage.ANSWER
    SUSPENSION = "suspension"


@dataclass(frozen=True, slots=True)
class Clock:
    """A stage that began at ``started_at`` and has to end by ``due_at`` (both aware).

    ``by_calendar`` tells whether only working time counts. ``fired`` is the highest of `WARNINGS` that somebody was
    told of, 0 for none.
    """

    timer: Timer
    started_at: datetime
    due_at: datetime
    by_calendar: bool
    fired: int = 0

    def moment(self, percent: int, calendar: WorkingCalendar) -> datetime:
        """Return when a per cent of the stage's time has passed, in UTC."""
        if percent >= WARNINGS[-1] or self.due_at <= self.started_at:
            return self.due_at
        if not self.by_calendar:
            started_at = self.started_at.astimezone(UTC)
            return started_at + (self.due_at.astimezone(UTC) - started_at) * percent / 100
        return after_working(
            self.started_at, working_time(self.started_at, self.due_at, calendar) * percent / 100, calendar
        )

    def next_at(self, calendar: WorkingCalendar) -> datetime | None:
        """Return when somebody has to be told next; None when all were."""
        following = next((percent for percent in self.warnings if percent > self.fired), None)
        return None if following is None else self.moment(following, calendar)

    def reached(self, at: datetime, calendar: WorkingCalendar) -> int:
        """Return the highest per cent of `WARNINGS` that has passed at a moment, 0 for none."""
        passed = (percent for percent in self.warnings if self.moment(percent, calendar) <= at)
        return max(passed, default=0)

    @property
    def warnings(self) -> tuple[int, ...]:
        """The per cents that somebody is told of: the reporter and a suspension are told of the end alone."""
        return WARNINGS[-1:] if self.timer in (Timer.ANSWER, Timer.SUSPENSION) else WARNINGS


def start_clock(timer: Timer, limit: TimeLimit, *, at: datetime, calendar: WorkingCalendar) -> Clock:
    """Return the clock of a stage that begins at a moment and has a time limit."""
    by_calendar = limit.kind is not LimitKind.CLOCK_HOURS
    return Clock(timer, at, deadline(at, limit, calendar), by_calendar)


def move_due(clock: Clock, due_at: datetime, *, at: datetime, calendar: WorkingCalendar) -> Clock:
    """Return a clock with another end; of a part of the time that has passed already nobody is told again.

    An end that has passed is told of by the next tick, unless the clock told of its end before.
    """
    moved = replace(clock, due_at=due_at)
    reached = moved.reached(at, calendar)
    return moved if reached == WARNINGS[-1] else replace(moved, fired=reached)


def carry_on(clock: Clock, *, stopped_at: datetime, at: datetime, calendar: WorkingCalendar) -> Clock:
    """Return a clock that stood still between two moments: as much time has passed and is left as then.

    A clock whose time was over when it stopped stays over.
    """
    if stopped_at >= clock.due_at:
        return clock
    if clock.by_calendar:
        left = working_time(stopped_at, clock.due_at, calendar)
        spent = working_time(clock.started_at, stopped_at, calendar)
        return replace(clock, started_at=before_working(at, spent, calendar), due_at=after_working(at, left, calendar))
    stood = at.astimezone(UTC) - stopped_at.astimezone(UTC)
    return replace(
        clock, started_at=clock.started_at.astimezone(UTC) + stood, due_at=clock.due_at.astimezone(UTC) + stood
    )


def next_moment(clocks: Iterable[Clock], calendar: WorkingCalendar) -> datetime | None:
    """Return the next moment at which one of some clocks has something to say; None when none has."""
    moments = (clock.next_at(calendar) for clock in clocks)
    return min((moment for moment in moments if moment is not None), default=None)
