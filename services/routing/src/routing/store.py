"""Cases in their tables: loading, adding and saving whole ones."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, Select, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Handler, Level, Satisfaction
from linli.district import StageLimits, Urgency
from routing.domain.case import Absorbed, Asked, Case, Dispatch, ReturnVisit, Task
from routing.domain.clock import Clock
from routing.domain.rulebook import Rulebook
from routing.domain.rules import Rule
from routing.domain.states import OPEN, State
from routing.domain.ticking import next_at
from routing.tables import cases, return_visits

PARTS: dict[str, TypeAdapter[Any]] = {
    "explanation": TypeAdapter(tuple[Rule, ...]),
    "limits": TypeAdapter(StageLimits),
    "clocks": TypeAdapter(tuple[Clock, ...]),
    "dispatches": TypeAdapter(tuple[Dispatch, ...]),
    "tasks": TypeAdapter(tuple[Task, ...]),
    "absorbed": TypeAdapter(tuple[Absorbed, ...]),
    "own": TypeAdapter(Absorbed | None),
    "asked": TypeAdapter(Asked | None),
}
"""The parts of a case that are stored as JSON, each whole."""


# Made once: a statement with so many values takes longer to make than to execute.
_ADD = upsert(cases).on_conflict_do_nothing().returning(cases.c.id)
_SAVE = update(cases).where(cases.c.id == bindparam("the_id"))


class UnknownCaseError(Exception):
    """There is no case with that id."""

    def __init__(self, case_id: UUID) -> None:
        super().__init__(f"no case {case_id}")
        self.case_id = case_id


async def load_case(connection: AsyncConnection, case_id: UUID) -> Case:
    """Return a case, locked until the transaction ends.

    Raises:
        UnknownCaseError: there is none.
    """
    query = select(cases).where(cases.c.id == case_id).with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise UnknownCaseError(case_id)
    # A second statement on purpose: one that had waited for the lock would still see the visits of before.
    (case,) = await cases_from(connection, [row])
    return case


async def merged_into(connection: AsyncConnection, case_id: UUID) -> UUID | None:
    """Return the case that a case is merged into now, if any; nothing is locked."""
    return await connection.scalar(select(cases.c.merged_into).where(cases.c.id == case_id))


async def ids_of_due(connection: AsyncConnection, *, at: datetime, limit: int) -> Sequence[UUID]:
    """Return the ids of the cases that `load_due` would return, which are locked likewise."""
    return (await connection.scalars(_due(select(cases.c.id), at, limit))).all()


async def put_off(connection: AsyncConnection, case_id: UUID, *, until: datetime) -> None:
    """Let time do nothing to a case before a moment."""
    await connection.execute(update(cases).where(cases.c.id == case_id).values(next_at=until))


async def load_due(connection: AsyncConnection, *, at: datetime, limit: int) -> list[Case]:
    """Return the cases to which time does something by a moment, the longest due first, locked.

    Those that another process has locked are left to it.
    """
    rows = (await connection.execute(_due(select(cases), at, limit))).mappings().all()
    return await cases_from(connection, rows) if rows else []


def _due(query: Select[Any], at: datetime, limit: int) -> Select[Any]:
    due = query.where(cases.c.next_at <= at).order_by(cases.c.next_at).limit(limit)
    return due.with_for_update(skip_locked=True)


async def cases_from(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[Case]:
    """Return the cases of rows of their table, in the order of the rows."""
    query = (
        select(return_visits)
        .where(return_visits.c.case_id.in_([row["id"] for row in rows]))
        .order_by(return_visits.c.number)
    )
    visits: defaultdict[UUID, list[ReturnVisit]] = defaultdict(list)
    for visit in (await connection.execute(query)).mappings():
        visits[visit["case_id"]].append(_visit(visit))
    return [_case(row, visits[row["id"]]) for row in rows]


async def count_loads(
    connection: AsyncConnection, persons: Sequence[str], *, without: UUID | None = None
) -> dict[str, int]:
    """Return how many open cases each of some persons has, one case apart; those without any are left out."""
    query = (
        select(cases.c.handler_id, func.count())
        .where(cases.c.handler_id.in_(persons), cases.c.state.in_(OPEN))
        .group_by(cases.c.handler_id)
    )
    if without is not None:
        query = query.where(cases.c.id != without)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def add_case(connection: AsyncConnection, case: Case, rulebook: Rulebook) -> bool:
    """Add a case and return True; return False, and change nothing, where one with its id exists."""
    return (await connection.scalar(_ADD, _row(case, rulebook))) is not None


async def save_case(connection: AsyncConnection, before: Case, case: Case, rulebook: Rulebook) -> None:
    """Save a case that was loaded as ``before``."""
    await connection.execute(_SAVE, {"the_id": case.id, **_row(case, rulebook)})
    known = len(before.return_visits)
    for number, visit in enumerate(case.return_visits[known:], start=known + 1):
        await connection.execute(insert(return_visits).values(_visit_row(case, number, visit)))


def _case(row: RowMapping, visits: Sequence[ReturnVisit]) -> Case:
    same = {name: row[name] for name in _SAME}
    parts = {name: adapter.validate_python(row[name]) for name, adapter in PARTS.items()}
    return Case(
        **same,
        **parts,
        state=State(row["state"]),
        level=Level(row["level"]),
        urgency=Urgency(row["urgency"]),
        handler=_handler(row, "handler"),
        responsible=_handler(row, "responsible"),
        co_departments=tuple(row["co_departments"]),
        return_visits=tuple(visits),
    )


def _row(case: Case, rulebook: Rulebook) -> dict[str, Any]:
    parts = {name: adapter.dump_python(getattr(case, name), mode="json") for name, adapter in PARTS.items()}
    return {
        **{name: getattr(case, name) for name in _SAME},
        **parts,
        "state": case.state,
        "level": case.level,
        "urgency": case.urgency,
        **_handler_row("handler", case.handler),
        **_handler_row("responsible", case.responsible),
        "deadline_at": case.deadline,
        "co_departments": list(case.co_departments),
        "next_at": next_at(case, rulebook),
    }


def _handler(row: RowMapping, name: str) -> Handler:
    return Handler(id=row[f"{name}_id"], name=row[f"{name}_name"], post=row[f"{name}_post"])


def _handler_row(name: str, handler: Handler) -> dict[str, str]:
    return {f"{name}_id": handler.id, f"{name}_name": handler.name, f"{name}_post": handler.post}


_SAME = (
    "id",
    "category",
    "area",
    "unit",
    "decided_by",
    "lead_department",
    "volunteers_wanted",
    "confidential",
    "attributes",
    "opened_at",
    "resolved_at",
    "resolved_by",
    "closed_at",
    "moved_at",
    "promised_at",
    "due_unit",
    "by_staff",
    "suspended_at",
    "supervised",
    "late",
    "merged_into",
    "hops",
    "version",
    "catalogue_version",
)
"""What is called and stored as in the domain."""


def _visit(row: RowMapping) -> ReturnVisit:
    return ReturnVisit(
        answered_at=row["answered_at"],
        contacted=row["contacted"],
        solved=row["solved"],
        satisfaction=Satisfaction(row["satisfaction"]),
    )


def _visit_row(case: Case, number: int, visit: ReturnVisit) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "number": number,
        "unit": case.unit,
        "answered_at": visit.answered_at,
        "contacted": visit.contacted,
        "solved": visit.solved,
        "satisfaction": visit.satisfaction,
    }
