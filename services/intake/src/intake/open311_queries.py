"""What Open311 publishes: requests of categories that are not confidential, and what happened to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.domain.issue import PublicState
from intake.queries import AnyRow
from intake.tables import issues, steps, supplements

ENDED = tuple(
    state.value for state in (PublicState.CLOSED, PublicState.DECLINED, PublicState.MERGED, PublicState.WITHDRAWN)
)
"""The states that Open311 calls closed; what the handler says is done is not yet."""

ENDINGS = ENDED
"""The kinds of steps that bring them have the same names."""

PUBLIC = issues.c.confidential.is_(False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which requests are listed: reported in a range; of some categories, where named; open or closed, where said."""

    start: datetime
    end: datetime
    categories: Sequence[str] = ()
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list."""

    limit: int
    offset: int = 0


async def list_requests(connection: AsyncConnection, wanted: RequestFilter, window: Window) -> Sequence[AnyRow]:
    """Return the requests of a range, newest first."""
    query = select(issues).where(PUBLIC, issues.c.reported_at.between(wanted.start, wanted.end))
    if wanted.categories:
        query = query.where(issues.c.category.in_(wanted.categories))
    if wanted.closed is not None:
        query = query.where(issues.c.state.in_(ENDED) if wanted.closed else issues.c.state.not_in(ENDED))
    query = query.order_by(issues.c.reported_at.desc(), issues.c.id.desc())
    return (await connection.execute(query.limit(window.limit).offset(window.offset))).all()


async def requests_named(connection: AsyncConnection, ids: Sequence[UUID]) -> Sequence[AnyRow]:
    """Return the requests with some ids, newest first."""
    query = select(issues).where(PUBLIC, issues.c.id.in_(ids))
    return (await connection.execute(query.order_by(issues.c.reported_at.desc(), issues.c.id.desc()))).all()


async def steps_of_all(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, list[AnyRow]]:
    """Return the steps of requests, earliest first, by the id of the request."""
    query = select(steps).where(steps.c.issue_id.in_(ids)).order_by(steps.c.issue_id, steps.c.case_sequence)
    found: dict[UUID, list[AnyRow]] = {}
    for step in (await connection.execute(query)).all():
        found.setdefault(step.issue_id, []).append(step)
    return found


async def list_updates(
    connection: AsyncConnection, start: datetime, end: datetime, ids: Sequence[UUID], window: Window
) -> Sequence[AnyRow]:
    """Return what happened to requests in a range, earliest first: steps of the case, and what was added to them.

    With ``ids`` only of those requests. A step has a ``kind`` and its ``params``, a supplement a ``description``.
    """
    every = union_all(_steps(start, end, ids), _supplements(start, end, ids)).subquery()
    query = select(every).order_by(every.c.at, every.c.issue_id, every.c.key)
    return (await connection.execute(query.limit(window.limit).offset(window.offset))).all()


def _steps(start: datetime, end: datetime, ids: Sequence[UUID]) -> Select[Any]:
    query = select(
        steps.c.issue_id,
        steps.c.at,
        steps.c.case_sequence.label("key"),
        steps.c.kind,
        steps.c.params,
        cast(null(), Text).label("description"),
        cast(null(), Text).label("media_url"),
        issues.c.source,
        issues.c.state,
    )
    named = (steps.c.issue_id.in_(ids),) if ids else ()
    joined = query.join(issues, steps.c.issue_id == issues.c.id)
    return joined.where(and_(PUBLIC, steps.c.at.between(start, end), *named))


def _supplements(start: datetime, end: datetime, ids: Sequence[UUID]) -> Select[Any]:
    query = select(
        supplements.c.issue_id,
        supplements.c.at,
        cast(supplements.c.id, Text).label("key"),
        cast(null(), Text).label("kind"),
        cast(null(), JSONB).label("params"),
        supplements.c.description,
        supplements.c.media_url,
        issues.c.source,
        issues.c.state,
    )
    named = (supplements.c.issue_id.in_(ids),) if ids else ()
    joined = query.join(issues, supplements.c.issue_id == issues.c.id)
    return joined.where(and_(PUBLIC, supplements.c.at.between(start, end), *named))
