"""Helpers for needs: asked in waves, by hand, or one by one as prices say."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy import ColumnElement

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction
from linli.chassis.district import CurrentDistrict, DistrictInTransaction
from linli.chassis.idempotency import Idempotency
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime, Now
from volunteer.api.asking_schemas import AdviceRead, AskByHand, AskedRead, AskRead, SearchCreate, SearchRead, WaveRead
from volunteer.api.callers import CurrentTelling, OrganiserActor, VolunteerActor
from volunteer.api.problems import unknown_need
from volunteer.api.words import IdCursor
from volunteer.domain.actor import Actor
from volunteer.domain.faults import UnknownError
from volunteer.domain.matching.reason_texts import explain
from volunteer.domain.needs import Need
from volunteer.queries import asking as queries
from volunteer.queries.needs import need_by_id
from volunteer.tables import asks, volunteers
from volunteer.usecases import asking as usecases
from volunteer.usecases.advice import advise
from volunteer.usecases.need_store import need_of
from volunteer.usecases.search_store import read_search

router = APIRouter(prefix="/v1", tags=["needs"])


@router.post("/needs/{need_id}/search", status_code=201)
async def start_search(
    need_id: UUID,
    body: SearchCreate,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    language: Language,
    key: Idempotency,
) -> WaveRead:
    """Look for helpers: the first wave is asked at once, the next when too few of one wave have come in time."""
    search = body.search(need_id, by=actor.subject)
    wave = await usecases.start_search(
        connection, search, new_id=runtime.new_id, actor=actor, telling=telling, district=district, key=key
    )
    return WaveRead.of(wave, language)


@router.get("/needs/{need_id}/search")
async def show_search(need_id: UUID, actor: OrganiserActor, connection: Reading) -> SearchRead:
    """Show how far the search is, to those who organise it."""
    await _organised(connection, need_id, actor)
    search = await read_search(connection, need_id)
    if search is None:
        raise UnknownError("search")
    return SearchRead.model_validate(search)


@router.delete("/needs/{need_id}/search", status_code=204)
async def stop_search(need_id: UUID, actor: OrganiserActor, connection: Transaction) -> None:
    """Ask nobody further; who was asked may still come."""
    await usecases.stop_search(connection, need_id, actor=actor)


@router.get("/needs/{need_id}/asks")
async def list_asked(
    need_id: UUID,
    actor: OrganiserActor,
    connection: Reading,
    language: Language,
    after: After = None,
    limit: Limit = 50,
) -> Page[AskedRead]:
    """List who was asked, by whom or in which wave, and what they said, to those who organise it."""
    await _organised(connection, need_id, actor)
    return await _page(connection, asks.c.need_id == need_id, language, after, limit)


@router.post("/needs/{need_id}/asks", status_code=201)
async def ask_by_hand(
    need_id: UUID,
    body: AskByHand,
    actor: OrganiserActor,
    connection: Transaction,
    district: DistrictInTransaction,
    runtime: CurrentRuntime,
    telling: CurrentTelling,
    language: Language,
    key: Idempotency,
) -> AskedRead:
    """Ask somebody whom a person has chosen; who decided it, why, and which rules it breaks is recorded."""
    ask_id = await usecases.ask_by_hand(
        connection,
        need_id,
        body.volunteer_id,
        body.reason,
        ask_id=runtime.new_id(),
        actor=actor,
        telling=telling,
        district=district,
        key=key,
    )
    rows = await queries.list_asks(connection, asks.c.id == ask_id, after=None, limit=1)
    if not rows:  # whom the key asked has left
        raise UnknownError("ask")
    return AskedRead.of(rows[0], language)


@router.post("/needs/{need_id}/asks/decline", status_code=204)
async def decline_ask(need_id: UUID, actor: VolunteerActor, connection: Transaction, telling: CurrentTelling) -> None:
    """Say that one does not come."""
    await usecases.decline_ask(connection, need_id, actor=actor, telling=telling)


@router.get("/asks/mine")
async def list_own_asks(
    actor: VolunteerActor, connection: Reading, after: After = None, limit: Limit = 50
) -> Page[AskRead]:
    """List what the caller was asked for, earliest first."""
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_asks(connection, volunteers.c.subject == actor.subject, after=start, limit=limit + 1)
    items = [AskRead.model_validate(row) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=rows[limit - 1].id).encode() if len(rows) > limit else None)


@router.get("/needs/{need_id}/why-not")
async def explain_need(
    need_id: UUID,
    volunteer_id: Annotated[UUID, Query(description="Whom it is about")],
    actor: OrganiserActor,
    connection: Reading,
    district: CurrentDistrict,
    telling: CurrentTelling,
    language: Language,
) -> list[str]:
    """Tell every rule that keeps somebody from being asked to help; an empty list says that none does."""
    need = await _organised(connection, need_id, actor)
    return list(
        explain(await usecases.why_not(connection, need, volunteer_id, telling=telling, district=district), language)
    )


@router.get("/needs/{need_id}/advice")
async def advise_on_need(
    need_id: UUID,
    actor: OrganiserActor,
    connection: Reading,
    district: CurrentDistrict,
    now: Now,
    language: Language,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> AdviceRead:
    """Tell whom to send now, where an answer cannot wait, and who is better kept for what may come this week."""
    need = await _organised(connection, need_id, actor)
    advice = await advise(connection, need, actor=actor, at=now, district=district, limit=limit)
    return AdviceRead.of(advice, language)


async def _organised(connection: Reading, need_id: UUID, actor: Actor) -> Need:
    row = await need_by_id(connection, need_id)
    if row is None:
        raise unknown_need()
    actor.require_organiser(row.area)
    return need_of(row._asdict())


async def _page(
    connection: Reading, which: ColumnElement[bool], language: str, after: str | None, limit: int
) -> Page[AskedRead]:
    start = IdCursor.decode(after).id if after else None
    rows = await queries.list_asks(connection, which, after=start, limit=limit + 1)
    items = [AskedRead.of(row, language) for row in rows[:limit]]
    return Page(items=items, next=IdCursor(id=rows[limit - 1].id).encode() if len(rows) > limit else None)
