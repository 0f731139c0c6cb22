"""What can be done to find helpers for the need of a case: begin to ask, ask somebody by hand, and answer."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.district.known import KnownDistrict
from volunteer.domain.actor import Actor
from volunteer.domain.asking import BY_HAND, AskState, Search
from volunteer.domain.faults import NotAllowedError, RefusedError, UnknownError
from volunteer.domain.matching.eligibility import obstacles
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.matching.words import Span
from volunteer.domain.needs import Need, NeedState
from volunteer.tables import asks, claims, idempotency_keys, searches, volunteers
from volunteer.usecases.matched_people import people_for, place_of
from volunteer.usecases.need_store import lock_need
from volunteer.usecases.people import load
from volunteer.usecases.search_store import ask_row, read_search, tell_asked
from volunteer.usecases.shift_store import REASONS
from volunteer.usecases.telling import Telling
from volunteer.usecases.waves import Wave, ask_wave, wave_before


async def start_search(
    connection: AsyncConnection,
    search: Search,
    *,
    new_id: Callable[[], UUID],
    actor: Actor,
    telling: Telling,
    district: KnownDistrict,
    key: IdempotencyKey | None,
) -> Wave:
    """Look for helpers, and ask the first wave; a search that has ended begins anew with what was learned.

    With an idempotency key that was seen before, nobody is asked: the wave of then is returned.

    Raises:
        UnknownError: there is no such need.
        NotAllowedError: the actor does not organise where it is.
        RefusedError: the need wants nobody any more, or is looked for already.
        ProblemError: the key came with another body before.
    """
    ask_id = new_id()
    scope = f"search:{search.need_id}:{actor.subject}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=ask_id)
    need = await _organised(connection, search.need_id, actor)
    before = await read_search(connection, need.id)
    if first != ask_id and before is not None:
        return await wave_before(connection, need, before, first, district, at=telling.at)
    _require_open(need)
    if before is not None and before.due_at is not None:
        raise RefusedError("search-runs", "Helpers are looked for already.")
    search = replace(search, waves=before.waves if before else 0)
    ids = chain([ask_id], iter(new_id, None))
    return await ask_wave(connection, need, search, new_id=ids.__next__, telling=telling, district=district)


async def stop_search(connection: AsyncConnection, need_id: UUID, *, actor: Actor) -> None:
    """Ask nobody further; who was asked may still come.

    Raises:
        UnknownError, NotAllowedError: as the names say.
    """
    await _organised(connection, need_id, actor)
    ended = update(searches).where(searches.c.need_id == need_id).values(due_at=None)
    if (await connection.execute(ended)).rowcount == 0:
        raise UnknownError("search")


async def ask_by_hand(
    connection: AsyncConnection,
    need_id: UUID,
    volunteer_id: UUID,
    reason: str,
    *,
    ask_id: UUID,
    actor: Actor,
    telling: Telling,
    district: KnownDistrict,
    key: IdempotencyKey | None,
) -> UUID:
    """Ask somebody whom a person has chosen, also against the rules: which ones it breaks is recorded, and why.

    Return the id under which they were asked: with an idempotency key that was seen before, that of then.

    Raises:
        UnknownError, NotAllowedError: as the names say; without their consent nobody is asked.
        RefusedError: the need wants nobody any more, or they were asked, or come already.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"ask:{need_id}:{actor.subject}", resource_id=ask_id
    )
    need = await _organised(connection, need_id, actor)
    if first != ask_id:
        return first
    _require_open(need)
    volunteer = await load(connection, volunteers.c.id == volunteer_id)
    if volunteer.consented_at is None or volunteer.subject is None:
        raise NotAllowedError("Nobody is asked who has not consented to it, or cannot answer.")
    mine = (claims.c.need_id == need_id) & (claims.c.volunteer == volunteer.subject)
    if await connection.scalar(select(claims.c.id).where(mine)) is not None:
        raise RefusedError("already-claimed", "They come already.")
    broken = await why_not(connection, need, volunteer_id, telling=telling, district=district)
    row = ask_row(ask_id, need.id, volunteer_id, wave=BY_HAND, chance=1.0, by=actor.subject, telling=telling)
    row |= {"reason": reason, "reasons": REASONS.dump_python(list(broken), mode="json")}
    added = upsert(asks).values(row).on_conflict_do_nothing().returning(asks.c.id)
    if (await connection.execute(added)).first() is None:
        raise RefusedError("already-asked", "They were asked already.")
    await tell_asked(connection, need, {volunteer_id: volunteer.subject}, telling)
    return ask_id


async def decline_ask(connection: AsyncConnection, need_id: UUID, *, actor: Actor, telling: Telling) -> None:
    """Say that one does not come; when nobody of a wave is left who might, the next one goes out at once.

    Raises:
        UnknownError: there is no such need, or the actor is no volunteer or was not asked.
        RefusedError: they come already.
    """
    await lock_need(connection, need_id)
    volunteer = await load(connection, volunteers.c.subject == actor.subject)
    mine = (asks.c.need_id == need_id) & (asks.c.volunteer_id == volunteer.id)
    state = await connection.scalar(select(asks.c.state).where(mine))
    if state is None:
        raise UnknownError("ask")
    if state == AskState.COMING:
        raise RefusedError("already-claimed", "They come already.")
    declined = {"state": AskState.DECLINED, "answered_at": telling.at}
    await connection.execute(update(asks).where(mine).values(declined))
    waiting = select(func.count()).where(asks.c.need_id == need_id, asks.c.state == AskState.ASKED)
    if not await connection.scalar(waiting):
        hastened = update(searches).where(searches.c.need_id == need_id, searches.c.due_at.is_not(None))
        await connection.execute(hastened.values(due_at=telling.at))


async def why_not(
    connection: AsyncConnection, need: Need, volunteer_id: UUID, *, telling: Telling, district: KnownDistrict
) -> tuple[Reason, ...]:
    """Return every rule that forbids that somebody helps with a need; none where they may.

    Raises:
        UnknownError: there is no such volunteer.
    """
    search = await read_search(connection, need.id) or Search(need_id=need.id, started_by="")
    place = place_of(district, need.area)
    slot = search.slot(place, at=telling.at)
    found = await people_for(
        connection, [volunteer_id], Span(slot.span.begins, slot.span.ends), district, at=telling.at
    )
    if not found:
        raise UnknownError("volunteer")
    return tuple(Reason(code) for code in search.forbidding(obstacles(found[0], slot, place)))


async def _organised(connection: AsyncConnection, need_id: UUID, actor: Actor) -> Need:
    need = await lock_need(connection, need_id)
    actor.require_organiser(need.area)
    return need


def _require_open(need: Need) -> None:
    if need.state is not NeedState.OPEN:
        raise RefusedError(f"need-{need.state}", f"The need is {need.state}.")
