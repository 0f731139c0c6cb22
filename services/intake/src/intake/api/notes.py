"""What staff note about issues, and all that happened to one in the order of time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from intake import queries, usecases
from intake.api.scope import Staff, visible_issue
from intake.domain.steps import sentence
from intake.queries import AnyRow
from intake.tables import idempotency_keys
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.idempotency import Idempotency, claim_key
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from linli.chassis.text import PlainText
from linli.district.known import KnownDistrict

router = APIRouter(prefix="/v1/issues/{issue_id}", tags=["desk"])

NoteText = Annotated[PlainText, Field(min_length=1, max_length=2000)]


class NoteCreate(BaseModel):
    """A note; unless it is public, the reporter never sees it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    text: NoteText = Field(repr=False)
    public: bool = False


class NoteRead(BaseModel):
    """What somebody noted."""

    id: UUID
    at: datetime
    text: str
    public: bool
    author: str
    author_name: str


class Moment(BaseModel):
    """Something that happened to an issue; ``what`` is a step's kind, or what was added."""

    at: datetime
    kind: Literal["reported", "step", "note", "supplement", "attachment", "answer"]
    what: str
    text: str | None
    by: str | None
    id: UUID | None = None


@router.post("/notes", status_code=201)
async def add_note(
    issue_id: UUID,
    body: NoteCreate,
    principal: Staff,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    key: Idempotency,
) -> NoteRead:
    """Note something about an issue: for staff or, if it is public, for its reporter too."""
    await visible_issue(connection, issue_id, principal, district)
    note_id = runtime.new_id()
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"note:{issue_id}:{principal.subject}", resource_id=note_id
    )
    if first != note_id:
        return note_read(await queries.note_by_id(connection, first))
    what = usecases.Note(text=body.text, public=body.public, author=principal.subject, author_name=principal.name)
    return note_read(await usecases.note(connection, issue_id, what, note_id=note_id, at=runtime.now()))


@router.get("/timeline")
async def read_timeline(
    issue_id: UUID, principal: Staff, connection: Reading, district: CurrentDistrict, language: Language
) -> list[Moment]:
    """Show all that happened to an issue, earliest first."""
    row = await visible_issue(connection, issue_id, principal, district)
    moments = [
        Moment(at=row.reported_at, kind="reported", what=row.source, text=row.description, by=None),
        *_steps(await queries.steps_of(connection, issue_id), district, language),
        *(
            Moment(
                at=one.at,
                kind="note",
                what="public" if one.public else "internal",
                text=one.text,
                by=one.author_name,
                id=one.id,
            )
            for one in await queries.notes_of(connection, issue_id)
        ),
        *(
            Moment(
                at=one.at,
                kind="supplement",
                what=one.client or "reporter",
                text=one.description,
                by=one.client,
                id=one.id,
            )
            for one in await queries.supplements_of(connection, issue_id)
        ),
        *(
            Moment(at=one.at, kind="attachment", what=one.purpose, text=one.name, by=one.uploaded_by, id=one.id)
            for one in await usecases.attached_to(connection, issue_id)
        ),
    ]
    if row.answered_at is not None:
        what = "solved" if row.solved else "not-solved"
        moments.append(Moment(at=row.answered_at, kind="answer", what=what, text=row.satisfaction, by=None))
    return sorted(moments, key=lambda one: one.at)


def note_read(row: AnyRow) -> NoteRead:
    """Return a note."""
    return NoteRead(
        id=row.id, at=row.at, text=row.text, public=row.public, author=row.author, author_name=row.author_name
    )


def _steps(rows: Sequence[AnyRow], district: KnownDistrict, language: str) -> Iterator[Moment]:
    for row in rows:
        words = sentence(row.kind, row.params, language, district)
        yield Moment(at=row.at, kind="step", what=row.kind, text=words, by=row.params.get("name"))
