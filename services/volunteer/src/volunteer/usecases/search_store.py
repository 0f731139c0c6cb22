"""Searches for helpers as they are loaded and saved, and who was asked as it is told."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import HelperAsked
from volunteer.domain.asking import AskState, Search
from volunteer.domain.needs import Need, told_more
from volunteer.tables import searches
from volunteer.usecases.need_store import save_need
from volunteer.usecases.telling import Telling

LISTS = ("skills", "qualifications", "languages")


async def read_search(connection: AsyncConnection, need_id: UUID) -> Search | None:
    """Return the search for helpers of a need, if there ever was one."""
    row = (await connection.execute(select(searches).where(searches.c.need_id == need_id))).one_or_none()
    if row is None:
        return None
    lists = {name: tuple(getattr(row, name)) for name in LISTS}
    return Search(**{**row._asdict(), **lists})


async def save_search(connection: AsyncConnection, search: Search) -> None:
    """Store a search, new or changed."""
    columns = asdict(search) | {name: list(getattr(search, name)) for name in LISTS}
    stored = upsert(searches).values(columns)
    await connection.execute(stored.on_conflict_do_update(index_elements=[searches.c.need_id], set_=columns))


async def tell_asked(
    connection: AsyncConnection, need: Need, whom: Mapping[UUID, str | None], telling: Telling
) -> None:
    """Record that some volunteers, with their subjects, were asked to help with a locked need."""
    happened = [
        HelperAsked(
            need_id=need.id,
            issue_id=need.issue_id,
            category=need.category,
            area=need.area,
            until=need.until,
            volunteer=telling.seal(need.id, subject),
        )
        for subject in whom.values()
    ]
    need = told_more(need, len(happened))
    await save_need(connection, need)
    await telling.record(connection, *happened, version=need.version)


def ask_row(
    ask_id: UUID, need_id: UUID, volunteer_id: UUID, *, wave: int, chance: float, by: str, telling: Telling
) -> dict[str, Any]:
    """Return the row of somebody who is asked."""
    return {
        "id": ask_id,
        "need_id": need_id,
        "volunteer_id": volunteer_id,
        "wave": wave,
        "chance": chance,
        "state": AskState.ASKED,
        "asked_at": telling.at,
        "asked_by": by,
        "reasons": [],
    }
