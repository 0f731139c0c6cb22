"""What a member of staff looks for again and again."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from intake.api.looking import IssueQuery
from intake.api.problems import not_found
from intake.api.scope import Staff
from intake.tables import saved_filters
from linli.chassis.database import Reading, Transaction
from linli.chassis.describing import refusal
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime
from linli.chassis.text import PlainText

router = APIRouter(prefix="/v1/saved-filters", tags=["desk"])

MOST_SAVED = 50


class FilterCreate(BaseModel):
    """Conditions under a name; one of the same name is replaced."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[PlainText, Field(min_length=1, max_length=80)]
    conditions: IssueQuery


class FilterRead(FilterCreate):
    """What was saved: give its conditions as parameters of a list, of counts, of the map or of an export."""

    id: UUID
    saved_at: datetime


@router.put("", responses=refusal(409, "As many filters are saved as may be"))
async def save_filter(
    body: FilterCreate, principal: Staff, connection: Transaction, runtime: CurrentRuntime
) -> FilterRead:
    """Save conditions for the caller alone, under a name."""
    mine = saved_filters.c.owner == principal.subject
    others = select(func.count()).where(mine, saved_filters.c.name != body.name)
    if (await connection.scalar(others) or 0) >= MOST_SAVED:
        raise ProblemError(409, "too-many-filters", "Too many filters are saved", f"At most {MOST_SAVED} are kept.")
    values = {
        "owner": principal.subject,
        "name": body.name,
        "conditions": body.conditions.model_dump(mode="json", exclude_defaults=True),
        "saved_at": runtime.now(),
    }
    saved = (
        insert(saved_filters)
        .values(id=runtime.new_id(), **values)
        .on_conflict_do_update(index_elements=["owner", "name"], set_=values)
        .returning(saved_filters)
    )
    row = (await connection.execute(saved)).one()
    return FilterRead(id=row.id, name=row.name, conditions=row.conditions, saved_at=row.saved_at)


@router.get("")
async def list_filters(principal: Staff, connection: Reading) -> list[FilterRead]:
    """List what the caller saved, by name."""
    query = select(saved_filters).where(saved_filters.c.owner == principal.subject).order_by(saved_filters.c.name)
    return [
        FilterRead(id=row.id, name=row.name, conditions=row.conditions, saved_at=row.saved_at)
        for row in (await connection.execute(query)).all()
    ]


@router.delete("/{filter_id}", status_code=204)
async def forget_filter(filter_id: UUID, principal: Staff, connection: Transaction) -> None:
    """Forget what the caller saved."""
    mine = (saved_filters.c.id == filter_id, saved_filters.c.owner == principal.subject)
    if (await connection.execute(delete(saved_filters).where(*mine))).rowcount == 0:
        raise not_found("saved filter")
