"""Whose figures are asked for, as conditions on facts and counts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, true

from routing.domain.period import Period
from routing.queries import within

EVERYTHING = ""
"""The area above all tops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Areas with all beneath them, a department, a category (major or minor), a period; None for no matter which."""

    areas: Sequence[str] = (EVERYTHING,)
    department: str | None = None
    category: str | None = None
    period: Period = field(default_factory=Period)

    def outermost(self) -> list[str]:
        """Return the areas without those that lie within another."""
        return [one for one in dict.fromkeys(self.areas) if not any(_beneath(one, other) for other in self.areas)]

    def kind(self, table: FromClause) -> ColumnElement[bool]:
        """Return the condition that a row is of the department and category."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.department is not None:
            conditions.append(table.c.department == self.department)
        if self.category is not None:
            minors = func.starts_with(table.c.category, f"{self.category}.")
            conditions.append(or_(table.c.category == self.category, minors))
        return and_(*conditions)


def in_area(unit: ColumnElement[str], area: str) -> ColumnElement[bool]:
    """Return the condition that a unit is an area or lies beneath it."""
    return true() if area == EVERYTHING else within(unit, [area])


def in_period(day: ColumnElement[date], period: Period) -> ColumnElement[bool]:
    """Return the condition that a day lies in a period."""
    begins = [] if period.begins is None else [day >= period.begins]
    ends = [] if period.ends is None else [day < period.ends]
    return and_(true(), *begins, *ends)


def _beneath(path: str, area: str) -> bool:
    return path != area and (area == EVERYTHING or path.startswith(f"{area}/"))
