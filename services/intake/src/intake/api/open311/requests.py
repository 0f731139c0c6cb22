"""Requests: made, listed and looked at."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from intake import open311_queries, usecases
from intake.api.open311.documented import ERRORS, POSTED, answers
from intake.api.open311.form import Form, Posted
from intake.api.open311.formats import Extension, Format, answer
from intake.api.open311.parameters import (
    NOT_FOUND,
    Faults,
    known_ids,
    line,
    listed,
    place_of,
    time_range,
    url,
    window_of,
)
from intake.api.open311.services import PREFIX, OfHere
from intake.api.open311.views import service_request
from intake.domain.answering import AnswersError, Given, checked
from intake.domain.issue import MAX_DESCRIPTION, Source
from intake.metrics import ReportMetrics
from intake.open311_queries import RequestFilter
from intake.queries import AnyRow, issue_by_code
from linli.chassis.contacts import Contact, ContactCipher
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime, Now
from linli.district import Category
from linli.district import Text as Words
from linli.district.known import KnownDistrict

STATUSES = {"open", "closed"}

NOTICE = Words(
    zh_hans="请保存查询码 {}，凭它跟踪办理进度并评价。",
    zh_hant="請保存查詢碼 {}，憑它跟蹤辦理進度並評價。",
    en="Keep the code {}: with it you can follow the matter and say whether it is solved.",
)

_CONTACT = {"first_name": 40, "last_name": 39, "phone": 40, "email": 159}
"""The longest of each; together they fit what is kept."""


class Asked(BaseModel):
    """Which requests are asked for; an empty parameter is none."""

    service_request_id: str | None = None
    service_code: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    status: str | None = None
    page: str | None = None
    page_size: str | None = None
    extensions: str | None = None


router = APIRouter(prefix=PREFIX, tags=["open311"], dependencies=[OfHere], responses=ERRORS)


@router.post(
    "/requests.{extension}",
    status_code=201,
    responses=answers(201, "`service_requests`"),
    openapi_extra=POSTED,
)
async def post_request(
    extension: Format,
    form: Posted,
    request: Request,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    language: Language,
    key: Idempotency,
) -> Response:
    """Report a matter; the notice of the answer holds the only copy of the tracking code that is ever given out."""
    report = _report(form, district, language)
    issue_id = runtime.new_id()
    accepted = await usecases.report_issue(
        connection,
        report,
        issue_id=issue_id,
        at=runtime.now(),
        district=district,
        cipher=runtime.extra(ContactCipher),
        key=key,
        scope=f"open311:{form.client}",
    )
    if accepted.issue_id == issue_id:
        once_committed(request, partial(runtime.extra(ReportMetrics).accepted, report.source))
    made = {
        "service_request_id": str(accepted.issue_id),
        "service_notice": NOTICE.in_language(language).format(accepted.tracking_code),
        "account_id": None,
    }
    return answer("service_requests", [made], extension, 201)


@router.get("/requests.{extension}", responses=answers(200, "`service_requests`"))
async def list_requests(
    extension: Format,
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    now: Now,
    asked: Annotated[Asked, Query()],
) -> Response:
    """List the requests of at most 90 days, newest first, 1,000 at most on a page.

    With `service_request_id` those requests, whatever else is asked for.
    """
    extended = asked.extensions == "true"
    faults = Faults()
    if named := listed(asked.service_request_id):
        ids = known_ids(named, faults)
        faults.refuse()
        rows = await open311_queries.requests_named(connection, ids)
        return await _shown(rows, connection, district, language, extension, extended=extended)
    start, end = time_range(asked.start_date, asked.end_date, now, faults)
    statuses = set(listed(asked.status))
    if not statuses <= STATUSES:
        faults.add("status", "must be open or closed")
    window = window_of(asked.page, asked.page_size, faults)
    faults.refuse()
    wanted = RequestFilter(
        start=start,
        end=end,
        categories=listed(asked.service_code),
        closed="closed" in statuses if len(statuses) == 1 else None,
    )
    rows = await open311_queries.list_requests(connection, wanted, window)
    return await _shown(rows, connection, district, language, extension, extended=extended)


@router.get("/requests/{service_request_id}.{extension}", responses=answers(200, "`service_requests`"))
async def read_request(
    service_request_id: str,
    extension: Format,
    connection: Reading,
    district: CurrentDistrict,
    language: Language,
    extensions: str | None = None,
) -> Response:
    """Show one request."""
    rows = await open311_queries.requests_named(connection, known_ids([service_request_id], Faults()))
    if not rows:
        raise ProblemError(404, "not-found", "Not found", "There is no such service_request_id.")
    return await _shown(rows, connection, district, language, extension, extended=extensions == "true")


@router.get("/tokens/{token}.{extension}", responses=answers(200, "`service_requests`"))
async def read_token(token: str, extension: Format, connection: Reading) -> Response:
    """Tell the id of the request that a tracking code belongs to; there is no other token."""
    row = await issue_by_code(connection, token)
    if row is None:
        raise ProblemError(404, "not-found", "Not found", "There is no such token.")
    return answer("service_requests", [{"service_request_id": str(row.id), "token": token}], extension)


def _report(form: Form, district: KnownDistrict, language: str) -> usecases.Report:
    faults = Faults()
    category = _category(form.fields, district, faults)
    location, address, unit = place_of(form.fields, faults)
    area = district.present(unit) if unit else None
    if area is not None and area not in district.units:
        faults.add("address_id", "there is no such address")
    description = line(form.fields, "description", MAX_DESCRIPTION, faults)
    media_url = url(form.fields.get("media_url"), "media_url", faults)
    contact = _contact(form.fields, faults)
    if category is not None:
        _check_answers(category, form.attributes, faults)
    faults.refuse()
    assert category is not None  # noqa: S101 - a missing one was refused
    return usecases.Report(
        description=description or category.name.in_language(language),
        category=category.code,
        area=area,
        location=location,
        address=address,
        contact=contact,
        source=Source.OPEN311,
        language=language,
        attributes=form.attributes,
        media_url=media_url,
    )


def _category(fields: Mapping[str, str], district: KnownDistrict, faults: Faults) -> Category | None:
    code = fields.get("service_code")
    category = district.categories.get(code) if code else None
    if code is None:
        faults.add("service_code", "is missing")
    elif category is None:
        faults.add("service_code", "there is no such service", NOT_FOUND)
    return category


def _contact(fields: Mapping[str, str], faults: Faults) -> Contact | None:
    parts = {field: line(fields, field, most, faults) for field, most in _CONTACT.items()}
    name = " ".join(filter(None, (parts["first_name"], parts["last_name"])))
    reach = " ".join(filter(None, (parts["phone"], parts["email"])))
    return Contact(name or None, reach or None) if name or reach else None


def _check_answers(category: Category, given: Given, faults: Faults) -> None:
    asked = {question.code for question in category.questions}
    for code in given.keys() - asked:
        faults.add(f"attribute[{code}]", "the service has no such attribute")
    try:
        checked(category.questions, {code: given[code] for code in given.keys() & asked}, complete=True)
    except AnswersError as error:
        for code, fault in error.faults.items():
            faults.add(f"attribute[{code}]", fault)


async def _shown(
    rows: Sequence[AnyRow],
    connection: AsyncConnection,
    district: KnownDistrict,
    language: str,
    extension: Extension,
    *,
    extended: bool,
) -> Response:
    steps = await open311_queries.steps_of_all(connection, [row.id for row in rows])
    shown = [service_request(row, steps.get(row.id, []), district, language, extended=extended) for row in rows]
    return answer("service_requests", shown, extension)
