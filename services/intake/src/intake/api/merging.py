"""Staff find that several issues are one matter."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from intake import usecases
from intake.api.schemas import IssueRead
from intake.api.scope import visible_issue
from intake.api.views import issue_read
from linli.chassis.auth import Principal, require
from linli.chassis.database import Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.language import Language
from linli.chassis.runtime import Now

router = APIRouter(prefix="/v1/issues/{issue_id}", tags=["merging"])

Merger = Annotated[Principal, Depends(require("staff", "supervisor", "platform"))]


class MergeInto(BaseModel):
    """The issue that stands for this one from now on."""

    model_config = ConfigDict(extra="forbid")

    into: UUID


@router.post("/merge")
async def merge_issue(
    issue_id: UUID,
    body: MergeInto,
    principal: Merger,
    connection: Transaction,
    district: DistrictInTransaction,
    now: Now,
    language: Language,
) -> IssueRead:
    """Let another issue stand for this one: both are handled as one case, with the earlier deadline.

    The same merge again changes nothing. The issue is shown as merged once routing has done it.
    """
    for each in (issue_id, body.into):
        await visible_issue(connection, each, principal, district)
    row = await usecases.merge_issue(connection, issue_id, body.into, at=now)
    return issue_read(row, language, district)


@router.post("/unmerge")
async def unmerge_issue(
    issue_id: UUID,
    principal: Merger,
    connection: Transaction,
    district: DistrictInTransaction,
    now: Now,
    language: Language,
) -> IssueRead:
    """Undo a merge: the issue is handled by itself again."""
    await visible_issue(connection, issue_id, principal, district)
    row = await usecases.unmerge_issue(connection, issue_id, at=now)
    return issue_read(row, language, district)
