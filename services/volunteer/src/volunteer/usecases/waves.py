"""Waves: of those who may help with a need as few as are likely enough to bring enough of them are asked at a time."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.known import KnownDistrict
from volunteer.domain.asking import AskState, Search
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.matching.waves import chance_of, next_wave
from volunteer.domain.needs import Need, NeedState
from volunteer.tables import asks, searches
from volunteer.usecases.candidates import find_helpers
from volunteer.usecases.need_store import lock_need
from volunteer.usecases.search_store import ask_row, read_search, save_search, tell_asked
from volunteer.usecases.shift_store import subjects_of
from volunteer.usecases.telling import Telling

BATCH = 20
"""So many searches go on in one transaction of the worker."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Who was asked: how many, with which chance that enough of them come, and what kept others from being asked."""

    search: Search
    asked: int
    chance: float
    left_out: tuple[Reason, ...]


async def ask_wave(
    connection: AsyncConnection,
    need: Need,
    search: Search,
    *,
    new_id: Callable[[], UUID],
    telling: Telling,
    district: KnownDistrict,
) -> Wave:
    """Ask the next wave of a locked need; where nobody is left to ask the search ends.

    Raises:
        FieldError: there are more volunteers than are looked at at once.
    """
    found = await find_helpers(connection, need, search, district, at=telling.at)
    asked = select(asks.c.volunteer_id).where(asks.c.need_id == need.id)
    before = {str(one) for one in await connection.scalars(asked)}
    wanted = need.wanted - need.claimed
    wave = next_wave(found.askable, wanted, at=telling.at, asked=before, target=search.target)
    search = search.after_wave(len(wave), at=telling.at)
    await save_search(connection, search)
    chances = {one.id: one.chance for one in found.askable}
    by = search.started_by
    rows = [
        ask_row(new_id(), need.id, UUID(one), wave=search.waves, chance=chances[one], by=by, telling=telling)
        for one in wave
    ]
    if rows:
        await connection.execute(insert(asks), rows)
        await tell_asked(connection, need, await subjects_of(connection, [UUID(one) for one in wave]), telling)
    return Wave(search, len(wave), chance_of([chances[one] for one in wave], wanted), found.left_out)


async def wave_before(
    connection: AsyncConnection, need: Need, search: Search, ask_id: UUID, district: KnownDistrict, *, at: datetime
) -> Wave:
    """Return a wave that has gone out, of which one was asked under an id; where nobody was, one without anybody.

    How far the search is, how likely enough of them come, and what keeps others from being asked is as of now.

    Raises:
        FieldError: there are more volunteers than are looked at at once.
    """
    number = select(asks.c.wave).where(asks.c.id == ask_id).scalar_subquery()
    theirs = select(asks.c.chance).where(asks.c.need_id == need.id, asks.c.wave == number)
    chances = (await connection.scalars(theirs)).all()
    wanted = need.wanted - need.claimed
    chance = chance_of(chances, wanted) if wanted > 0 else 1.0
    found = await find_helpers(connection, need, search, district, at=at)
    return Wave(search, len(chances), chance, found.left_out)


async def go_on_searching(
    connection: AsyncConnection, *, new_id: Callable[[], UUID], telling: Telling, district: KnownDistrict
) -> int:
    """Send out the waves that are due; return how many searches went on or ended."""
    due = select(searches.c.need_id).where(searches.c.due_at <= telling.at).order_by(searches.c.due_at).limit(BATCH)
    went_on = 0
    for need_id in (await connection.scalars(due)).all():
        need = await lock_need(connection, need_id)
        search = await read_search(connection, need_id)
        if search is None or search.due_at is None or search.due_at > telling.at:
            continue  # another process was faster
        went_on += 1
        silent = (asks.c.need_id == need_id) & (asks.c.state == AskState.ASKED)
        await connection.execute(update(asks).where(silent).values(state=AskState.SILENT))
        if need.state is NeedState.OPEN:
            await ask_wave(connection, need, search, new_id=new_id, telling=telling, district=district)
        else:
            await save_search(connection, replace(search, due_at=None))
    return went_on
