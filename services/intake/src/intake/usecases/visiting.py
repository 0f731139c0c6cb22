"""Grid workers make their rounds, and report what they find there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.domain.answering import AnswersError
from intake.domain.issue import Source
from intake.domain.placing import UnknownAreaError, UnknownCategoryError
from intake.domain.timing import MadeAtError, check_made
from intake.tables import idempotency_keys, issues, visits
from intake.usecases.reporting import Accepted, Report, report_issue
from linli.chassis.contacts import ContactCipher
from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.district import District

UNTAKEN = (UnknownAreaError, UnknownCategoryError, AnswersError, MadeAtError)


class FoundError(Exception):
    """An issue that was found on a round cannot be taken: ``place`` is its number, from 0, and ``fault`` says why."""

    def __init__(self, place: int, fault: Exception) -> None:
        super().__init__(f"issue {place} of the round")
        self.place = place
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A round: in which area, from when to when by its maker's clock, and what was seen, which may be personal."""

    area: str
    began_at: datetime
    ended_at: datetime
    seen: str
    author: str
    author_name: str

    def __repr__(self) -> str:
        return f"Visit(area={self.area!r}, author={self.author!r})"


async def note_visit(
    connection: AsyncConnection,
    visit: Visit,
    found: Sequence[tuple[UUID, Report]],
    *,
    visit_id: UUID,
    at: datetime,
    district: District,
    cipher: ContactCipher,
    key: IdempotencyKey | None = None,
) -> tuple[UUID, Sequence[Accepted]]:
    """Note a round with the issues found on it, all of them or nothing; the same key again returns what it got first.

    An issue that says neither where nor when it was made lies in the area of the round, and is as old as it.

    Raises:
        FoundError: an issue cannot be taken.
        UnknownAreaError, MadeAtError: the round itself cannot.
        ProblemError: the key came with another body before.
    """
    scope = f"visit:{visit.author}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=visit_id)
    if first != visit_id:
        return first, await _accepted(connection, first)
    if visit.area not in district.units:
        raise UnknownAreaError
    _check_times(visit, at)
    row = {name: getattr(visit, name) for name in ("area", "began_at", "ended_at", "seen", "author", "author_name")}
    await connection.execute(insert(visits).values(id=visit_id, at=at, **row))
    accepted = []
    for place, (issue_id, report) in enumerate(found):
        own = _on(visit, visit_id, report)
        try:
            taken = await report_issue(connection, own, issue_id=issue_id, at=at, district=district, cipher=cipher)
        except UNTAKEN as error:
            raise FoundError(place, error) from error
        accepted.append(taken)
    return visit_id, accepted


def _check_times(visit: Visit, at: datetime) -> None:
    check_made(visit.began_at, at=at, source=Source.VISIT, field="began_at")
    check_made(visit.ended_at, at=at, source=Source.VISIT, field="ended_at")
    if visit.ended_at < visit.began_at:
        raise MadeAtError("ended_at", "lies before began_at")


def _on(visit: Visit, visit_id: UUID, report: Report) -> Report:
    placed = report.area is not None or report.location is not None or report.address is not None
    return replace(
        report,
        source=Source.VISIT,
        visit=visit_id,
        area=report.area if placed else visit.area,
        made_at=report.made_at or visit.began_at,
    )


async def _accepted(connection: AsyncConnection, visit_id: UUID) -> Sequence[Accepted]:
    query = select(issues.c.id, issues.c.tracking_code).where(issues.c.visit_id == visit_id).order_by(issues.c.id)
    return [Accepted(row.id, row.tracking_code) for row in (await connection.execute(query)).all()]
