"""Places on shifts that are handed on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from volunteer.api.assignments import read_assignment
from volunteer.api.callers import CurrentTelling, VolunteerActor
from volunteer.api.shift_schemas import AcceptAssignment, AssignmentRead
from volunteer.api.words import Body, IdCursor, Line, Moment, Read
from volunteer.queries import swaps as queries
from volunteer.usecases import swaps as usecases

router = APIRouter(prefix="/v1", tags=["shifts"])


class SwapOffer(Body):
    """To whom, by their volunteer number; without one, to anyone."""

    to: Annotated[Line, Field(max_length=40)] | None = None


class SwapRead(Read):
    """A place that somebody would hand on; whose it is, is not shown."""

    assignment_id: UUID
    shift_id: UUID
    role: str
    title: str
    area: str
    begins_at: Moment
    ends_at: Moment
    risk: str | None
    offered_at: Moment


@router.put("/assignments/{assignment_id}/swap", status_code=204)
async def offer_swap(
    assignment_id: UUID, body: SwapOffer, actor: VolunteerActor, connection: Transaction, telling: CurrentTelling
) -> None:
    """Let somebody else take one's place; it stays one's own until somebody does."""
    await usecases.offer_swap(connection, assignment_id, body.to, actor=actor, telling=telling)


@router.delete("/assignments/{assignment_id}/swap", status_code=204)
async def withdraw_swap(assignment_id: UUID, actor: VolunteerActor, connection: Transaction) -> None:
    """Keep one's place after all."""
    await usecases.withdraw_swap(connection, assignment_id, actor=actor)


@router.get("/swaps")
async def list_swaps(
    actor: VolunteerActor, connection: Reading, now: Now, after: After = None, limit: Limit = 50
) -> Page[SwapRead]:
    """List the places that the caller could take over, earliest offered first."""
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_swaps(connection, actor.subject, at=now, after=start, limit=limit + 1)
    items = [SwapRead.model_validate(row) for row in rows[:limit]]
    more = IdCursor(id=items[-1].assignment_id).encode() if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post("/assignments/{assignment_id}/take", status_code=201)
async def take_swap(
    assignment_id: UUID,
    body: AcceptAssignment,
    actor: VolunteerActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    language: Language,
    key: Idempotency,
) -> AssignmentRead:
    """Take a place that somebody else would hand on; the same rules count as for joining."""
    taken = await usecases.take_swap(
        connection,
        assignment_id,
        risk_noted=body.risk_noted,
        new_assignment=runtime.new_id(),
        actor=actor,
        telling=telling,
        district=district,
        key=key,
    )
    return await read_assignment(connection, taken.id, language)
