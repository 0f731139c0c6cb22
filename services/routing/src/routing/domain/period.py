"""Periods of days, split into whole months and the days at their edges."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``begins`` up to but not including ``ends``; None is open."""

    begins: date | None = None
    ends: date | None = None

    def until(self, today: date) -> "Period":
        """Return the period without an end where that lies after ``today``: nothing has happened there yet."""
        return Period(self.begins) if self.ends is not None and self.ends > today else self

    def split(self) -> tuple["Period | None", tuple["Period", ...]]:
        """Return the whole months of the period, where there are any, and what remains before and after them."""
        first = None if self.begins is None else _month_from(self.begins)
        last = None if self.ends is None else self.ends.replace(day=1)
        if first is not None and last is not None and first >= last:
            return None, (self,)
        before = [Period(self.begins, first)] if self.begins != first else []
        after = [Period(last, self.ends)] if self.ends != last else []
        return Period(first, last), (*before, *after)


def _month_from(day: date) -> date:
    if day.day == 1:
        return day
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
