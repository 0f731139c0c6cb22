"""What is addressed to the departments, kept as the events of cases and meetings tell: dispatches and invitations."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import (
    DispatchAccepted,
    DispatchProgressed,
    DispatchRequested,
    Event,
    MeetingCalled,
    MeetingCancelled,
)
from notify.tables import meetings, open_dispatches

KEPT = timedelta(days=90)
"""How long after its end a meeting is shown in calendars."""

ANSWERS = {DispatchAccepted: "accepted", DispatchProgressed: "progressed"}
"""What a dispatch is after an answer that does not end it."""


async def request(connection: AsyncConnection, event: Event[DispatchRequested]) -> None:
    """Note that a department was called; what was known of an earlier call to the same case is gone."""
    called = event.data
    row = {
        "category": called.category,
        "area": called.area,
        "role": called.role,
        "task": called.task,
        "deadline": called.deadline,
        "requested_at": event.time,
        "state": "requested",
        "state_at": event.time,
        "digested_on": None,
    }
    new = insert(open_dispatches).values(case_id=called.case_id, department=called.department, **row)
    key = [open_dispatches.c.case_id, open_dispatches.c.department]
    await connection.execute(new.on_conflict_do_update(index_elements=key, set_=row))


async def note_answer(connection: AsyncConnection, event: Event[DispatchAccepted | DispatchProgressed]) -> None:
    """Note how far a department is with an open dispatch."""
    its = (open_dispatches.c.case_id == event.data.case_id, open_dispatches.c.department == event.data.department)
    answered = {"state": ANSWERS[type(event.data)], "state_at": event.time}
    await connection.execute(update(open_dispatches).where(*its).values(answered))


async def end(connection: AsyncConnection, case_id: UUID, department: str | None = None) -> None:
    """Note that a department's part of a case is over; without a department, everybody's."""
    ended = delete(open_dispatches).where(open_dispatches.c.case_id == case_id)
    if department is not None:
        ended = ended.where(open_dispatches.c.department == department)
    await connection.execute(ended)


async def call(connection: AsyncConnection, event: Event[MeetingCalled]) -> None:
    """Note what a meeting is to be, and to whom it is open now."""
    plan = event.data
    row = {
        "category": plan.category,
        "title": plan.title,
        "place": plan.place,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "departments": list(plan.departments),
        "cancelled": False,
        "version": int(event.sequence),
        "changed_at": event.time,
    }
    new = insert(meetings).values(id=plan.meeting_id, **row)
    await connection.execute(new.on_conflict_do_update(index_elements=[meetings.c.id], set_=row))


async def cancel(connection: AsyncConnection, event: Event[MeetingCancelled]) -> None:
    """Note that a meeting does not take place."""
    struck = {"cancelled": True, "version": int(event.sequence), "changed_at": event.time}
    await connection.execute(update(meetings).where(meetings.c.id == event.data.meeting_id).values(struck))


async def purge_meetings(connection: AsyncConnection, at: datetime) -> None:
    """Delete the meetings that calendars show no longer at a time."""
    await connection.execute(delete(meetings).where(meetings.c.ends_at < at - KEPT))
