"""Reporters answer for what they reported."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.changing import changed
from intake.domain.issue import Answer, Issue, PublicState, answer_return_visit, reopen_until, withdraw
from intake.tables import issues
from linli.contracts import Satisfaction
from linli.district.known import KnownDistrict
from linli.messaging.outbox import record


class UnknownTrackingCodeError(Exception):
    """No issue has this tracking code."""


async def withdraw_issue(connection: AsyncConnection, tracking_code: str, *, at: datetime) -> None:
    """Take an issue back; once more changes nothing.

    Raises:
        UnknownTrackingCodeError: no issue has the code.
        NotWithdrawableError: it is too late.
    """
    row = await _locked(connection, tracking_code)
    if row.withdrawn_at is not None:
        return
    issue, happened = withdraw(_issue(row), merged=row.merged_into is not None)
    values = {"withdrawn_at": at, "version": issue.version}
    await _change(connection, issue, values)
    await record(connection, [happened], version=issue.version, at=at)


async def give_feedback(
    connection: AsyncConnection, tracking_code: str, answer: Answer, *, at: datetime, district: KnownDistrict
) -> None:
    """Take the reporter's answer to the return visit, or that what was closed is not solved after all.

    Raises:
        UnknownTrackingCodeError: no issue has the code.
        NotAnswerableError: there is nothing to answer.
    """
    row = await _locked(connection, tracking_code)
    category = district.categories.get(row.category)
    until = reopen_until(PublicState(row.state), row.closed_at, category.reopen_days if category else 0)
    issue, happened = answer_return_visit(replace(_issue(row), reopen_until=until), answer, at=at)
    if happened is None:
        return
    values = {
        "contacted": answer.contacted,
        "solved": answer.solved,
        "satisfaction": answer.satisfaction.value,
        "answered_at": at,
        "version": issue.version,
    }
    await _change(connection, issue, values)
    await record(connection, [happened], version=issue.version, at=at)


async def _change(connection: AsyncConnection, issue: Issue, values: Mapping[str, object]) -> None:
    change = update(issues).where(issues.c.id == issue.id).values(**values)
    await connection.execute(change.add_cte(changed(issue.id).cte("noted")))


async def _locked(connection: AsyncConnection, tracking_code: str) -> Row[*tuple[Any, ...]]:
    query = select(issues).where(issues.c.tracking_code == tracking_code).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownTrackingCodeError
    return row


def _issue(row: Row[*tuple[Any, ...]]) -> Issue:
    answered = row.answered_at is not None
    return Issue(
        id=row.id,
        category=row.category,
        area=row.area,
        state=PublicState(row.state),
        version=row.version,
        answer=Answer(row.contacted, row.solved, Satisfaction(row.satisfaction)) if answered else None,
    )
