"""Shifts and service days, and the plans that fill them."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement

from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath
from volunteer.api.callers import OrganiserActor, VolunteerActor
from volunteer.api.shift_schemas import (
    AcceptAssignment,
    ActivityCreate,
    ActivityRead,
    AssignByHand,
    AssignmentRead,
    JoinShift,
    PlanRead,
    PlanShifts,
    RoleRead,
    ShiftRead,
)
from volunteer.api.words import IdCursor, Moment, placed
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.words import Span
from volunteer.queries import shifts as queries
from volunteer.queries.rows import AnyRow
from volunteer.queries.shifts import ShiftFilter
from volunteer.tables import assignments, volunteers
from volunteer.usecases import shifts as usecases
from volunteer.usecases.plans import plan_shifts

router = APIRouter(prefix="/v1", tags=["shifts"])

MOST_DAYS = 92
"""Of shifts that are listed or planned at once."""

AT_RISK = timedelta(days=3)


class ShiftCursor(Cursor):
    """Shifts are listed by when they begin."""

    begins_at: datetime
    id: UUID


@router.post("/activities", status_code=201)
async def announce_activity(
    body: ActivityCreate,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    key: Idempotency,
) -> ActivityRead:
    """Announce what takes place once or again; its shifts of a year are laid down."""
    activity = body.activity(runtime.new_id(), district)
    announced = await usecases.announce(connection, activity, new_id=runtime.new_id, actor=actor, key=key)
    return ActivityRead.model_validate(announced)


@router.get("/activities/{activity_id}")
async def read_activity(activity_id: UUID, connection: Reading) -> ActivityRead:
    """Show an activity to anyone."""
    return ActivityRead.model_validate(await usecases.load_activity(connection, activity_id))


@router.get("/shifts")
async def list_shifts(
    connection: Reading,
    now: Now,
    begins: Annotated[Moment | None, Query(description="Now, without it")] = None,
    ends: Annotated[Moment | None, Query(description="Four weeks later, without it")] = None,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    activity: UUID | None = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ShiftRead]:
    """List the shifts that begin between two moments, the earliest first, to anyone."""
    first = begins or now
    span = _span(first, ends or first + timedelta(weeks=4))
    wanted = ShiftFilter(begins=span.begins, ends=span.ends, area=area, activity_id=activity)
    cursor = ShiftCursor.decode(after) if after else None
    start = None if cursor is None else (cursor.begins_at, cursor.id)
    rows = await queries.list_shifts(connection, wanted, after=start, limit=limit + 1)
    counts = await queries.placed_in(connection, [row.id for row in rows])
    items = [_shift_read(row, counts, now) for row in rows[:limit]]
    more = ShiftCursor(begins_at=items[-1].begins_at, id=items[-1].id).encode() if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post("/shifts/{shift_id}/cancel", status_code=204)
async def cancel_shift(shift_id: UUID, actor: OrganiserActor, connection: Transaction, now: Now) -> None:
    """Call a shift off."""
    await usecases.cancel_shift(connection, shift_id, actor=actor, at=now)


@router.post("/shifts/{shift_id}/join", status_code=201)
async def join_shift(
    shift_id: UUID,
    body: JoinShift,
    actor: VolunteerActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    language: Language,
) -> AssignmentRead:
    """Take a place in a role, or wait for one."""
    made = await usecases.join_shift(
        connection,
        shift_id,
        body.role,
        risk_noted=body.risk_noted,
        assignment_id=runtime.new_id(),
        actor=actor,
        at=now,
        district=district,
    )
    return await _read(connection, made.id, language)


@router.post("/shifts/{shift_id}/assignments", status_code=201)
async def assign_by_hand(
    shift_id: UUID,
    body: AssignByHand,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    language: Language,
) -> AssignmentRead:
    """Give somebody a place who agreed by word of mouth; who decided it, why, and which rules it breaks is recorded."""
    made = await usecases.assign_by_hand(
        connection,
        shift_id,
        body.role,
        body.volunteer_id,
        body.reason,
        assignment_id=runtime.new_id(),
        actor=actor,
        at=now,
        district=district,
    )
    return await _read(connection, made.id, language)


@router.get("/shifts/{shift_id}/assignments")
async def list_assignments(
    shift_id: UUID,
    actor: OrganiserActor,
    connection: Reading,
    language: Language,
    after: After = None,
    limit: Limit = 50,
) -> Page[AssignmentRead]:
    """List who comes, waits, was asked or declined, with all reasons, to those who organise there."""
    shift = await usecases.read_shift(connection, shift_id)
    actor.require_organiser(shift["area"])
    return await _page(connection, assignments.c.shift_id == shift_id, language, after, limit)


@router.post("/shift-plans")
async def make_plan(
    body: PlanShifts,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    now: Now,
    language: Language,
) -> PlanRead:
    """Propose volunteers for the open places of an area's shifts; what was accepted stays as it is."""
    planned = await plan_shifts(
        connection,
        placed(body.area, district),
        _span(body.begins, body.ends),
        new_id=runtime.new_id,
        actor=actor,
        at=now,
        district=district,
        floors=body.floors,
    )
    return PlanRead.of(planned, language)


@router.get("/assignments/mine")
async def list_own_assignments(
    actor: VolunteerActor, connection: Reading, language: Language, after: After = None, limit: Limit = 50
) -> Page[AssignmentRead]:
    """List the caller's own assignments, earliest first, with why they were asked."""
    return await _page(connection, volunteers.c.subject == actor.subject, language, after, limit)


@router.post("/assignments/{assignment_id}/accept")
async def accept_assignment(
    assignment_id: UUID,
    body: AcceptAssignment,
    actor: VolunteerActor,
    connection: Transaction,
    now: Now,
    language: Language,
) -> AssignmentRead:
    """Accept what was proposed, or confirm that one still comes for a place that became free."""
    await usecases.accept_assignment(connection, assignment_id, risk_noted=body.risk_noted, actor=actor, at=now)
    return await _read(connection, assignment_id, language)


@router.post("/assignments/{assignment_id}/give-up")
async def give_up_assignment(
    assignment_id: UUID, actor: VolunteerActor, connection: Transaction, now: Now, language: Language
) -> AssignmentRead:
    """Decline, or give a place up: the next who waits is offered it."""
    await usecases.give_up(connection, assignment_id, actor=actor, at=now)
    return await _read(connection, assignment_id, language)


def _span(begins: datetime, ends: datetime) -> Span:
    if not timedelta(0) < ends - begins <= timedelta(days=MOST_DAYS):
        raise FieldError("ends", f"is after begins, at most {MOST_DAYS} days")
    return Span(begins, ends)


def _shift_read(row: AnyRow, counts: Any, now: datetime) -> ShiftRead:  # noqa: ANN401 - a mapping by shift and role
    roles = [RoleRead(**{**role, "placed": counts.get((row.id, role["code"]), 0)}) for role in row.roles]
    missing = any(role.placed < role.headcount for role in roles)
    soon = now <= row.begins_at < now + AT_RISK
    at_risk = missing and soon and not row.cancelled
    return ShiftRead.model_validate({**row._asdict(), "roles": roles, "at_risk": at_risk})


async def _page(
    connection: Reading, which: ColumnElement[bool], language: str, after: str | None, limit: int
) -> Page[AssignmentRead]:
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_assignments(connection, which, after=start, limit=limit + 1)
    items = [AssignmentRead.of(row, language) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


async def _read(connection: Reading, assignment_id: UUID, language: str) -> AssignmentRead:
    [row] = await queries.list_assignments(connection, assignments.c.id == assignment_id, after=None, limit=1)
    return AssignmentRead.of(row, language)
