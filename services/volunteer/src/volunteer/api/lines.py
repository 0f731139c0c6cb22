"""The lists of resources and needs, for anyone to read."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field, model_validator

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from linli.contracts import AreaPath, Slug
from linli.district import Text
from linli.district.known import KnownDistrict
from volunteer.api.callers import CurrentTelling, OrganiserActor
from volunteer.api.tabular import csv_response
from volunteer.api.words import Body, IdCursor, Line, Lines, Moment, Read, placed
from volunteer.domain import lines as rules
from volunteer.domain.lines import LineState, ListKind
from volunteer.queries import lines as queries
from volunteer.queries.lines import LineFilter
from volunteer.usecases import lines as usecases

router = APIRouter(prefix="/v1/lines", tags=["lists"])

MOST_ROWS = 10_000
"""Of a table for a spreadsheet."""

MOST_MATCHES = 200
Amount = Annotated[int, Field(ge=1, le=1_000_000)]
Party = Annotated[Line, Field(max_length=120, description="The organisation or office that answers for it")]
Note = Annotated[Lines, Field(max_length=500)]


class LineCreate(Body):
    """What is offered or needed. The lists are public: they name organisations and no residents."""

    list: ListKind
    what: Line
    kind: Slug
    amount: Amount = 1
    measure: Annotated[Line, Field(max_length=20)] = "次"
    area: AreaPath
    party: Party
    begins_at: Moment | None = None
    ends_at: Moment | None = None
    reason: Note | None = None
    follow_up_on: date | None = None


class LineChange(Body):
    """What is to be different; what is left out stays."""

    what: Line = "-"
    amount: Amount = 1
    area: AreaPath = "-"
    party: Party = "-"
    begins_at: Moment | None = None
    ends_at: Moment | None = None
    reason: Note | None = None
    follow_up_on: date | None = None
    outcome: Note | None = None

    def changes(self, district: KnownDistrict) -> dict[str, Any]:
        """Return the fields that were given."""
        told = {name: getattr(self, name) for name in self.model_fields_set}
        return told | ({"area": placed(told["area"], district)} if "area" in told else {})

    @model_validator(mode="after")
    def _outcome_says_something(self) -> Self:
        if self.outcome == "":
            raise ValueError("an outcome says something, or is null")
        return self


class LineRead(Read):
    """A line of a list; ``version`` is its ETag."""

    id: UUID
    list: ListKind
    what: str
    kind: str
    amount: int
    measure: str
    matched: int
    state: LineState
    area: str
    party: str
    begins_at: Moment | None
    ends_at: Moment | None
    reason: str | None
    follow_up_on: date | None
    outcome: str | None
    entered_at: Moment
    of_case: bool = Field(description="The need of a case, which volunteers claim under /v1/needs")
    version: int

    @classmethod
    def of(cls, row: object, district: KnownDistrict, language: str) -> Self:
        """Return a line as it is shown; of the need of a case, what and where it is in the reader's language."""
        read = cls.model_validate(row)
        if not read.of_case:
            return read
        category, unit = district.categories.get(read.what), district.named(read.party)
        told = {
            "what": category.name.in_language(language) if category else read.what,
            "party": unit.name.in_language(language) if unit else read.party,
            "outcome": read.outcome and CASE_HAS_ENDED.in_language(language),
        }
        return read.model_copy(update=told)


CASE_HAS_ENDED = Text(zh_hans="所属案件已结束", zh_hant="所屬案件已結束", en="its case has ended")


class MatchCreate(Body):
    """So much of a resource serves a need."""

    resource_id: UUID
    amount: Amount


class MatchRead(Read):
    """What was brought together."""

    id: UUID
    resource_id: UUID
    need_id: UUID
    amount: int
    matched_at: Moment


async def _wanted(
    list_kind: Annotated[ListKind | None, Query(alias="list")] = None,
    state: LineState | None = None,
    kind: Slug | None = None,
    area: Annotated[AreaPath | None, Query(description="This unit and all beneath it")] = None,
    due_by: Annotated[date | None, Query(description="To be followed up by this day, and without an outcome")] = None,
) -> LineFilter:
    return LineFilter(list=list_kind, state=state, kind=kind, area=area, due_by=due_by)


Wanted = Annotated[LineFilter, Depends(_wanted)]


@router.post("", status_code=201, responses={201: ETAG_HEADER[200]})
async def enter_line(
    body: LineCreate,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    key: Idempotency,
    response: Response,
) -> LineRead:
    """Put a line on one of the lists."""
    told = {**body.model_dump(), "area": placed(body.area, district)}
    line = rules.Line(id=runtime.new_id(), entered_at=telling.at, **told)
    return _read(await usecases.enter_line(connection, line, actor=actor, telling=telling, key=key), response)


@router.get("")
async def list_lines(
    connection: Reading,
    wanted: Wanted,
    district: CurrentDistrict,
    language: Language,
    after: After = None,
    limit: Limit = 50,
) -> Page[LineRead]:
    """List lines, newest first, to anyone."""
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_lines(connection, wanted, after=start, limit=limit + 1)
    items = [LineRead.of(row, district, language) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=items[-1].id).encode() if len(rows) > limit else None)


@router.get("/csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def export_lines(connection: Reading, wanted: Wanted, district: CurrentDistrict, language: Language) -> Response:
    """Return the newest 10,000 lines as a table for a spreadsheet, to anyone."""
    rows = await queries.list_lines(connection, wanted, after=None, limit=MOST_ROWS)
    told = (LineRead.of(row, district, language).model_dump(mode="json") for row in rows)
    return csv_response(LineRead.model_fields, told)


@router.get("/{line_id}", responses=ETAG_HEADER)
async def read_line(
    line_id: UUID, connection: Reading, district: CurrentDistrict, language: Language, response: Response
) -> LineRead:
    """Show a line to anyone."""
    line = await usecases.load_line(connection, line_id)
    set_etag(response, line.version)
    return LineRead.of(line, district, language)


@router.patch("/{line_id}", responses=ETAG_HEADER)
async def note_on_line(
    line_id: UUID,
    body: LineChange,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    telling: CurrentTelling,
    versions: SeenVersions,
    language: Language,
    response: Response,
) -> LineRead:
    """Change a line, or note why it is not matched, when somebody looks again, and what came of it."""
    changes = body.changes(district)
    line = await usecases.note_on_line(connection, line_id, changes, actor=actor, telling=telling, versions=versions)
    set_etag(response, line.version)
    return LineRead.of(line, district, language)


@router.get("/{line_id}/matches")
async def list_matches(line_id: UUID, connection: Reading) -> list[MatchRead]:
    """List what a line was brought together with, to anyone."""
    await usecases.load_line(connection, line_id)
    return [MatchRead.model_validate(row) for row in await queries.matches_of(connection, line_id, MOST_MATCHES)]


@router.post("/{line_id}/matches", status_code=201)
async def match_lines(
    line_id: UUID,
    body: MatchCreate,
    actor: OrganiserActor,
    connection: Transaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    key: Idempotency,
) -> LineRead:
    """Bring some of a resource together with this need."""
    await usecases.match_lines(
        connection,
        line_id,
        body.resource_id,
        body.amount,
        match_id=runtime.new_id(),
        actor=actor,
        telling=telling,
        key=key,
    )
    return LineRead.model_validate(await usecases.load_line(connection, line_id))


@router.delete("/matches/{match_id}", status_code=204)
async def separate_lines(
    match_id: UUID, actor: OrganiserActor, connection: Transaction, telling: CurrentTelling
) -> None:
    """Take back what was brought together."""
    await usecases.separate_lines(connection, match_id, actor=actor, telling=telling)


def _read(line: rules.Line, response: Response) -> LineRead:
    set_etag(response, line.version)
    return LineRead.model_validate(line)
