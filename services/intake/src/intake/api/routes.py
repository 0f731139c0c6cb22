"""The API of intake: for residents and their front ends, and for staff."""

from functools import partial
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from intake import queries, usecases
from intake.api.problems import not_found
from intake.api.reports import check_shared, report_of
from intake.api.schemas import (
    AreaRead,
    CategoryRead,
    ContactRead,
    FeedbackCreate,
    IssueAccepted,
    IssueChecked,
    IssueCreate,
    IssueRead,
    SupplementCreate,
    SupplementRead,
    TrackRead,
)
from intake.api.scope import Staff, visible_issue
from intake.api.tracking import Code, tracked
from intake.api.views import area_read, category_read, issue_read, supplement_read
from intake.domain.issue import Answer, PublicState
from intake.metrics import ReportMetrics
from intake.tables import idempotency_keys
from linli.chassis.auth import MaybeCaller, forbidden
from linli.chassis.contacts import ContactCipher
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.etags import CACHED, Known, unless_known
from linli.chassis.idempotency import Idempotency, claim_key
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now

router = APIRouter(prefix="/v1")

TRACK_CACHE = "private, no-cache"
DISTRICT_CACHE = "public, max-age=60"
"""Whoever reads the catalogue or the areas hears of a change a minute later at most."""

_TRACKED = TypeAdapter(TrackRead)
_CATEGORIES = TypeAdapter(list[CategoryRead])
_AREAS = TypeAdapter(list[AreaRead])
log = structlog.get_logger()


@router.post("/issues", status_code=201)
async def report_issue(
    body: IssueCreate,
    request: Request,
    response: Response,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
    principal: MaybeCaller,
) -> IssueAccepted:
    """Report an issue. Anybody may; the answer holds the only copy of the tracking code that is ever given out.

    Callers without a token share one room of idempotency keys, so theirs must be long enough not to meet: a UUID.
    """
    check_shared(key, principal)
    report = report_of(body, language=language, district=district)
    issue_id = runtime.new_id()
    accepted = await usecases.report_issue(
        connection,
        report,
        issue_id=issue_id,
        at=runtime.now(),
        district=district,
        cipher=runtime.extra(ContactCipher),
        key=key,
        scope=principal.subject if principal else "",
    )
    if accepted.issue_id == issue_id:  # otherwise it was accepted before, under the same key
        once_committed(request, partial(runtime.extra(ReportMetrics).accepted, body.source))
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/track/{accepted.tracking_code}"
    return IssueAccepted(id=accepted.issue_id, tracking_code=accepted.tracking_code)


@router.post("/issues/check")
async def check_issue(
    body: IssueCreate,
    connection: Reading,
    district: CurrentDistrict,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
    principal: MaybeCaller,
) -> IssueChecked:
    """Say what a report would become, or why it would be refused; nothing is reported, and no key is used up."""
    check_shared(key, principal)
    understood = await usecases.check_report(
        connection,
        report_of(body, language=language, district=district),
        at=runtime.now(),
        district=district,
        key=key,
        scope=principal.subject if principal else "",
    )
    return IssueChecked(category=understood.category, area=understood.area, issue=understood.known)


@router.get("/track/{tracking_code}", response_model=TrackRead, responses=CACHED)
async def track(
    tracking_code: Code, connection: Reading, district: CurrentDistrict, language: Language, known: Known = None
) -> Response:
    """Show the reporter how far their issue is."""
    shown = await tracked(connection, tracking_code, language, district)
    return unless_known(known, _TRACKED, shown, TRACK_CACHE)


@router.post("/track/{tracking_code}/feedback")
async def give_feedback(
    tracking_code: Code,
    body: FeedbackCreate,
    connection: Transaction,
    district: DistrictInTransaction,
    language: Language,
    now: Now,
) -> TrackRead:
    """Answer the return visit: nothing closes on the handler's word alone.

    Until `reopen_until` the reporter of a closed issue may say that it is not solved: it goes back to its handler.
    """
    answer = Answer(body.contacted, body.solved, body.satisfaction)
    await usecases.give_feedback(connection, tracking_code, answer, at=now, district=district)
    return await tracked(connection, tracking_code, language, district)


@router.post("/track/{tracking_code}/withdraw")
async def withdraw_issue(
    tracking_code: Code, connection: Transaction, district: DistrictInTransaction, language: Language, now: Now
) -> TrackRead:
    """Take back what was reported, until somebody says that it is done. The state follows in a moment."""
    await usecases.withdraw_issue(connection, tracking_code, at=now)
    return await tracked(connection, tracking_code, language, district)


@router.post("/track/{tracking_code}/supplements", status_code=201)
async def add_supplement(
    tracking_code: Code,
    body: SupplementCreate,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
) -> TrackRead:
    """Add to what was reported; staff see it with the issue."""
    row = await queries.issue_by_code(connection, tracking_code)
    if row is None:
        raise not_found("tracking code")
    supplement_id = runtime.new_id()
    scope = f"supplement:{row.id}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=supplement_id)
    if first == supplement_id:
        supplement = usecases.Supplement(description=body.text)
        await usecases.supplement_issue(connection, row.id, supplement, supplement_id=supplement_id, at=runtime.now())
    return await tracked(connection, tracking_code, language, district)


@router.get("/issues/{issue_id}")
async def read_issue(
    issue_id: UUID, principal: Staff, connection: Reading, district: CurrentDistrict, language: Language
) -> IssueRead:
    """Show an issue to staff in whose areas it lies."""
    row = await visible_issue(connection, issue_id, principal, district)
    contact = await queries.contact_of(connection, issue_id)
    return issue_read(row, language, district, has_contact=contact is not None)


@router.get("/issues/{issue_id}/supplements")
async def list_supplements(
    issue_id: UUID, principal: Staff, connection: Reading, district: CurrentDistrict
) -> list[SupplementRead]:
    """Show what was added to an issue after it was reported, earliest first."""
    await visible_issue(connection, issue_id, principal, district)
    return [supplement_read(row) for row in await queries.supplements_of(connection, issue_id)]


@router.get("/issues/{issue_id}/contact")
async def read_contact(
    issue_id: UUID, principal: Staff, connection: Reading, district: CurrentDistrict, runtime: CurrentRuntime
) -> ContactRead:
    """Show whom to call back: to the handler, and for the return visit to staff of the area. Every look is logged."""
    row = await visible_issue(connection, issue_id, principal, district)
    if row.handler_id != principal.subject and row.state != PublicState.RESOLVED:
        raise forbidden("Until it is resolved, only the handler of the case may see who reported it.")
    stored = await queries.contact_of(connection, issue_id)
    if stored is None:
        raise not_found("contact")
    contact = runtime.extra(ContactCipher).decrypt(issue_id, stored)
    log.info("contact read", issue_id=str(issue_id), by=principal.subject)
    return ContactRead(name=contact.name, contact=contact.phone_or_mail)


@router.get("/categories", response_model=list[CategoryRead], responses=CACHED)
async def list_categories(district: CurrentDistrict, language: Language, known: Known = None) -> Response:
    """List what can be reported."""
    shown = [category_read(one, language) for one in district.categories.values()]
    return unless_known(known, _CATEGORIES, shown, DISTRICT_CACHE)


@router.get("/areas", response_model=list[AreaRead], responses=CACHED)
async def list_areas(district: CurrentDistrict, language: Language, known: Known = None) -> Response:
    """List the places that a report can name."""
    shown = [area_read(one, language) for one in district.units.values()]
    return unless_known(known, _AREAS, shown, DISTRICT_CACHE)
