"""One action on many issues; what cannot be done to one is said of that one and keeps none of the others."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from intake import usecases
from intake.api.notes import NoteText
from intake.api.problems import PROBLEMS
from intake.api.scope import visible_issue
from intake.domain.merging import MergeError
from linli.chassis.auth import Principal, require
from linli.chassis.database import Transaction
from linli.chassis.district import DistrictInTransaction
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime, Runtime
from linli.district.known import KnownDistrict

router = APIRouter(prefix="/v1/issues", tags=["desk"])

MOST_AT_ONCE = 100

Doer = Annotated[Principal, Depends(require("staff", "supervisor", "platform"))]


class NoteAll(BaseModel):
    """Note the same about each."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: Literal["note"]
    text: NoteText = Field(repr=False)
    public: bool = False


class MergeAll(BaseModel):
    """Let one issue stand for each of them."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["merge"]
    into: UUID


class UnmergeAll(BaseModel):
    """Let each be handled by itself again."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["unmerge"]


class BulkCreate(BaseModel):
    """What is to be done, and to which issues."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]
    action: Annotated[NoteAll | MergeAll | UnmergeAll, Field(discriminator="kind")]


class BulkResult(BaseModel):
    """Whether it was done to one issue, and why not."""

    id: UUID
    done: bool
    problem: str | None = Field(None, description="The end of the problem's `type`")
    detail: str | None = None


@router.post("/bulk")
async def act_on_many(
    body: BulkCreate,
    principal: Doer,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
) -> list[BulkResult]:
    """Do one thing to up to 100 issues, and say of each whether it was done."""
    return [
        await _tried(body.action, issue_id, principal, connection, district, runtime)
        for issue_id in dict.fromkeys(body.ids)
    ]


async def _tried(
    action: NoteAll | MergeAll | UnmergeAll,
    issue_id: UUID,
    principal: Principal,
    connection: AsyncConnection,
    district: KnownDistrict,
    runtime: Runtime,
) -> BulkResult:
    try:
        async with connection.begin_nested():
            await visible_issue(connection, issue_id, principal, district)
            await _done(action, issue_id, principal, connection, district, runtime)
    except ProblemError as refused:
        return _refused(issue_id, refused)
    except MergeError as error:
        return _refused(issue_id, PROBLEMS[MergeError](error))
    return BulkResult(id=issue_id, done=True)


def _refused(issue_id: UUID, problem: ProblemError) -> BulkResult:
    return BulkResult(id=issue_id, done=False, problem=problem.slug, detail=problem.detail or problem.title)


async def _done(
    action: NoteAll | MergeAll | UnmergeAll,
    issue_id: UUID,
    principal: Principal,
    connection: AsyncConnection,
    district: KnownDistrict,
    runtime: Runtime,
) -> None:
    match action:
        case NoteAll():
            what = usecases.Note(
                text=action.text, public=action.public, author=principal.subject, author_name=principal.name
            )
            await usecases.note(connection, issue_id, what, note_id=runtime.new_id(), at=runtime.now())
        case MergeAll():
            await visible_issue(connection, action.into, principal, district)
            await usecases.merge_issue(connection, issue_id, action.into, at=runtime.now())
        case UnmergeAll():
            await usecases.unmerge_issue(connection, issue_id, at=runtime.now())
