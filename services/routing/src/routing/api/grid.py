"""The grid as staff change it, and what was changed."""

import asyncio
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from linli.chassis.cursor import After, Limit, Page
from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.etags import ETAG_HEADER, set_etag
from linli.chassis.language import Language
from linli.chassis.runtime import CurrentRuntime
from linli.contracts import AreaPath
from linli.district import write_grid
from linli.district.files import GridFormat
from linli.district.survey import survey
from routing.api.callers import CurrentEditor, CurrentRulebook, CurrentRulebooks, Overseer, Reader
from routing.api.district_schemas import UnitRead
from routing.api.edit_schemas import GridChanged, UnitChangeRead
from routing.api.edits import CurrentEdit, DryRun
from routing.api.uploads import GEOJSON, GRID_TYPES, YAML, SentGrid, described
from routing.district_queries import ChangeCursor, list_changes
from routing.district_store import read_current
from routing.domain.grid_edits import replaced
from routing.grid_changes import change_grid
from routing.impact import measure
from routing.rehoming import Rehoming

router = APIRouter(prefix="/v1/grid", tags=["district"])

ExportFormat = Literal["yaml", "geojson"]
MEDIA: dict[ExportFormat, str] = {"yaml": YAML, "geojson": GEOJSON}
EXPORTS = {media: {"schema": {"type": "object"}} for media in MEDIA.values()}


@router.get("", responses={200: {**ETAG_HEADER[200], "content": EXPORTS}}, response_model=Page[UnitRead])
async def list_units(
    _reader: Reader,
    connection: Reading,
    rulebook: CurrentRulebook,
    language: Language,
    response: Response,
    form: Annotated[ExportFormat | None, Query(alias="format", description="The whole grid as a file")] = None,
) -> Page[UnitRead] | Response:
    """List all units of the grid, from the top; with a format, as a file that can be imported again."""
    units = rulebook.district.units.values()
    set_etag(response, (await read_current(connection)).grid_revision)
    if form is None:
        return Page(items=[UnitRead.of(unit, language) for unit in units], next=None)
    text = await asyncio.to_thread(write_grid, units, GridFormat(form))
    return Response(text, media_type=MEDIA[form], headers={"ETag": response.headers["ETag"]})


@router.put("", responses=ETAG_HEADER, openapi_extra=described(GRID_TYPES))
async def import_grid(
    edit: CurrentEdit,
    caller: Overseer,
    units: SentGrid,
    connection: Transaction,
    rulebooks: CurrentRulebooks,
    runtime: CurrentRuntime,
    request: Request,
    response: Response,
    dry_run: DryRun = False,  # noqa: FBT002 - FastAPI passes by name
) -> GridChanged:
    """Make the grid what is sent. A unit that is not in it is closed, and the one above it has its cases."""
    outcome = await change_grid(connection, rulebooks, edit, partial(replaced, wanted=units), dry_run=dry_run)
    set_etag(response, outcome.revision)
    warnings = await asyncio.to_thread(survey, outcome.after.district.units)
    if dry_run:
        impact = await measure(connection, caller, outcome.before, outcome.after, at=edit.at)
        return GridChanged.of(outcome, impact, warnings)
    once_committed(request, runtime.extra(Rehoming).wake)
    return GridChanged.of(outcome, warnings=warnings)


@router.get("/changes")
async def list_grid_changes(
    editor: CurrentEditor,
    connection: Reading,
    unit: Annotated[AreaPath | None, Query(description="A unit with all beneath it")] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[UnitChangeRead]:
    """List who changed what in the caller's areas, the newest first."""
    cursor = ChangeCursor.decode(after) if after is not None else None
    rows, following = await list_changes(connection, editor, unit, after=cursor, limit=limit)
    return Page(items=[UnitChangeRead.of(row) for row in rows], next=following and following.encode())
