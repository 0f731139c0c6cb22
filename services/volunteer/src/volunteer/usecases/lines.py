"""What can be done to the lists of resources and needs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from volunteer.domain import line_events as events
from volunteer.domain import lines as rules
from volunteer.domain.actor import Actor
from volunteer.domain.faults import StaleError, UnknownError
from volunteer.domain.lines import Line, ListKind
from volunteer.tables import idempotency_keys, line_matches, lines
from volunteer.usecases.telling import Telling


async def enter_line(
    connection: AsyncConnection, line: Line, *, actor: Actor, telling: Telling, key: IdempotencyKey | None
) -> Line:
    """Put a line on its list.

    Raises:
        NotAllowedError: the actor does not organise in the area.
        ProblemError: the key came with another body before.
    """
    actor.require_organiser(line.area)
    first = await claim_key(connection, idempotency_keys, key, scope=f"line:{actor.subject}", resource_id=line.id)
    if first != line.id:
        return await load_line(connection, first)
    await connection.execute(insert(lines).values(_columns(line)))
    await telling.record(connection, events.entered(line), version=line.version)
    return line


async def note_on_line(
    connection: AsyncConnection,
    line_id: UUID,
    changes: Mapping[str, Any],
    *,
    actor: Actor,
    telling: Telling,
    versions: frozenset[int] | None,
) -> Line:
    """Change a line, or note why it is not matched, when somebody looks again, what came of it.

    Raises:
        UnknownError, NotAllowedError, StaleError, FieldError: as the names say.
    """
    line = await load_line(connection, line_id, lock=True)
    actor.require_organiser(line.area)
    if versions is not None and line.version not in versions:
        raise StaleError(line.version)
    if "area" in changes:
        actor.require_organiser(changes["area"])
    was_open = line.outcome is None
    line = rules.note(line, **changes)
    await _save(connection, line)
    if was_open and line.outcome is not None:
        await telling.record(connection, events.settled(line), version=line.version)
    return line


async def match_lines(
    connection: AsyncConnection,
    need_id: UUID,
    resource_id: UUID,
    amount: int,
    *,
    match_id: UUID,
    actor: Actor,
    telling: Telling,
    key: IdempotencyKey | None,
) -> UUID:
    """Bring some of a resource together with a need; return the id of the match.

    Raises:
        UnknownError: there is no such line.
        NotAllowedError: the actor does not organise where the need is.
        RefusedError, FieldError: they do not go together, or one has not so much left.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(
        connection, idempotency_keys, key, scope=f"match:{need_id}:{actor.subject}", resource_id=match_id
    )
    if first != match_id:
        return first
    resource, need = await _both(connection, resource_id, need_id)
    actor.require_organiser(need.area)
    resource, need = rules.bring_together(resource, need, amount)
    for line, other in ((resource, need_id), (need, resource_id)):
        await _save(connection, line)
        await telling.record(connection, events.matched(line, other, amount), version=line.version)
    row = {"id": match_id, "resource_id": resource_id, "need_id": need_id, "amount": amount}
    await connection.execute(insert(line_matches).values(row | {"matched_at": telling.at, "matched_by": actor.subject}))
    return match_id


async def separate_lines(connection: AsyncConnection, match_id: UUID, *, actor: Actor, telling: Telling) -> None:
    """Take back what was brought together.

    Raises:
        UnknownError, NotAllowedError, RefusedError: as the names say.
    """
    query = select(line_matches).where(line_matches.c.id == match_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownError("match")
    resource, need = await _both(connection, row.resource_id, row.need_id)
    actor.require_organiser(need.area)
    gone = delete(line_matches).where(line_matches.c.id == match_id)
    if (await connection.execute(gone)).rowcount == 0:
        raise UnknownError("match")
    resource, need = rules.separate(resource, need, row.amount)
    for line, other in ((resource, need.id), (need, resource.id)):
        await _save(connection, line)
        await telling.record(connection, events.separated(line, other, row.amount), version=line.version)


async def load_line(connection: AsyncConnection, line_id: UUID, *, lock: bool = False) -> Line:
    """Return a line.

    Raises:
        UnknownError: there is none.
    """
    query = select(lines).where(lines.c.id == line_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise UnknownError("line")
    return line_of(row._asdict())


def line_of(row: Mapping[str, Any]) -> Line:
    """Return the line of a row."""
    told = {name: row[name] for name in Line.__slots__}
    return Line(**{**told, "list": ListKind(row["list"])})


async def _both(connection: AsyncConnection, resource_id: UUID, need_id: UUID) -> tuple[Line, Line]:
    # Always in the same order, so that two matches that meet do not wait for each other.
    found = {one: await load_line(connection, one, lock=True) for one in sorted({resource_id, need_id})}
    return found[resource_id], found[need_id]


async def _save(connection: AsyncConnection, line: Line) -> None:
    changed = _columns(line)
    await connection.execute(update(lines).where(lines.c.id == changed.pop("id")).values(changed))


def _columns(line: Line) -> dict[str, Any]:
    # The state is stored so that lists can be narrowed by it.
    return asdict(line) | {"state": line.state}
