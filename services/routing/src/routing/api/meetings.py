"""Meetings about cases."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath
from routing import meetings as commands
from routing.api.callers import CurrentActor, CurrentRulebook, Reader, RulebookInTransaction, units_of
from routing.api.meeting_ics import calendar_of, method_of
from routing.api.meeting_schemas import CancelMeeting, HoldMeeting, MeetingChange, MeetingCreate, MeetingRead
from routing.domain.meetings import Meeting
from routing.meeting_queries import MeetingCursor, MeetingFilter, find_meeting, list_meetings
from routing.meetings import MeetingCommand

router = APIRouter(prefix="/v1/meetings", tags=["meetings"])
changing = APIRouter(prefix="/v1/meetings/{meeting_id}", tags=["meetings"], responses=ETAG_HEADER)


async def _command(meeting_id: UUID, actor: CurrentActor, versions: SeenVersions, now: Now) -> MeetingCommand:
    return MeetingCommand(meeting_id=meeting_id, actor=actor, at=now, versions=versions)


CurrentMeetingCommand = Annotated[MeetingCommand, Depends(_command)]


@router.post("", status_code=201, responses={201: ETAG_HEADER[200]})
async def call_meeting(
    body: MeetingCreate,
    actor: CurrentActor,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    key: Idempotency,
    response: Response,
) -> MeetingRead:
    """Call a meeting about open cases; those invited are told."""
    meeting = await commands.call_new_meeting(
        connection, rulebook, body.plan(), body.cases, meeting_id=runtime.new_id(), actor=actor, at=now, key=key
    )
    return _read(meeting, response)


@router.get("")
async def list_the_meetings(
    connection: Reading,
    reader: Reader,
    rulebook: CurrentRulebook,
    now: Now,
    case: Annotated[UUID | None, Query(description="About this case")] = None,
    unit: Annotated[AreaPath | None, Query(description="To which this unit, or one beneath it, is invited")] = None,
    upcoming: Annotated[bool, Query(description="Those still to come, the next one first")] = False,  # noqa: FBT002 - a query parameter
    after: After = None,
    limit: Limit = 50,
) -> Page[MeetingRead]:
    """List the meetings that the caller may see, the latest first."""
    cursor = MeetingCursor.decode(after) if after is not None else None
    wanted = MeetingFilter(case_id=case, unit=unit, after=now if upcoming else None)
    meetings, following = await list_meetings(
        connection, reader, wanted, units=units_of(reader, rulebook), after=cursor, limit=limit
    )
    return Page(items=[MeetingRead.of(one) for one in meetings], next=following and following.encode())


@router.get("/{meeting_id}.ics", response_class=Response, responses={200: {"content": {"text/calendar": {}}}})
async def read_meeting_as_calendar(
    meeting_id: UUID, connection: Reading, reader: Reader, rulebook: CurrentRulebook, language: Language
) -> Response:
    """Return a meeting for a calendar, which takes it in, moves it or strikes it."""
    meeting = await find_meeting(connection, meeting_id, reader, units_of(reader, rulebook))
    content = calendar_of(meeting, rulebook.district, language)
    return Response(content, media_type=f"text/calendar; charset=utf-8; method={method_of(meeting)}")


@router.get("/{meeting_id}", responses=ETAG_HEADER)
async def read_meeting(
    meeting_id: UUID, connection: Reading, reader: Reader, rulebook: CurrentRulebook, response: Response
) -> MeetingRead:
    """Return a meeting."""
    return _read(await find_meeting(connection, meeting_id, reader, units_of(reader, rulebook)), response)


@changing.patch("")
async def change_meeting(
    body: MeetingChange,
    command: CurrentMeetingCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    response: Response,
) -> MeetingRead:
    """Move a meeting, or change whom it is with or what it is about; those invited are told again."""
    return _read(await commands.change_a_meeting(connection, rulebook, command, body.changes()), response)


@changing.post("/hold")
async def hold_meeting(
    body: HoldMeeting,
    command: CurrentMeetingCommand,
    connection: Transaction,
    rulebook: RulebookInTransaction,
    runtime: CurrentRuntime,
    response: Response,
) -> MeetingRead:
    """Note the minutes and decisions of a meeting that took place."""
    meeting = await commands.hold_a_meeting(connection, rulebook, command, body.minutes, body.decided(), runtime.new_id)
    return _read(meeting, response)


@changing.post("/cancel")
async def cancel_meeting(
    body: CancelMeeting, command: CurrentMeetingCommand, connection: Transaction, response: Response
) -> MeetingRead:
    """Call a meeting off; those invited are told why."""
    return _read(await commands.cancel_a_meeting(connection, command, body.reason), response)


def _read(meeting: Meeting, response: Response) -> MeetingRead:
    set_etag(response, meeting.version)
    return MeetingRead.of(meeting)
