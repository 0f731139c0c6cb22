"""Needs of cases, and who claims them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from linli.chassis.auth import require_area
from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath, CategoryCode
from linli.district.known import KnownDistrict
from volunteer.api.callers import Organiser, Volunteer
from volunteer.api.problems import unknown_need
from volunteer.api.schemas import ClaimantRead, ClaimRead, NeedRead
from volunteer.domain.needs import NeedState
from volunteer.queries import needs as queries
from volunteer.queries.needs import NeedFilter
from volunteer.queries.rows import AnyRow
from volunteer.usecases import needs as usecases

router = APIRouter(prefix="/v1", tags=["needs"])


class NeedCursor(Cursor):
    """Needs are listed by id."""

    id: UUID


class ClaimCursor(Cursor):
    """Claims are listed by id."""

    id: UUID


@router.get("/needs")
async def list_needs(
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    state: NeedState | None = None,
    category: Annotated[CategoryCode | None, Query()] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[NeedRead]:
    """List needs, newest first, to anyone."""
    wanted = NeedFilter(area=area, state=state, category=category)
    start = NeedCursor.decode(after).id if after else None
    rows = await queries.list_needs(connection, wanted, after=start, limit=limit + 1)
    items = [_need_read(row, language, district) for row in rows[:limit]]
    return Page(items=items, next=NeedCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/needs/{need_id}")
async def read_need(need_id: UUID, connection: Reading, district: CurrentDistrict, language: Language) -> NeedRead:
    """Show a need to anyone."""
    return _need_read(await _need(connection, need_id), language, district)


@router.post("/needs/{need_id}/claims", status_code=201)
async def claim_need(
    need_id: UUID, principal: Volunteer, connection: Transaction, runtime: CurrentRuntime, now: Now, key: Idempotency
) -> ClaimRead:
    """Promise to help: one claim a volunteer, as long as the need is open."""
    claim = await usecases.claim_need(
        connection, need_id, volunteer=principal.subject, claim_id=runtime.new_id(), at=now, key=key
    )
    return ClaimRead(id=claim.id, need_id=claim.need_id, claimed_at=claim.claimed_at)


@router.get("/needs/{need_id}/claims")
async def list_claims(
    need_id: UUID, principal: Organiser, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[ClaimantRead]:
    """List who comes, to those in whose areas the need lies."""
    need = await _need(connection, need_id)
    if not principal.has_role("platform"):
        require_area(principal, need.area)
    start = ClaimCursor.decode(after).id if after else None
    rows = await queries.list_claims(connection, need_id, after=start, limit=limit + 1)
    items = [ClaimantRead(id=row.id, volunteer=row.volunteer, claimed_at=row.claimed_at) for row in rows[:limit]]
    return Page(items=items, next=ClaimCursor(id=items[-1].id).encode() if len(rows) > limit else None)


async def _need(connection: Reading, need_id: UUID) -> AnyRow:
    row = await queries.need_by_id(connection, need_id)
    if row is None:
        raise unknown_need()
    return row


def _need_read(row: AnyRow, language: str, district: KnownDistrict) -> NeedRead:
    category = district.categories.get(row.category)
    unit = district.named(row.area)
    return NeedRead(
        id=row.id,
        what=category.name.in_language(language) if category else row.category,
        category=row.category,
        area=row.area,
        area_name=unit.name.in_language(language) if unit else row.area,
        wanted=row.wanted,
        claimed=row.claimed,
        until=row.until,
        state=NeedState(row.state),
    )
