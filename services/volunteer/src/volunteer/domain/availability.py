"""When volunteers can be asked: hours of the week that come again, and days on which it is otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from linli.district.calendars import zone_named
from volunteer.domain.matching.words import Span, merged

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyHours:
    """From ``begins`` to ``ends`` on a day of each week, Monday being 0; over midnight where it ends no later.

    It holds from the day ``since`` through the day ``until``, without limit where they are None.
    """

    weekday: int
    begins: time
    ends: time
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the hours begin on a day."""
        begun = self.since is None or self.since <= day
        return begun and day.weekday() == self.weekday and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """An exception: from the one local time until the other the person is ``free``, or is not."""

    begins: datetime
    ends: datetime
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Hours and exceptions as clocks on the wall of ``zone`` show them; of two exceptions the later one counts.

    ``zone`` is the name of a zone of the IANA database.
    """

    zone: str
    weekly: tuple[WeeklyHours, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()

    def within(self, begins: datetime, ends: datetime) -> tuple[Span, ...]:
        """Return the free spans between two moments, in UTC, disjoint and in order.

        What a change of the clocks leaves out is no time, what it repeats is free twice: a window from 01:00 to 03:00
        has one hour where the clocks go from 02:00 to 03:00, three where they go back.
        """
        free = list(self._weekly(begins, ends))
        for one in self.otherwise:
            span = self._span(one.begins, one.ends)
            if span is not None:
                free = [*free, span] if one.free else [left for each in free for left in _without(each, span)]
        asked = Span(begins.astimezone(UTC), ends.astimezone(UTC))
        return merged(_clipped(span, asked) for span in free if span.overlaps(asked))

    def _weekly(self, begins: datetime, ends: datetime) -> Iterator[Span]:
        # A day earlier: hours that go over midnight.
        zone = zone_named(self.zone)
        day, last = begins.astimezone(zone).date() - DAY, ends.astimezone(zone).date()
        while day <= last:
            for hours in self.weekly:
                if hours.holds_on(day):
                    until = day if hours.ends > hours.begins else day + DAY
                    span = self._span(datetime.combine(day, hours.begins), datetime.combine(until, hours.ends))
                    if span is not None:
                        yield span
            day += DAY

    def _span(self, begins: datetime, ends: datetime) -> Span | None:
        # Of two equal readings the first begins and the second ends.
        zone = zone_named(self.zone)
        first, last = moment_of(begins, zone, fold=0), moment_of(ends, zone, fold=1)
        return Span(first, last) if first < last else None


def moment_of(reading: datetime, zone: tzinfo, *, fold: int) -> datetime:
    """Return when clocks show a reading; one that they skip stands for the moment at which they do."""
    moment = reading.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == reading:
        return moment
    before, after = (reading.replace(tzinfo=zone, fold=one, microsecond=0).astimezone(UTC) for one in (1, 0))
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        between = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (between, after) if between.astimezone(zone).utcoffset() == offset else (before, between)
    return after


def _without(span: Span, gone: Span) -> Iterable[Span]:
    if not span.overlaps(gone):
        return [span]
    sides = ((span.begins, gone.begins), (gone.ends, span.ends))
    return [Span(first, last) for first, last in sides if first < last]


def _clipped(span: Span, asked: Span) -> Span:
    return Span(max(span.begins, asked.begins), min(span.ends, asked.ends))
