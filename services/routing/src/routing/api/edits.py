"""An import of the grid or the catalogue, as parameters of a route."""

from typing import Annotated

from fastapi import Depends, Query

from linli.chassis.etags import SeenVersions
from linli.chassis.runtime import Now
from routing.api.callers import CurrentEditor
from routing.api.edit_schemas import Reason
from routing.grid_changes import Edit

DryRun = Annotated[bool, Query(description="Change nothing; say what would be")]


async def _edit(
    editor: CurrentEditor, versions: SeenVersions, now: Now, reason: Annotated[Reason | None, Query()] = None
) -> Edit:
    return Edit(editor=editor, at=now, reason=reason, versions=versions)


CurrentEdit = Annotated[Edit, Depends(_edit)]
"""Who changes the district, when, why, and which version they saw."""
