"""Places on shifts: who comes, waits, was asked or declined."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import ColumnElement

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from volunteer.api.callers import CurrentTelling, OrganiserActor, VolunteerActor
from volunteer.api.shift_schemas import (
    AcceptAssignment,
    AssignByHand,
    AssignmentRead,
    JoinShift,
)
from volunteer.api.words import IdCursor
from volunteer.queries import shifts as queries
from volunteer.tables import assignments, volunteers
from volunteer.usecases import assignments as usecases
from volunteer.usecases.shift_store import read_shift

router = APIRouter(prefix="/v1", tags=["shifts"])


@router.post("/shifts/{shift_id}/join", status_code=201)
async def join_shift(
    shift_id: UUID,
    body: JoinShift,
    actor: VolunteerActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    language: Language,
    key: Idempotency,
) -> AssignmentRead:
    """Take a place in a role, or wait for one."""
    made = await usecases.join_shift(
        connection,
        shift_id,
        body.role,
        risk_noted=body.risk_noted,
        assignment_id=runtime.new_id(),
        actor=actor,
        telling=telling,
        district=district,
        key=key,
    )
    return await read_assignment(connection, made.id, language)


@router.post("/shifts/{shift_id}/assignments", status_code=201)
async def assign_by_hand(
    shift_id: UUID,
    body: AssignByHand,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    language: Language,
    key: Idempotency,
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
        telling=telling,
        district=district,
        key=key,
    )
    return await read_assignment(connection, made.id, language)


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
    shift = await read_shift(connection, shift_id)
    actor.require_organiser(shift.area)
    return await _page(connection, assignments.c.shift_id == shift_id, language, after, limit)


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
    telling: CurrentTelling,
    language: Language,
) -> AssignmentRead:
    """Accept what was proposed, or confirm that one still comes for a place that became free."""
    await usecases.accept_assignment(
        connection, assignment_id, risk_noted=body.risk_noted, actor=actor, telling=telling
    )
    return await read_assignment(connection, assignment_id, language)


@router.post("/assignments/{assignment_id}/give-up")
async def give_up_assignment(
    assignment_id: UUID, actor: VolunteerActor, connection: Transaction, telling: CurrentTelling, language: Language
) -> AssignmentRead:
    """Decline, or give a place up: the next who waits is offered it."""
    await usecases.give_up(connection, assignment_id, actor=actor, telling=telling)
    return await read_assignment(connection, assignment_id, language)


async def _page(
    connection: Reading, which: ColumnElement[bool], language: str, after: str | None, limit: int
) -> Page[AssignmentRead]:
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_assignments(connection, which, after=start, limit=limit + 1)
    items = [AssignmentRead.of(row, language) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


async def read_assignment(connection: Reading, assignment_id: UUID, language: str) -> AssignmentRead:
    """Return an assignment that is there, as it is shown."""
    [row] = await queries.list_assignments(connection, assignments.c.id == assignment_id, after=None, limit=1)
    return AssignmentRead.of(row, language)
