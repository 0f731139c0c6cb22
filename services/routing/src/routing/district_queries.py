"""The read side of the district: its changes and its versions."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from sqlalchemy import RowMapping, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.cursor import Cursor
from routing.domain.editor import Editor
from routing.queries import within
from routing.tables import catalogues, unit_changes


class ChangeCursor(Cursor):
    """The newest change comes first."""

    id: Annotated[int, Field(ge=0, lt=2**63)]


class VersionCursor(Cursor):
    """The newest version comes first."""

    version: Annotated[int, Field(ge=0, lt=2**31)]


async def list_changes(
    connection: AsyncConnection, editor: Editor, unit: str | None, *, after: ChangeCursor | None, limit: int
) -> tuple[Sequence[RowMapping], ChangeCursor | None]:
    """Return a page of the grid's changes where the editor may make some, and the cursor of the next one."""
    theirs = true() if editor.areas is None else within(unit_changes.c.path, editor.areas)
    query = select(unit_changes).where(theirs).order_by(unit_changes.c.id.desc()).limit(limit + 1)
    if unit is not None:
        query = query.where(within(unit_changes.c.path, [unit]))
    if after is not None:
        query = query.where(unit_changes.c.id < after.id)
    rows = (await connection.execute(query)).mappings().all()
    return rows[:limit], ChangeCursor(id=rows[limit - 1]["id"]) if len(rows) > limit else None


async def list_versions(
    connection: AsyncConnection, *, after: VersionCursor | None, limit: int
) -> tuple[Sequence[RowMapping], VersionCursor | None]:
    """Return a page of the catalogue's versions without their content, and the cursor of the next one."""
    size = func.jsonb_array_length(catalogues.c.content["categories"]).label("categories")
    columns = (one for one in catalogues.c if one is not catalogues.c.content)
    query = select(*columns, size).order_by(catalogues.c.version.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(catalogues.c.version < after.version)
    rows = (await connection.execute(query)).mappings().all()
    return rows[:limit], VersionCursor(version=rows[limit - 1]["version"]) if len(rows) > limit else None
