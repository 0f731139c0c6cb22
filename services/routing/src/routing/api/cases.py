"""Reading cases."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading
from linli.chassis.etags import ETAG_HEADER, set_etag
from linli.chassis.language import Language
from linli.contracts import AreaPath, CategoryCode, Slug
from routing.api.callers import CurrentRulebook, CurrentRulebooks, Reader
from routing.api.schemas import CaseRead, ExplanationRead, MoveRead
from routing.domain.states import State
from routing.domain.terms import rules_of
from routing.queries import CaseCursor, CaseFilter, MoveCursor, find_case, list_cases, list_hops, list_moves

router = APIRouter(prefix="/v1/cases", tags=["cases"])


async def _filter(
    state: State | None = None,
    category: CategoryCode | None = None,
    unit: Annotated[AreaPath | None, Query(description="A unit with all beneath it")] = None,
    handler: Annotated[Slug | None, Query(description="The handler's id")] = None,
) -> CaseFilter:
    return CaseFilter(state=state, category=category, unit=unit, handler=handler)


@router.get("")
async def list_the_cases(
    wanted: Annotated[CaseFilter, Depends(_filter)],
    connection: Reading,
    reader: Reader,
    rulebook: CurrentRulebook,
    after: After = None,
    limit: Limit = 50,
) -> Page[CaseRead]:
    """List the cases that the caller may see, the newest first."""
    cursor = CaseCursor.decode(after) if after is not None else None
    cases, following = await list_cases(connection, reader, wanted, after=cursor, limit=limit)
    items = [CaseRead.of(case, rulebook) for case in cases]
    return Page(items=items, next=following and following.encode())


@router.get("/{case_id}", responses=ETAG_HEADER)
async def read_case(
    case_id: UUID, connection: Reading, reader: Reader, rulebook: CurrentRulebook, response: Response
) -> CaseRead:
    """Return a case."""
    case = await find_case(connection, case_id, reader)
    set_etag(response, case.version)
    return CaseRead.of(case, rulebook)


@router.get("/{case_id}/explanation")
async def explain_case(
    case_id: UUID,
    connection: Reading,
    reader: Reader,
    rulebooks: CurrentRulebooks,
    rulebook: CurrentRulebook,
    language: Language,
) -> ExplanationRead:
    """Say why a case is where it is: the rules that were considered, and the moves up the grid with their reasons."""
    case = await find_case(connection, case_id, reader)
    hops = await list_hops(connection, case_id)
    kept = await rulebooks.at(connection, case.catalogue_version)
    category = rules_of(kept.district, case.category)
    return ExplanationRead.of(case, hops, rulebook.district, language, category=category)


@router.get("/{case_id}/history")
async def list_case_moves(
    case_id: UUID, connection: Reading, reader: Reader, after: After = None, limit: Limit = 50
) -> Page[MoveRead]:
    """List the moves of a case, the first one first."""
    await find_case(connection, case_id, reader)
    cursor = MoveCursor.decode(after) if after is not None else None
    rows, following = await list_moves(connection, case_id, after=cursor, limit=limit)
    return Page(items=[MoveRead.of(row) for row in rows], next=following and following.encode())
