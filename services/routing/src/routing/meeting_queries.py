"""The read side of meetings: which ones somebody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, Text, and_, any_, false, func, literal, not_, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cursor import Cursor
from linli.chassis.principal import Principal
from routing.domain.meetings import Meeting, MeetingState
from routing.meeting_store import UnknownMeetingError, meetings_from
from routing.meeting_tables import meeting_cases, meetings
from routing.queries import EARLIEST, LATEST, NotVisibleError, visible_to, within
from routing.tables import cases


class MeetingCursor(Cursor):
    """The latest meeting comes first; of those to come, the next one."""

    starts_at: Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFilter:
    """Which meetings to list: about a case, with a unit (or one beneath it) invited, still to come after a moment."""

    case_id: UUID | None = None
    unit: str | None = None
    after: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return the filter as a condition on meetings."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.case_id is not None:
            conditions.append(_about(meeting_cases.c.case_id == self.case_id))
        if self.unit is not None:
            conditions.append(_invited((self.unit,)))
        if self.after is not None:
            conditions += [meetings.c.state == MeetingState.CALLED, meetings.c.starts_at >= self.after]
        return and_(*conditions)


def meetings_visible_to(reader: Principal, units: Sequence[str] = ()) -> ColumnElement[bool]:
    """Return the condition that a reader, who is a person of ``units``, may see a meeting.

    Whoever called it, the departments and the handlers of units that are invited, those who may see one of its cases
    (of a confidential one, all of them), and those whose areas hold an invited unit; of a confidential one, of these
    last the supervisors only.
    """
    its_case = cases.c.id == meeting_cases.c.case_id
    some = _about(and_(its_case, visible_to(reader)))
    hidden = _about(and_(its_case, not_(visible_to(reader))))
    of_their_cases = and_(some, or_(meetings.c.confidential.is_(False), not_(hidden)))
    ways: list[ColumnElement[bool]] = [meetings.c.called_by == reader.subject, of_their_cases]
    if reader.has_role("department") and reader.department is not None:
        ways.append(literal(reader.department) == any_(meetings.c.departments))
    if reader.has_role("handler"):
        ways += [literal(unit) == any_(meetings.c.units) for unit in units]
    invited = _invited(reader.areas)
    if reader.has_role("supervisor", "platform"):
        ways.append(invited)
    elif reader.has_role("staff"):
        ways.append(and_(meetings.c.confidential.is_(False), invited))
    return or_(*ways)


async def find_meeting(
    connection: AsyncConnection, meeting_id: UUID, reader: Principal, units: Sequence[str] = ()
) -> Meeting:
    """Return a meeting.

    Raises:
        UnknownMeetingError: there is none.
        NotVisibleError: it is not the reader's to see.
    """
    query = select(meetings, meetings_visible_to(reader, units).label("visible")).where(meetings.c.id == meeting_id)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise UnknownMeetingError(meeting_id)
    if not row["visible"]:
        raise NotVisibleError
    (meeting,) = await meetings_from(connection, [row])
    return meeting


async def list_meetings(
    connection: AsyncConnection,
    reader: Principal,
    wanted: MeetingFilter,
    *,
    units: Sequence[str] = (),
    after: MeetingCursor | None,
    limit: int,
) -> tuple[list[Meeting], MeetingCursor | None]:
    """Return a page of the meetings that a reader may see, and the cursor of the next one."""
    order = (meetings.c.starts_at, meetings.c.id)
    to_come = wanted.after is not None
    query = (
        select(meetings)
        .where(meetings_visible_to(reader, units), wanted.condition())
        .order_by(*(order if to_come else (column.desc() for column in order)))
        .limit(limit + 1)
    )
    if after is not None:
        place = (after.starts_at, after.id)
        query = query.where(tuple_(*order) > place if to_come else tuple_(*order) < place)
    rows = (await connection.execute(query)).mappings().all()
    page = await meetings_from(connection, rows[:limit])
    more = len(rows) > limit
    return page, MeetingCursor(starts_at=page[-1].plan.starts_at, id=page[-1].id) if more else None


def _about(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    about = select(literal(1)).where(meeting_cases.c.meeting_id == meetings.c.id, condition)
    return about.correlate(meetings).exists()


def _invited(areas: tuple[str, ...]) -> ColumnElement[bool]:
    if not areas:
        return false()
    unit = func.unnest(meetings.c.units, type_=Text).column_valued("invited")
    return select(literal(1)).where(within(unit, areas)).correlate(meetings).exists()
