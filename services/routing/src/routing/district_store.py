"""The grid and the catalogue in their tables."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, and_, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.files import fields_of
from routing.domain.editor import Editor
from routing.domain.grid_edits import UnitChange
from routing.tables import catalogues, district_state, unit_changes, units

BATCH = 500
"""How many rows one statement writes."""

_STATE = select(district_state.c.grid_revision, district_state.c.catalogue_version)
_UPSERT = upsert(units)
_PUT = _UPSERT.on_conflict_do_update(
    index_elements=[units.c.path],
    set_={name: _UPSERT.excluded[name] for name in ("content", "revision", "closed", "successor")},
)


class NotSeededError(Exception):
    """The database holds no district: the service was never started on it."""


class UnknownVersionError(Exception):
    """The catalogue never had that version."""


class Current(NamedTuple):
    """How far the grid and the catalogue have come."""

    grid_revision: int
    catalogue_version: int


async def lock_current(connection: AsyncConnection) -> Current:
    """Return how far the district has come; nobody else changes it until the transaction ends."""
    return Current(*(await connection.execute(_STATE.with_for_update())).one())


async def read_current(connection: AsyncConnection) -> Current:
    """Return how far the district has come.

    Raises:
        NotSeededError: there is none.
    """
    row = (await connection.execute(_STATE)).one_or_none()
    if row is None:
        raise NotSeededError
    return Current(*row)


async def grid_since(connection: AsyncConnection, revision: int) -> tuple[int, Sequence[RowMapping]]:
    """Return the grid's revision, and the units that changed after ``revision`` in the order of the grid.

    One statement, so that both are of one moment.
    """
    query = (
        select(district_state.c.grid_revision, units.c.path, units.c.content, units.c.position, units.c.successor)
        .select_from(district_state.outerjoin(units, units.c.revision > revision))
        .order_by(units.c.position)
    )
    rows = (await connection.execute(query)).mappings().all()
    return rows[0]["grid_revision"], [row for row in rows if row["path"] is not None]


async def posts_before(connection: AsyncConnection, revision: int) -> set[tuple[str, str]]:
    """Return who held a post in which unit until a change after ``revision``: paths and ids."""
    person = func.jsonb_array_elements(unit_changes.c.before["persons"], type_=JSONB)["id"].astext
    query = select(unit_changes.c.path, person).where(unit_changes.c.revision > revision)
    return {(path, person) for path, person in await connection.execute(query)}


async def unit_row(connection: AsyncConnection, path: str) -> RowMapping | None:
    """Return an open unit with its revision."""
    query = select(units).where(units.c.path == path, units.c.closed.is_(False))
    return (await connection.execute(query)).mappings().one_or_none()


async def read_catalogue(connection: AsyncConnection, version: int) -> RowMapping:
    """Return a version of the catalogue.

    Raises:
        UnknownVersionError: there was never such a version.
    """
    query = select(catalogues).where(catalogues.c.version == version)
    row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise UnknownVersionError
    return row


async def write_grid(
    connection: AsyncConnection,
    changes: Sequence[UnitChange],
    *,
    revision: int,
    editor: Editor,
    at: datetime,
    reason: str | None,
) -> None:
    """Write what becomes of some units, and who did it; the caller holds the lock."""
    last = await connection.scalar(select(func.coalesce(func.max(units.c.position), 0))) or 0
    rows = [_unit_row(change, revision, position) for position, change in enumerate(changes, start=last + 1)]
    who = {"actor_id": editor.id, "actor_name": editor.name, "changed_at": at, "reason": reason, "revision": revision}
    notes = [{**_note(change), **who} for change in changes]
    for batch in _batches(rows):
        await connection.execute(_PUT, batch)
    for batch in _batches(notes):
        await connection.execute(insert(unit_changes), batch)
    await connection.execute(update(district_state).values(grid_revision=revision))


async def write_catalogue(
    connection: AsyncConnection,
    content: Mapping[str, Any],
    *,
    version: int,
    editor: Editor,
    at: datetime,
    note: str | None,
) -> None:
    """Add a version of the catalogue and let it hold; the caller holds the lock."""
    row = {"version": version, "content": content, "published_at": at, "note": note}
    who = {"actor_id": editor.id, "actor_name": editor.name}
    await connection.execute(insert(catalogues).values({**row, **who}))
    await connection.execute(update(district_state).values(catalogue_version=version))


async def reasons_of(connection: AsyncConnection, paths: Sequence[str]) -> dict[str, str]:
    """Return why some closed units were closed, in the words of whoever did it, as far as they gave any."""
    last_change = and_(unit_changes.c.path == units.c.path, unit_changes.c.revision == units.c.revision)
    query = (
        select(units.c.path, unit_changes.c.reason)
        .join(unit_changes, last_change)
        .where(units.c.path.in_(paths), units.c.closed, unit_changes.c.reason.is_not(None))
    )
    return {row.path: row.reason for row in await connection.execute(query)}


def _unit_row(change: UnitChange, revision: int, position: int) -> dict[str, Any]:
    unit = change.after or change.before
    return {
        "path": change.path,
        "content": unit and fields_of(unit),
        "revision": revision,
        "position": position,
        "closed": change.after is None,
        "successor": change.successor,
    }


def _note(change: UnitChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "before": change.before and fields_of(change.before),
        "after": change.after and fields_of(change.after),
        "successor": change.successor,
    }


def _batches(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
