"""What all lists have in common."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, or_
from sqlalchemy.sql.elements import KeyedColumnElement

AnyRow = Row[*tuple[Any, ...]]


def within(column: KeyedColumnElement[str], areas: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a path is one of some areas or lies beneath one; of no areas nothing does."""
    some = list(areas)
    beneath = [column.startswith(f"{area}/", autoescape=True) for area in some]
    return or_(column.in_(some), *beneath)
