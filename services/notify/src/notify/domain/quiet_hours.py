"""When somebody is not to be disturbed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``begins`` to ``ends`` each day, over midnight where that is earlier; none where both are the same.

    What the clock skips in spring is taken as if it were not put forward (RFC 5545, 3.3.5). Of an hour that comes twice
    in autumn both are quiet: it begins with the first and ends with the second.
    """

    begins: time
    ends: time
    zone: tzinfo

    def end_of(self, at: datetime) -> datetime | None:
        """Return when the quiet hours that a moment lies in are over, in UTC; None outside of them."""
        if self.begins == self.ends:
            return None
        over = at
        # One may begin before the last has ended where an hour comes twice.
        for begins, ends in self._around(at.astimezone(self.zone).date()):
            if begins <= over < ends:
                over = ends
        return over if over > at else None

    def _around(self, today: date) -> Iterator[tuple[datetime, datetime]]:
        over_midnight = self.ends < self.begins
        for day in (today - DAY, today):
            last = day + DAY if over_midnight else day
            yield self._moment(day, self.begins, fold=0), self._moment(last, self.ends, fold=1)

    def _moment(self, day: date, hour: time, *, fold: int) -> datetime:
        first = datetime.combine(day, hour, self.zone).astimezone(UTC)
        second = datetime.combine(day, hour.replace(fold=1), self.zone).astimezone(UTC)
        # Where the clock skips the hour the second reading is the earlier one, and not meant.
        return second if fold and second > first else first


def undisturbed(at: datetime, quiet: QuietHours, *, urgent: bool) -> datetime:
    """Return the first moment from ``at`` on at which somebody may be told; what is urgent is told at any time."""
    return at if urgent else quiet.end_of(at) or at
