"""Rounds of grid workers."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from intake import usecases
from intake.api.looking import scope_of
from intake.api.problems import not_found
from intake.api.reports import report_of
from intake.api.schemas import IssueAccepted, VisitAccepted, VisitCreate, VisitRead
from intake.api.scope import Staff
from intake.domain.issue import Source
from intake.metrics import ReportMetrics
from intake.queries import AnyRow
from intake.visit_queries import found_on, list_visits
from linli.chassis.auth import Principal
from linli.chassis.contacts import ContactCipher
from linli.chassis.cursor import After, Cursor, Limit, Page
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from linli.contracts import AreaPath
from linli.district.known import KnownDistrict

router = APIRouter(prefix="/v1/visits", tags=["visits"])

Author = Annotated[str | None, Query(max_length=255, description="`sub` of whoever made them")]


class VisitCursor(Cursor):
    """The place of a page in the list of rounds."""

    id: UUID


@router.post("", status_code=201)
async def note_visit(
    body: VisitCreate,
    request: Request,
    principal: Staff,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
) -> VisitAccepted:
    """Note a round, and report what was found on it: all of it or, where anything is refused, nothing."""
    visit = usecases.Visit(
        area=district.present(body.area),
        began_at=body.began_at,
        ended_at=body.ended_at,
        seen=body.seen,
        author=principal.subject,
        author_name=principal.name,
    )
    found = [(runtime.new_id(), report_of(one, language=language, district=district)) for one in body.issues]
    visit_id = runtime.new_id()
    noted, accepted = await usecases.note_visit(
        connection,
        visit,
        found,
        visit_id=visit_id,
        at=runtime.now(),
        district=district,
        cipher=runtime.extra(ContactCipher),
        key=key,
    )
    if noted == visit_id:
        for _ in accepted:
            once_committed(request, partial(runtime.extra(ReportMetrics).accepted, Source.VISIT))
    receipts = [IssueAccepted(id=one.issue_id, tracking_code=one.tracking_code) for one in accepted]
    return VisitAccepted(id=noted, issues=receipts)


@router.get("")
async def get_visits(
    principal: Staff,
    connection: Reading,
    district: CurrentDistrict,
    area: AreaPath | None = None,
    author: Author = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[VisitRead]:
    """List the rounds in the caller's areas and the caller's own, those that came in last first."""
    start = None if after is None else VisitCursor.decode(after).id
    scope = scope_of(principal, district)
    rows = await list_visits(
        connection, scope, principal.subject, area=area, author=author, after=start, limit=limit + 1
    )
    items = await _shown(connection, rows[:limit], principal, district)
    return Page(items=items, next=VisitCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/{visit_id}")
async def read_visit(visit_id: UUID, principal: Staff, connection: Reading, district: CurrentDistrict) -> VisitRead:
    """Show a round."""
    rows = await list_visits(connection, scope_of(principal, district), principal.subject, visit_id=visit_id)
    if not rows:
        raise not_found("visit")
    [shown] = await _shown(connection, rows, principal, district)
    return shown


async def _shown(
    connection: Reading, rows: Sequence[AnyRow], principal: Principal, district: KnownDistrict
) -> list[VisitRead]:
    found = await found_on(connection, rows, scope_of(principal, district), principal.subject)
    return [
        VisitRead(
            id=row.id,
            area=row.area,
            began_at=row.began_at,
            ended_at=row.ended_at,
            received_at=row.at,
            seen=row.seen,
            author=row.author,
            author_name=row.author_name,
            issues=list(found[row.id]),
        )
        for row in rows
    ]
