"""What happens to requests, and what front ends add to them: mySociety's service request updates."""

from fastapi import APIRouter
from starlette.responses import Response

from intake import open311_queries, usecases
from intake.api.open311.documented import ERRORS, POSTED, answers
from intake.api.open311.form import Posted
from intake.api.open311.formats import Format, answer
from intake.api.open311.parameters import Faults, known_ids, line, listed, moment, time_range, url, window_of
from intake.api.open311.services import PREFIX, OfHere
from intake.api.open311.views import request_update
from intake.domain.issue import MAX_DESCRIPTION
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now

MAX_ID = 200
STATUSES = {"OPEN", "CLOSED"}

router = APIRouter(prefix=PREFIX, tags=["open311"], dependencies=[OfHere], responses=ERRORS)


@router.get("/servicerequestupdates.{extension}", responses=answers(200, "`service_request_updates`"))
async def list_updates(
    extension: Format,
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    now: Now,
    service_request_id: str | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    page: str | None = None,
    page_size: str | None = None,
) -> Response:
    """List what happened to requests in at most 90 days, earliest first, 1,000 at most on a page."""
    faults = Faults()
    start, end = time_range(start_date, end_date, now, faults)
    window = window_of(page, page_size, faults)
    named = listed(service_request_id)
    ids = known_ids(named, faults)
    faults.refuse()
    rows = await open311_queries.list_updates(connection, start, end, ids, window) if ids or not named else []
    return answer("service_request_updates", [request_update(row, district, language) for row in rows], extension)


@router.post(
    "/servicerequestupdates.{extension}",
    status_code=201,
    responses=answers(201, "`service_request_updates`"),
    openapi_extra=POSTED,
)
async def post_update(
    extension: Format, form: Posted, connection: Transaction, runtime: CurrentRuntime, now: Now
) -> Response:
    """Add to a request. The `status` is noted for staff: nothing opens or closes on it.

    The same `update_id` again adds nothing.
    """
    faults = Faults()
    fields = form.fields
    for needed in ("service_request_id", "update_id", "updated_datetime", "description"):
        if needed not in fields:
            faults.add(needed, "is missing")
    if "updated_datetime" in fields:
        moment(fields["updated_datetime"], "updated_datetime", faults)
    status = fields.get("status", "").upper()
    if status and status not in STATUSES:
        faults.add("status", "must be OPEN or CLOSED")
    supplement = usecases.Supplement(
        description=line(fields, "description", MAX_DESCRIPTION, faults) or "",
        client=form.client,
        client_id=line(fields, "update_id", MAX_ID, faults) or "",
        client_status=status.lower() or None,
        media_url=url(fields.get("media_url"), "media_url", faults),
    )
    faults.refuse()
    ids = known_ids([fields["service_request_id"]], faults)
    if not ids:
        raise usecases.UnknownIssueError
    added = await usecases.supplement_issue(connection, ids[0], supplement, supplement_id=runtime.new_id(), at=now)
    return answer("service_request_updates", [{"update_id": str(added)}], extension, 201)
