"""One unit of the grid: read, changed, closed, moved."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.database import Reading, Transaction, once_committed
from linli.chassis.etags import ETAG_HEADER, SeenVersions, set_etag
from linli.chassis.language import Language
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime, Now
from linli.contracts import AreaPath
from routing.api.callers import CurrentEditor, CurrentRulebook, CurrentRulebooks, Reader
from routing.api.district_schemas import UnitRead
from routing.api.edit_schemas import GridChanged, UnitClose, UnitContent, UnitEdit, UnitMove
from routing.district_store import unit_row
from routing.domain.grid_edits import UnknownUnitError, closed, edited, moved
from routing.grid_changes import Become, Edit, change_grid
from routing.rehoming import Rehoming
from routing.rulebooks import Rulebooks

router = APIRouter(prefix="/v1/units", tags=["district"])
changing = APIRouter(prefix="/v1/units/{path:path}", tags=["district"])

UnitPath = Annotated[AreaPath, Path(description="The codes from the top, joined by slashes")]


@dataclass(frozen=True, slots=True)
class UnitCommand:
    """Somebody's wish to change one unit, within the transaction of the request."""

    path: str
    edit: Edit
    connection: AsyncConnection
    rulebooks: Rulebooks

    async def change(self, become: Become, reason: str | None) -> GridChanged:
        """Change the grid as ``become`` says."""
        edit = replace(self.edit, reason=reason)
        return GridChanged.of(await change_grid(self.connection, self.rulebooks, edit, become, unit=self.path))


async def _command(
    path: UnitPath,
    editor: CurrentEditor,
    connection: Transaction,
    rulebooks: CurrentRulebooks,
    runtime: CurrentRuntime,
    request: Request,
    versions: SeenVersions,
    now: Now,
) -> UnitCommand:
    once_committed(request, runtime.extra(Rehoming).wake)
    return UnitCommand(path, Edit(editor=editor, at=now, versions=versions), connection, rulebooks)


CurrentUnitCommand = Annotated[UnitCommand, Depends(_command)]


@router.get("/at")
async def find_unit_at(
    _reader: Reader,
    rulebook: CurrentRulebook,
    language: Language,
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
) -> UnitRead:
    """Return the unit whose ground a point is, in WGS 84 degrees."""
    path = rulebook.district.nearest(lat, lon)
    if path is None:
        raise ProblemError(404, "no-unit-there", "No unit is near that point")
    return UnitRead.of(rulebook.district.unit(path), language)


@router.get("/{path:path}", responses=ETAG_HEADER)
async def read_unit(path: UnitPath, _reader: Reader, connection: Reading, response: Response) -> UnitContent:
    """Return a unit as the grid's file writes it."""
    row = await unit_row(connection, path)
    if row is None:
        raise UnknownUnitError(path)
    set_etag(response, row["revision"])
    return UnitContent(path=path, revision=row["revision"], unit=row["content"])


@changing.patch("", responses=ETAG_HEADER)
async def edit_unit(body: UnitEdit, command: CurrentUnitCommand, response: Response) -> GridChanged:
    """Replace some fields of a unit."""
    outcome = await command.change(partial(edited, path=command.path, fields=body.unit), body.reason)
    set_etag(response, outcome.revision)
    return outcome


@changing.post("/close")
async def close_unit(body: UnitClose, command: CurrentUnitCommand) -> GridChanged:
    """Close a unit; its open cases go to its successor."""
    return await command.change(partial(closed, path=command.path, successor=body.successor), body.reason)


@changing.post("/move")
async def move_unit(body: UnitMove, command: CurrentUnitCommand) -> GridChanged:
    """Put a unit under another one, with all beneath it; open cases follow."""
    return await command.change(partial(moved, path=command.path, parent=body.parent), body.reason)
