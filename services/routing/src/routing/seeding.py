"""The first grid and the first catalogue: from the files, once."""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.district import District
from linli.district.checks import check_district
from routing.catalogue_documents import catalogue_in, content_of
from routing.district_store import NotSeededError, read_current, write_catalogue, write_grid
from routing.domain.editor import SEED
from routing.domain.grid_edits import replaced
from routing.rulebooks import Rulebooks
from routing.tables import district_state

LOCK = 0x5EED
"""Advisory lock under which the first of several processes writes what all of them begin with."""

log = structlog.get_logger()


async def seed(engine: AsyncEngine, files: District, rulebooks: Rulebooks, *, now: Callable[[], datetime]) -> None:
    """Write the files' district where the database has none; where it has one, say how the files differ from it.

    Raises:
        DistrictFaultsError: the departments in the files do not fit the grid and the catalogue of the database.
    """
    async with engine.begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        try:
            await read_current(connection)
        except NotSeededError:
            await _write(connection, files, now())
            return
        present = (await rulebooks.current(connection)).district
    check_district(present)
    still_open = {path: unit for path, unit in files.units.items() if not unit.closed}
    _say_difference("grid", still_open != present.units, "PUT /v1/grid")
    _say_difference("catalogue", catalogue_in(files) != catalogue_in(present), "PUT /v1/catalogue")


async def _write(connection: AsyncConnection, files: District, at: datetime) -> None:
    await connection.execute(insert(district_state).values(id=1, grid_revision=1, catalogue_version=1))
    changes = replaced({}, files.units)
    await write_grid(connection, changes, revision=1, editor=SEED, at=at, reason=None)
    content = content_of(catalogue_in(files))
    await write_catalogue(connection, content, version=1, editor=SEED, at=at, note=None)
    log.info("district seeded from the files", units=len(files.units), categories=len(files.categories))


def _say_difference(part: str, differs: bool, way: str) -> None:  # noqa: FBT001 - named by its caller
    if differs:
        log.warning("file differs from the database, which holds; import it to change that", part=part, way=way)
