"""Shifts and service days, and the plans that fill them."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query

from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath
from volunteer.api.callers import CurrentTelling, OrganiserActor
from volunteer.api.shift_schemas import (
    ActivityCreate,
    ActivityRead,
    PlanRead,
    PlanShifts,
    RoleRead,
    ShiftRead,
)
from volunteer.api.words import Moment, placed
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.words import Span
from volunteer.queries import shifts as queries
from volunteer.queries.rows import AnyRow
from volunteer.queries.shifts import ShiftFilter
from volunteer.usecases import shifts as usecases
from volunteer.usecases.plans import plan_shifts
from volunteer.usecases.shift_store import load_activity

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
    telling: CurrentTelling,
    key: Idempotency,
) -> ActivityRead:
    """Announce what takes place once or again; its shifts of a year are laid down."""
    activity = body.activity(runtime.new_id(), district)
    announced = await usecases.announce(
        connection, activity, new_id=runtime.new_id, actor=actor, telling=telling, key=key
    )
    return ActivityRead.model_validate(announced)


@router.get("/activities/{activity_id}")
async def read_activity(activity_id: UUID, connection: Reading) -> ActivityRead:
    """Show an activity to anyone."""
    return ActivityRead.model_validate(await load_activity(connection, activity_id))


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
    span = span_of(first, ends or first + timedelta(weeks=4))
    wanted = ShiftFilter(begins=span.begins, ends=span.ends, area=area, activity_id=activity)
    cursor = ShiftCursor.decode(after) if after else None
    start = None if cursor is None else (cursor.begins_at, cursor.id)
    rows = await queries.list_shifts(connection, wanted, after=start, limit=limit + 1)
    counts = await queries.placed_in(connection, [row.id for row in rows])
    items = [shift_read(row, counts, now) for row in rows[:limit]]
    more = ShiftCursor(begins_at=items[-1].begins_at, id=items[-1].id).encode() if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post("/shifts/{shift_id}/cancel", status_code=204)
async def cancel_shift(shift_id: UUID, actor: OrganiserActor, connection: Transaction, telling: CurrentTelling) -> None:
    """Call a shift off."""
    await usecases.cancel_shift(connection, shift_id, actor=actor, telling=telling)


@router.post("/shift-plans")
async def make_plan(
    body: PlanShifts,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    language: Language,
) -> PlanRead:
    """Propose volunteers for the open places of an area's shifts; what was accepted stays as it is."""
    planned = await plan_shifts(
        connection,
        placed(body.area, district),
        span_of(body.begins, body.ends),
        new_id=runtime.new_id,
        actor=actor,
        telling=telling,
        district=district,
        floors=body.floors,
    )
    return PlanRead.of(planned, language)


def span_of(begins: datetime, ends: datetime, *, most_days: int = MOST_DAYS) -> Span:
    """Return the span in which shifts begin that are listed or planned.

    Raises:
        FieldError: it ends before it begins, or is too long.
    """
    if not timedelta(0) < ends - begins <= timedelta(days=most_days):
        raise FieldError("ends", f"is after begins, at most {most_days} days")
    return Span(begins, ends)


def shift_read(row: AnyRow, counts: Any, now: datetime) -> ShiftRead:  # noqa: ANN401 - a mapping by shift and role
    """Return a shift as it is shown, with how many have places in each role."""
    roles = [RoleRead(**{**role, "placed": counts.get((row.id, role["code"]), 0)}) for role in row.roles]
    missing = any(role.placed < role.headcount for role in roles)
    soon = now <= row.begins_at < now + AT_RISK
    at_risk = missing and soon and not row.cancelled
    return ShiftRead.model_validate({**row._asdict(), "roles": roles, "at_risk": at_risk})
