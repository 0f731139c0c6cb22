"""Meetings in their tables: loading, adding and saving whole ones."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import MeetingKind
from routing.domain.meetings import Decision, Meeting, MeetingState, Plan
from routing.meeting_tables import meeting_cases, meeting_decisions, meetings


class UnknownMeetingError(Exception):
    """There is no meeting with that id."""

    def __init__(self, meeting_id: UUID) -> None:
        super().__init__(f"no meeting {meeting_id}")
        self.meeting_id = meeting_id


async def load_meeting(connection: AsyncConnection, meeting_id: UUID) -> Meeting:
    """Return a meeting, locked until the transaction ends.

    Raises:
        UnknownMeetingError: there is none.
    """
    query = select(meetings).where(meetings.c.id == meeting_id).with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise UnknownMeetingError(meeting_id)
    (meeting,) = await meetings_from(connection, [row])
    return meeting


async def meetings_from(connection: AsyncConnection, rows: Sequence[RowMapping]) -> list[Meeting]:
    """Return the meetings of rows of their table, in the order of the rows."""
    ids = [row["id"] for row in rows]
    about: defaultdict[UUID, list[UUID]] = defaultdict(list)
    query = select(meeting_cases).where(meeting_cases.c.meeting_id.in_(ids)).order_by(meeting_cases.c.number)
    for row in (await connection.execute(query)).mappings():
        about[row["meeting_id"]].append(row["case_id"])
    decided: defaultdict[UUID, list[Decision]] = defaultdict(list)
    taken = (
        select(meeting_decisions).where(meeting_decisions.c.meeting_id.in_(ids)).order_by(meeting_decisions.c.number)
    )
    for row in (await connection.execute(taken)).mappings():
        decided[row["meeting_id"]].append(_decision(row))
    return [_meeting(row, about[row["id"]], decided[row["id"]]) for row in rows]


async def add_meeting(connection: AsyncConnection, meeting: Meeting) -> None:
    """Add a meeting."""
    await connection.execute(insert(meetings).values(_row(meeting)))
    about = [
        {"meeting_id": meeting.id, "number": number, "case_id": case_id}
        for number, case_id in enumerate(meeting.cases, start=1)
    ]
    await connection.execute(insert(meeting_cases), about)


async def save_meeting(connection: AsyncConnection, meeting: Meeting) -> None:
    """Save a meeting that was loaded; decisions are taken once, when it is held."""
    await connection.execute(update(meetings).where(meetings.c.id == meeting.id).values(_row(meeting)))
    decisions = [
        {
            "meeting_id": meeting.id,
            "number": number,
            "case_id": decision.case_id,
            "unit": decision.unit,
            "work": decision.work,
            "deadline_at": decision.deadline,
        }
        for number, decision in enumerate(meeting.decisions, start=1)
    ]
    if decisions:
        await connection.execute(insert(meeting_decisions), decisions)


def _meeting(row: RowMapping, about: Sequence[UUID], decisions: Sequence[Decision]) -> Meeting:
    plan = Plan(
        kind=MeetingKind(row["kind"]),
        title=row["title"],
        place=row["place"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        agenda=tuple(row["agenda"]),
        units=tuple(row["units"]),
        departments=tuple(row["departments"]),
    )
    return Meeting(
        **{name: row[name] for name in _SAME},
        plan=plan,
        cases=tuple(about),
        state=MeetingState(row["state"]),
        decisions=tuple(decisions),
    )


def _row(meeting: Meeting) -> dict[str, Any]:
    plan = asdict(meeting.plan)
    lists = {name: list(plan[name]) for name in ("agenda", "units", "departments")}
    return {**{name: getattr(meeting, name) for name in _SAME}, **plan, **lists, "state": meeting.state}


def _decision(row: RowMapping) -> Decision:
    return Decision(case_id=row["case_id"], unit=row["unit"], work=row["work"], deadline=row["deadline_at"])


_SAME = (
    "id",
    "category",
    "area",
    "unit",
    "confidential",
    "called_by",
    "called_by_name",
    "changed_at",
    "minutes",
    "reason",
    "version",
)
"""What is called and stored as in the domain."""
