"""What can be done to issues: one function per command, each within the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.contacts import Contact, ContactCipher
from intake.domain.answering import Given, checked, single
from intake.domain.issue import Answer, Issue, PublicState, Source, answer_return_visit
from intake.domain.masking import coded, masked
from intake.domain.merging import Mergeable, merge, unmerge
from intake.domain.placing import categorise, place
from intake.tables import idempotency_keys, issues, reporters, supplements
from linli.chassis.idempotency import IdempotencyKey, claim
from linli.contracts import EventData, IssueReported, Location, Satisfaction
from linli.contracts.tracking import new_tracking_code, reporter_key
from linli.district import District
from linli.messaging.outbox import record

AnyColumns = tuple[Any, ...]

_INSERT_ISSUE = insert(issues)
_INSERT_REPORTER = insert(reporters)
_CODE = select(issues.c.tracking_code)


class UnknownTrackingCodeError(Exception):
    """No issue has this tracking code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody reports. ``description``, ``address`` and ``contact`` are personal: repr shows none of them.

    ``media_url`` is where a front end keeps a picture; it is shown as a link and never fetched.
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

    def __repr__(self) -> str:
        return f"Report(category={self.category!r}, area={self.area!r}, source={self.source.value!r})"


class UnknownIssueError(Exception):
    """No issue has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplement:
    """What is added to an issue later. ``description`` is personal: repr does not show it.

    ``client_id`` and ``client_status`` are what the front end ``client`` calls it, and takes the issue's state for.
    """

    description: str
    client: str
    client_id: str
    client_status: str | None = None
    media_url: str | None = None

    def __repr__(self) -> str:
        return f"Supplement(client={self.client!r}, client_id={self.client_id!r})"


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
        ProblemError: the key came with another body before.
    """
    category = categorise(district, report.category, report.description)
    area = place(district, report.area, report.location, report.address)
    # What was written down elsewhere can be asked nothing any more.
    complete = report.category is not None and report.source is not Source.IMPORT
    answers = checked(category.questions, report.attributes, complete=complete)
    if key is not None:
        first = await claim(
            connection,
            idempotency_keys,
            key=key.key,
            scope=f"report:{scope}",
            body_sha256=key.body_sha256,
            resource_id=issue_id,
        )
        if first != issue_id:
            return Accepted(first, (await connection.execute(_CODE.where(issues.c.id == first))).scalar_one())
    code = new_tracking_code()
    await connection.execute(
        _INSERT_ISSUE,
        {
            "id": issue_id,
            "tracking_code": code,
            "category": category.code,
            "category_given": report.category is not None,
            "confidential": category.confidential,
            "area": area,
            "lat": report.location.lat if report.location else None,
            "lon": report.location.lon if report.location else None,
            "description": report.description,
            "language": report.language,
            "source": report.source.value,
            "reported_at": at,
            "attributes": answers,
            "address": report.address,
            "media_url": report.media_url,
        },
    )
    if report.contact is not None:
        contact = cipher.encrypt(issue_id, report.contact)
        await connection.execute(_INSERT_REPORTER, {"issue_id": issue_id, "contact": contact})
    happened = IssueReported(
        category=category.code,
        area=area,
        issue_id=issue_id,
        description=None if category.confidential else masked(report.description),
        language=report.language,
        source=report.source.value,
        location=report.location,
        reported_at=at,
        reporter_key=reporter_key(code),
        attributes={} if category.confidential else coded(single(answers)),
    )
    await record(connection, [happened], version=1, at=at)
    return Accepted(issue_id, code)


async def supplement_issue(
    connection: AsyncConnection, issue_id: UUID, supplement: Supplement, *, supplement_id: UUID, at: datetime
) -> UUID:
    """Add to an issue, and return the id of what was added; the same again adds nothing.

    Raises:
        UnknownIssueError: there is no such issue.
    """
    if await connection.scalar(select(issues.c.id).where(issues.c.id == issue_id)) is None:
        raise UnknownIssueError
    values = {
        "id": supplement_id,
        "issue_id": issue_id,
        "at": at,
        "description": supplement.description,
        "media_url": supplement.media_url,
        "client": supplement.client,
        "client_id": supplement.client_id,
        "client_status": supplement.client_status,
    }
    added = upsert(supplements).values(values).on_conflict_do_nothing().returning(supplements.c.id)
    if (await connection.execute(added)).first() is not None:
        return supplement_id
    same = (supplements.c.client == supplement.client) & (supplements.c.client_id == supplement.client_id)
    earlier = select(supplements.c.id).where(supplements.c.issue_id == issue_id, same)
    known: UUID = (await connection.execute(earlier)).scalar_one()
    return known


async def give_feedback(connection: AsyncConnection, tracking_code: str, answer: Answer, *, at: datetime) -> None:
    """Take the reporter's answer to the return visit.

    Raises:
        UnknownTrackingCodeError: no issue has the code.
        NotAnswerableError: there is nothing to answer.
    """
    query = select(issues).where(issues.c.tracking_code == tracking_code).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownTrackingCodeError
    issue, happened = answer_return_visit(_issue(row), answer)
    if happened is None:
        return
    values = {
        "contacted": answer.contacted,
        "solved": answer.solved,
        "satisfaction": answer.satisfaction.value,
        "answered_at": at,
        "version": issue.version,
    }
    await connection.execute(update(issues).where(issues.c.id == issue.id).values(values))
    await record(connection, [happened], version=issue.version, at=at)


async def merge_issue(connection: AsyncConnection, issue_id: UUID, into: UUID, *, at: datetime) -> Row[*AnyColumns]:
    """Let another issue stand for this one, and return this one.

    Raises:
        MergeError: they cannot be merged.
    """
    # Always in the same order, so that two merges that meet do not wait for each other.
    query = select(issues).where(issues.c.id.in_([issue_id, into])).order_by(issues.c.id).with_for_update()
    rows = {row.id: row for row in (await connection.execute(query)).all()}
    happened = merge(_mergeable(rows[issue_id]), _mergeable(rows[into]))
    if happened is None:
        return rows[issue_id]
    return await _change(connection, rows[issue_id], {"merged_into": into}, happened, at=at)


async def unmerge_issue(connection: AsyncConnection, issue_id: UUID, *, at: datetime) -> Row[*AnyColumns]:
    """Undo a merge, and return the issue.

    Raises:
        MergeError: it is not merged.
    """
    row = (await connection.execute(select(issues).where(issues.c.id == issue_id).with_for_update())).one()
    return await _change(connection, row, {"merged_into": None}, unmerge(_mergeable(row)), at=at)


async def _change(
    connection: AsyncConnection, row: Row[*AnyColumns], values: dict[str, object], happened: EventData, *, at: datetime
) -> Row[*AnyColumns]:
    version = row.version + 1
    changed = update(issues).where(issues.c.id == row.id).values(version=version, **values).returning(issues)
    after: Row[*AnyColumns] = (await connection.execute(changed)).one()
    await record(connection, [happened], version=version, at=at)
    return after


def _mergeable(row: Row[*AnyColumns]) -> Mergeable:
    return Mergeable(row.id, row.category, row.area, PublicState(row.state), row.merged_into)


def _issue(row: Row[*AnyColumns]) -> Issue:
    answered = row.answered_at is not None
    return Issue(
        id=row.id,
        category=row.category,
        area=row.area,
        state=PublicState(row.state),
        version=row.version,
        answer=Answer(row.contacted, row.solved, Satisfaction(row.satisfaction)) if answered else None,
    )
