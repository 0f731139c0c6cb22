"""The read side: which cases somebody may see, and their history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, RowMapping, and_, any_, false, func, literal, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cursor import Cursor
from linli.chassis.principal import Principal
from routing.domain.case import Case, Task, TaskState
from routing.domain.states import GIVEN, State
from routing.store import UnknownCaseError, cases_from
from routing.tables import cases, moves


class NotVisibleError(Exception):
    """Somebody asks for a case that is not theirs to see."""


EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Moments that a cursor may hold; near the ends of the calendar the database's driver fails."""


MOST_HOPS = 200


class CaseCursor(Cursor):
    """The newest case comes first."""

    opened_at: Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
    id: UUID


class MoveCursor(Cursor):
    """The first move comes first."""

    version: Annotated[int, Field(ge=0, lt=2**31)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; ``unit`` stands for all units beneath it too, None for no matter which."""

    state: State | None = None
    category: str | None = None
    unit: str | None = None
    handler: str | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return the filter as a condition on cases."""
        wanted = {cases.c.state: self.state, cases.c.category: self.category, cases.c.handler_id: self.handler}
        equal = [column == value for column, value in wanted.items() if value is not None]
        return and_(true(), *equal, *([] if self.unit is None else [within(cases.c.unit, [self.unit])]))


def within(path: ColumnElement[str], areas: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that a path is one of some areas or lies beneath one."""
    return or_(false(), *(or_(path == area, func.starts_with(path, f"{area}/")) for area in areas))


def visible_to(reader: Principal) -> ColumnElement[bool]:
    """Return the condition that a reader may see a case.

    Handlers see what they handle; departments what they are called to; staff what lies in their areas, unless it is
    confidential; supervisors that too; the platform what is not confidential, wherever it lies, and beyond that what a
    supervisor sees.
    """
    # The unit as well: the top unit owns what lies in no area of the grid.
    in_areas = or_(within(cases.c.area, reader.areas), within(cases.c.unit, reader.areas))
    ways: list[ColumnElement[bool]] = []
    if reader.has_role("handler"):
        ways.append(cases.c.handler_id == reader.subject)
    if reader.has_role("department") and reader.department is not None:
        leads = cases.c.lead_department.is_not_distinct_from(reader.department)
        ways.append(or_(leads, literal(reader.department) == any_(cases.c.co_departments)))
    if reader.has_role("staff"):
        ways.append(and_(cases.c.confidential.is_(False), in_areas))
    if reader.has_role("supervisor", "platform"):
        ways.append(in_areas)
    if reader.has_role("platform"):
        ways.append(cases.c.confidential.is_(False))
    return or_(false(), *ways)


async def find_case(connection: AsyncConnection, case_id: UUID, reader: Principal) -> Case:
    """Return a case.

    Raises:
        UnknownCaseError: there is none.
        NotVisibleError: it is not the reader's to see.
    """
    query = select(cases, visible_to(reader).label("visible")).where(cases.c.id == case_id)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise UnknownCaseError(case_id)
    if not row["visible"]:
        raise NotVisibleError
    (case,) = await cases_from(connection, [row])
    return case


async def list_cases(
    connection: AsyncConnection, reader: Principal, wanted: CaseFilter, *, after: CaseCursor | None, limit: int
) -> tuple[list[Case], CaseCursor | None]:
    """Return a page of the cases that a reader may see, and the cursor of the next one."""
    query = (
        select(cases)
        .where(visible_to(reader), wanted.condition())
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(cases.c.opened_at, cases.c.id) < (after.opened_at, after.id))
    rows = (await connection.execute(query)).mappings().all()
    page = await cases_from(connection, rows[:limit])
    more = len(rows) > limit
    return page, CaseCursor(opened_at=page[-1].opened_at, id=page[-1].id) if more else None


async def list_moves(
    connection: AsyncConnection, case_id: UUID, *, after: MoveCursor | None, limit: int
) -> tuple[Sequence[RowMapping], MoveCursor | None]:
    """Return a page of a case's history, and the cursor of the next one."""
    took = func.extract("epoch", moves.c.moved_at - func.lag(moves.c.moved_at).over(order_by=moves.c.version))
    whole = select(moves, took.label("took_s")).where(moves.c.case_id == case_id).subquery()
    query = select(whole).order_by(whole.c.version).limit(limit + 1)
    if after is not None:
        query = query.where(whole.c.version > after.version)
    rows = (await connection.execute(query)).mappings().all()
    return rows[:limit], MoveCursor(version=rows[limit - 1]["version"]) if len(rows) > limit else None


async def list_hops(connection: AsyncConnection, case_id: UUID) -> Sequence[RowMapping]:
    """Return the moves that decided anew who owns a case, first to last: at most `MOST_HOPS`; each has a reason."""
    query = (
        select(moves)
        .where(moves.c.case_id == case_id, moves.c.action.in_(GIVEN), moves.c.reason.is_not(None))
        .limit(MOST_HOPS)
        .order_by(moves.c.version)
    )
    return (await connection.execute(query)).mappings().all()


async def list_tasks(
    connection: AsyncConnection, unit: str, reader: Principal | None, *, after: CaseCursor | None, limit: int
) -> tuple[list[tuple[Case, Task]], CaseCursor | None]:
    """Return the open tasks of a unit, by cases, the newest first; a reader sees those of cases that they may see.

    A page has the tasks of ``limit`` cases.
    """
    wanted = cases.c.tasks.contains([{"unit": unit, "state": TaskState.ASSIGNED}])
    query = (
        select(cases)
        .where(cases.c.tasks != [], wanted)
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
        .limit(limit + 1)
    )
    if reader is not None:
        query = query.where(visible_to(reader))
    if after is not None:
        query = query.where(tuple_(cases.c.opened_at, cases.c.id) < (after.opened_at, after.id))
    rows = (await connection.execute(query)).mappings().all()
    page = await cases_from(connection, rows[:limit])
    tasks = [
        (case, task) for case in page for task in case.tasks if task.unit == unit and task.state is TaskState.ASSIGNED
    ]
    more = len(rows) > limit
    return tasks, CaseCursor(opened_at=page[-1].opened_at, id=page[-1].id) if more else None
