"""Reports are taken in."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.domain.answering import Given, Kept, checked, single
from intake.domain.issue import Source
from intake.domain.masking import coded, masked
from intake.domain.placing import categorise, place
from intake.domain.searching import words_of
from intake.domain.timing import check_made
from intake.tables import idempotency_keys, issue_words, issues, reporters
from linli.chassis.contacts import Contact, ContactCipher
from linli.chassis.idempotency import IdempotencyKey, claim_key, earlier
from linli.contracts import IssueReported, Location
from linli.contracts.tracking import new_tracking_code, reporter_key
from linli.district import Category, District
from linli.messaging.outbox import record

_WORDS = insert(issue_words).values(
    issue_id=bindparam("words_of"), words=func.array_to_tsvector(bindparam("found_by", type_=ARRAY(Text)))
)
_REPORTER = insert(reporters).values(issue_id=bindparam("reporter_of"), contact=bindparam("contact"))
# One statement each: a report costs what its statements cost.
_INSERT_ISSUE = insert(issues).add_cte(_WORDS.cte("words"))
_INSERT_ISSUE_AND_REPORTER = _INSERT_ISSUE.add_cte(_REPORTER.cte("reporter"))
_CODE = select(issues.c.tracking_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody reports. ``description``, ``address`` and ``contact`` are personal: repr shows none of them.

    ``media_url`` is where a front end keeps a picture; it is shown as a link and never fetched. ``made_at`` is when it
    was written down by the reporter's own clock, where that was before it came in; ``visit`` is the round it is from.
    """

    description: str
    category: str | None
    area: str | None
    location: Location | None
    contact: Contact | None
    source: Source
    language: str
    attributes: Given = field(default_factory=dict)
    address: str | None = None
    media_url: str | None = None
    made_at: datetime | None = None
    visit: UUID | None = None

    def __repr__(self) -> str:
        return f"Report(category={self.category!r}, area={self.area!r}, source={self.source.value!r})"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the reporter gets: the issue's id, and the code that only they know."""

    issue_id: UUID
    tracking_code: str


async def report_issue(
    connection: AsyncConnection,
    report: Report,
    *,
    issue_id: UUID,
    at: datetime,
    district: District,
    cipher: ContactCipher,
    key: IdempotencyKey | None = None,
    scope: str = "",
) -> Accepted:
    """Take in a report; with an idempotency key that was seen before, return what it got then.

    Raises:
        UnknownCategoryError, UnknownAreaError: the report names what does not exist; nothing is stored.
        AnswersError: its attributes do not answer what the category asks; nothing is stored.
        MadeAtError: it cannot have been made then; nothing is stored.
        ProblemError: the key came with another body before.
    """
    category, area, answers = _understood(report, district)
    first = await claim_key(connection, idempotency_keys, key, scope=f"report:{scope}", resource_id=issue_id)
    if first != issue_id:
        return Accepted(first, (await connection.execute(_CODE.where(issues.c.id == first))).scalar_one())
    # After the key: what was taken before its time ran out is answered with the same receipt.
    check_made(report.made_at, at=at, source=report.source)
    code = new_tracking_code()
    taken = _Taken(issue_id, code, category, area, answers, at)
    await _keep(connection, report, taken, cipher)
    await record(connection, [_reported(report, taken)], version=1, at=at)
    return Accepted(issue_id, code)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a report would become, or became where ``known`` is the id of an issue."""

    category: str
    area: str
    known: UUID | None


async def check_report(
    connection: AsyncConnection,
    report: Report,
    *,
    at: datetime,
    district: District,
    key: IdempotencyKey | None = None,
    scope: str = "",
) -> Understood:
    """Tell what a report would become, and change nothing.

    Raises:
        The same as `report_issue`.
    """
    category, area, _ = _understood(report, district)
    known = await earlier(connection, idempotency_keys, key, scope=f"report:{scope}") if key else None
    if known is None:
        check_made(report.made_at, at=at, source=report.source)
    return Understood(category.code, area, known)


def _understood(report: Report, district: District) -> tuple[Category, str, Kept]:
    category = categorise(district, report.category, report.description)
    area = place(district, report.area, report.location, report.address)
    # What was written down elsewhere can be asked nothing any more.
    complete = report.category is not None and report.source is not Source.IMPORT
    return category, area, checked(category.questions, report.attributes, complete=complete)


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a report becomes."""

    issue_id: UUID
    code: str
    category: Category
    area: str
    answers: Kept
    at: datetime


async def _keep(connection: AsyncConnection, report: Report, taken: _Taken, cipher: ContactCipher) -> None:
    row = {
        "id": taken.issue_id,
        "tracking_code": taken.code,
        "category": taken.category.code,
        "category_given": report.category is not None,
        "confidential": taken.category.confidential,
        "area": taken.area,
        "lat": report.location.lat if report.location else None,
        "lon": report.location.lon if report.location else None,
        "description": report.description,
        "language": report.language,
        "source": report.source.value,
        "reported_at": taken.at,
        "made_at": report.made_at,
        "visit_id": report.visit,
        "attributes": taken.answers,
        "address": report.address,
        "media_url": report.media_url,
        "words_of": taken.issue_id,
        "found_by": words_of(report.description, report.address),
    }
    if report.contact is None:
        await connection.execute(_INSERT_ISSUE, row)
    else:
        contact = cipher.encrypt(taken.issue_id, report.contact)
        reporter = {"reporter_of": taken.issue_id, "contact": contact}
        await connection.execute(_INSERT_ISSUE_AND_REPORTER, row | reporter)


def _reported(report: Report, taken: _Taken) -> IssueReported:
    """Return the event: of a confidential matter it says what and where, and nothing in the reporter's words."""
    confidential = taken.category.confidential
    return IssueReported(
        category=taken.category.code,
        area=taken.area,
        issue_id=taken.issue_id,
        description=None if confidential else masked(report.description),
        language=report.language,
        source=report.source.value,
        location=report.location,
        reported_at=taken.at,
        made_at=report.made_at,
        reporter_key=reporter_key(taken.code),
        attributes={} if confidential else coded(single(taken.answers)),
    )
