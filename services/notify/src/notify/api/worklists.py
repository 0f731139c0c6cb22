"""What is addressed to a department and not done."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from linli.chassis.auth import Principal
from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading
from linli.chassis.district import CurrentDistrict
from linli.chassis.language import Language
from linli.chassis.runtime import Now
from linli.contracts.wording import LanguageTag
from linli.district import Department
from linli.district.known import KnownDistrict
from notify.api.problems import not_found
from notify.api.subscriptions import Reader, only
from notify.queries import AnyRow
from notify.worklists import list_dispatches, public_categories

router = APIRouter(prefix="/v1/departments/{code}", tags=["departments"])


class WorklistCursor(Cursor):
    """The place of a page in a worklist."""

    deadline: datetime
    case_id: UUID


class DispatchRead(BaseModel):
    """A department's part of a case that is not done."""

    case_id: UUID
    category: str
    category_name: str
    area: str
    area_name: str
    role: Literal["lead", "co"]
    task: str | None = Field(description="What the department is asked to do, where somebody said so")
    state: Literal["requested", "accepted", "progressed"]
    state_at: datetime
    requested_at: datetime
    deadline: datetime
    late_s: int = Field(description="Seconds since the deadline; 0 while it is to come")


def visible(reader: Principal, code: str, district: KnownDistrict) -> Department:
    """Return a department into whose day the caller may look.

    Raises:
        ProblemError: 404; also for another one than the caller's own, of which nothing is told.
    """
    department = district.departments.get(code)
    if department is None or only(reader) not in (None, code):
        raise not_found("department")
    return department


async def _wanted(code: str, reader: Reader, district: CurrentDistrict) -> Department:
    return visible(reader, code, district)


Wanted = Annotated[Department, Depends(_wanted)]
"""The department that a path names, as a parameter of a route."""


@router.get("/worklist")
async def read_worklist(
    department: Wanted,
    reader: Reader,
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    now: Now,
    after: After = None,
    limit: Limit = 50,
) -> Page[DispatchRead]:
    """List what a department has to do, the nearest deadline first.

    Confidential matters are for the department that handles them: others do not find them in the list.
    """
    start = WorklistCursor.decode(after) if after else None
    rows = await list_dispatches(
        connection,
        department.slug,
        limit=limit + 1,
        categories=None if only(reader) == department.slug else public_categories(district),
        after=(start.deadline, start.case_id) if start else None,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    following = WorklistCursor(deadline=last.deadline, case_id=last.case_id).encode() if last else None
    return Page(items=[_shown(row, district, language, now) for row in rows[:limit]], next=following)


def names_of(row: AnyRow, district: KnownDistrict, language: LanguageTag) -> tuple[str, str]:
    """Return what the category and the area of a dispatch are called; one that is gone goes by its code."""
    category, unit = district.categories.get(row.category), district.named(row.area)
    return (
        category.name.in_language(language) if category else row.category,
        unit.name.in_language(language) if unit else row.area,
    )


def _shown(row: AnyRow, district: KnownDistrict, language: LanguageTag, now: datetime) -> DispatchRead:
    category, area = names_of(row, district, language)
    return DispatchRead(
        case_id=row.case_id,
        category=row.category,
        category_name=category,
        area=row.area,
        area_name=area,
        role=row.role,
        task=row.task,
        state=row.state,
        state_at=row.state_at,
        requested_at=row.requested_at,
        deadline=row.deadline,
        late_s=max(0, int((now - row.deadline).total_seconds())),
    )
