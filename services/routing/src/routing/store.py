"""Cases in their tables: loading, adding and saving whole ones."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Handler, Level, Satisfaction
from routing.domain.case import Case, ReturnVisit
from routing.domain.explanation import Rule
from routing.domain.states import State
from routing.tables import cases, return_visits

RULES = TypeAdapter(tuple[Rule, ...])


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


async def add_case(connection: AsyncConnection, case: Case) -> bool:
    """Add a case and return True; return False, and change nothing, where one with its id exists."""
    statement = upsert(cases).values(_row(case)).on_conflict_do_nothing().returning(cases.c.id)
    return (await connection.scalar(statement)) is not None


async def save_case(connection: AsyncConnection, before: Case, case: Case) -> None:
    """Save a case that was loaded as ``before``."""
    await connection.execute(update(cases).where(cases.c.id == case.id).values(_row(case)))
    known = len(before.return_visits)
    for number, visit in enumerate(case.return_visits[known:], start=known + 1):
        await connection.execute(insert(return_visits).values(_visit_row(case, number, visit)))


def _case(row: RowMapping, visits: Sequence[ReturnVisit]) -> Case:
    same = {name: row[name] for name in _SAME}
    return Case(
        **same,
        state=State(row["state"]),
        level=Level(row["level"]),
        handler=Handler(id=row["handler_id"], name=row["handler_name"], post=row["handler_post"]),
        deadline=row["deadline_at"],
        co_departments=tuple(row["co_departments"]),
        explanation=RULES.validate_python(row["explanation"]),
        return_visits=tuple(visits),
    )


def _row(case: Case) -> dict[str, Any]:
    return {
        **{name: getattr(case, name) for name in _SAME},
        "state": case.state,
        "level": case.level,
        "handler_id": case.handler.id,
        "handler_name": case.handler.name,
        "handler_post": case.handler.post,
        "deadline_at": case.deadline,
        "co_departments": list(case.co_departments),
        "explanation": RULES.dump_python(case.explanation, mode="json"),
    }


_SAME = (
    "id",
    "category",
    "area",
    "unit",
    "lead_department",
    "volunteers_wanted",
    "confidential",
    "opened_at",
    "resolved_at",
    "closed_at",
    "hops",
    "version",
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
