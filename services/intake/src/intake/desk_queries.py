"""What staff look for among the issues that they may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, false, func, literal, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.domain.merging import OPEN
from intake.queries import AnyRow
from intake.tables import issue_words, issues

MOST_COUNTED = 10_000
"""Issues, the newest ones, that are counted."""

MOST_MAPPED = 20_000
"""Issues that a map shows."""

FEW = 10_000
"""So many issues are read all; where there may be more, the newest are looked through until a page is full."""

_CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a reader may see.

    ``areas``, each with all beneath it, of the confidential issues only if ``confidential``; and what ``handler``
    handles.
    """

    areas: Sequence[str]
    confidential: bool
    handler: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFilter:
    """Which issues are wanted: all conditions hold; of several values of one, any. Nothing wanted is everything.

    ``words`` is a ``tsquery``. A category without its second part is all that begin with it. Times are half-open:
    from the first, before the second.
    """

    words: str | None = None
    states: Sequence[str] = ()
    categories: Sequence[str] = ()
    sources: Sequence[str] = ()
    area: str | None = None
    department: str | None = None
    handler: str | None = None
    overdue_at: datetime | None = None
    deadline: tuple[datetime | None, datetime | None] = (None, None)
    reported: tuple[datetime | None, datetime | None] = (None, None)
    supporters: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the map, in degrees."""

    west: float
    south: float
    east: float
    north: float


async def list_issues(
    connection: AsyncConnection, scope: Scope, wanted: IssueFilter, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of issues, newest first; ``after`` is the last id of the page before."""
    query = await looked_for(connection, select(issues), scope, wanted)
    query = query.order_by(issues.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(issues.c.id < after)
    rows: Sequence[AnyRow] = (await connection.execute(query)).all()
    return rows


async def count_by_state(connection: AsyncConnection, scope: Scope, wanted: IssueFilter) -> Mapping[str, int]:
    """Return how many of the newest issues are in each state."""
    states = await looked_for(connection, select(issues.c.state), scope, wanted)
    newest = states.order_by(issues.c.id.desc()).limit(MOST_COUNTED).subquery()
    query = select(newest.c.state, func.count().label("number")).group_by(newest.c.state)
    return {row.state: row.number for row in (await connection.execute(query)).all()}


async def has_more_than(connection: AsyncConnection, scope: Scope, wanted: IssueFilter, number: int) -> bool:
    """Tell whether more issues are looked for than a number."""
    some = (await looked_for(connection, select(issues.c.id), scope, wanted)).limit(number + 1).subquery()
    return (await connection.scalar(select(func.count()).select_from(some)) or 0) > number


async def cluster(
    connection: AsyncConnection, scope: Scope, wanted: IssueFilter, box: Box, side: float
) -> Sequence[AnyRow]:
    """Return the issues of a part of the map by squares of ``side`` degrees: how many, around which point.

    Of a square with a single issue its id and state, too.
    """
    there = and_(issues.c.lat.between(box.south, box.north), issues.c.lon.between(box.west, box.east))
    columns = select(issues.c.id, issues.c.state, issues.c.lat, issues.c.lon)
    some = (await looked_for(connection, columns, scope, wanted)).where(there).limit(MOST_MAPPED).subquery()
    query = select(
        func.count().label("number"),
        func.avg(some.c.lat).label("lat"),
        func.avg(some.c.lon).label("lon"),
        func.min(cast(some.c.id, Text)).label("id"),
        func.min(some.c.state).label("state"),
    ).group_by(func.floor(some.c.lat / side), func.floor(some.c.lon / side))
    return (await connection.execute(query)).all()


async def looked_for(
    connection: AsyncConnection, columns: Select[Any], scope: Scope, wanted: IssueFilter
) -> Select[Any]:
    """Return a query for what is wanted of what may be seen.

    PostgreSQL takes the words of a phrase for independent, and so a common phrase for a rare one. So the indexes are
    asked first: few issues with the words, or few in the areas, are read all. Else the condition is one about which the
    planner guesses nothing: it walks from the newest issue on until the page is full.
    """
    query = columns.where(_seen(scope), *_conditions(wanted))
    if wanted.words is None:
        return query
    found = issue_words.c.words.op("@@")(cast(literal(wanted.words), TSQUERY))
    with_words = select(issue_words.c.issue_id.label("id")).where(found)
    if await _few(connection, with_words):
        return query.where(issues.c.id.in_(_first(with_words)))
    query = query.join(issue_words, issue_words.c.issue_id == issues.c.id).where(func.coalesce(found, false()))
    nearby = _nearby(scope, wanted)
    return query.where(issues.c.id.in_(_first(nearby))) if await _few(connection, nearby) else query


def _nearby(scope: Scope, wanted: IssueFilter) -> Select[Any]:
    """Return the ids of the issues of the areas that matter, and of the reader's own."""
    areas = scope.areas if wanted.area is None else [wanted.area]
    handled = () if scope.handler is None else (issues.c.handler_id == scope.handler,)
    return select(issues.c.id).where(or_(false(), *(_within(area) for area in areas), *handled))


async def _few(connection: AsyncConnection, ids: Select[Any]) -> bool:
    number = await connection.scalar(select(func.count()).select_from(ids.limit(FEW).subquery()))
    return (number or 0) < FEW


def _first(ids: Select[Any]) -> Select[Any]:
    """Return ids that are found before anything else is looked at."""
    return select(ids.cte("few").prefix_with("MATERIALIZED", dialect="postgresql").c.id)


def _seen(scope: Scope) -> ColumnElement[bool]:
    in_areas = or_(false(), *(_within(area) for area in scope.areas))
    allowed = in_areas if scope.confidential else and_(in_areas, issues.c.confidential.is_(False))
    return allowed if scope.handler is None else or_(allowed, issues.c.handler_id == scope.handler)


def _conditions(wanted: IssueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(issues.c.state.in_(wanted.states))
    if wanted.categories:
        conditions.append(or_(*map(_of_category, wanted.categories)))
    if wanted.sources:
        conditions.append(issues.c.source.in_(wanted.sources))
    if wanted.area is not None:
        conditions.append(_within(wanted.area))
    if wanted.department is not None:
        conditions.append(issues.c.department == wanted.department)
    if wanted.handler is not None:
        conditions.append(issues.c.handler_id == wanted.handler)
    if wanted.overdue_at is not None:
        conditions += [issues.c.state.in_([state.value for state in OPEN]), issues.c.deadline < wanted.overdue_at]
    if wanted.supporters:
        # Said twice for the index of those that have any.
        conditions += [issues.c.supporters > 0, issues.c.supporters >= wanted.supporters]
    if wanted.attributes:
        conditions.append(issues.c.attributes != {})
        conditions += [_holds(name, value) for name, value in wanted.attributes.items()]
    return [*conditions, *_between(issues.c.deadline, wanted.deadline), *_reported(wanted.reported)]


def _reported(span: tuple[datetime | None, datetime | None]) -> list[ColumnElement[bool]]:
    conditions = _between(issues.c.reported_at, span)
    if span[0] is not None:
        # No issue has an id from before it was reported, so the walk from the newest on can end there.
        conditions.append(issues.c.id >= first_id_of(span[0] - _CLOCKS_APART))
    return conditions


def first_id_of(at: datetime) -> UUID:
    """Return the lowest id that an issue of a moment can have: ids (UUIDv7) begin with milliseconds."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def _holds(name: str, value: str) -> ColumnElement[bool]:
    answers = issues.c.attributes
    return or_(answers.contains({name: value}), answers.contains({name: [value]}))


def _between(
    column: ColumnElement[datetime], span: tuple[datetime | None, datetime | None]
) -> list[ColumnElement[bool]]:
    first, last = span
    return [*([column >= first] if first else []), *([column < last] if last else [])]


def _of_category(category: str) -> ColumnElement[bool]:
    if "." in category:
        return issues.c.category == category
    return issues.c.category.startswith(f"{category}.", autoescape=True)


def _within(area: str) -> ColumnElement[bool]:
    return or_(issues.c.area == area, issues.c.area.startswith(f"{area}/", autoescape=True))
