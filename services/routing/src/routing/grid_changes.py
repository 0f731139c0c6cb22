"""Changing the grid: one function, given what is to become of which unit."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import UnitChanged
from linli.district import FALLBACK_CATEGORY
from linli.district.checks import check_district
from linli.district.files import fields_of
from linli.messaging.outbox import record_each
from routing.district_store import lock_current, read_current, unit_row, write_grid
from routing.domain.editor import Editor
from routing.domain.grid_edits import UnitChange, Units, UnknownUnitError, applied, require_heirs, succeeded
from routing.domain.rulebook import Rulebook
from routing.rulebooks import Rulebooks

Become = Callable[[Units], Sequence[UnitChange]]
"""What is to become of which units of a grid."""


class StaleDistrictError(Exception):
    """It has changed since the editor saw it; ``revision`` is the present one."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"revision {revision} holds now")
        self.revision = revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Somebody's wish to change the district, provided that it is in one of the versions they saw (None: in any)."""

    editor: Editor
    at: datetime
    reason: str | None = None
    versions: frozenset[int] | None = None

    def require_seen(self, revision: int) -> None:
        """Refuse a change of what the editor has not seen.

        Raises:
            StaleDistrictError: they saw another version.
        """
        if self.versions is not None and revision not in self.versions:
            raise StaleDistrictError(revision)


@dataclass(frozen=True, slots=True)
class GridOutcome:
    """What a change of the grid comes to: the revision, the units changed, the rules before and after."""

    revision: int
    changes: Sequence[UnitChange]
    before: Rulebook
    after: Rulebook


async def change_grid(
    connection: AsyncConnection,
    rulebooks: Rulebooks,
    edit: Edit,
    become: Become,
    *,
    unit: str | None = None,
    dry_run: bool = False,
) -> GridOutcome:
    """Change the grid as ``become`` says, wholly or not at all; a change that changes nothing makes no revision.

    The editor must have seen the present ``unit``, without one the present grid.

    Raises:
        StaleDistrictError: they saw another one.
        UnknownUnitError, OutOfAreaError, DistrictFaultsError: it cannot be, or is not theirs to do.
    """
    now = await (read_current if dry_run else lock_current)(connection)
    before = await rulebooks.current(connection)
    edit.require_seen(now.grid_revision if unit is None else await revision_of(connection, unit))
    changes = [change for change in become(before.district.units) if not _holds_already(before, change)]
    edit.editor.require(path for change in changes for path in (change.path, change.successor) if path)
    successors = succeeded(before.successors, changes)
    after = await rulebooks.with_units(before, applied(before.district.units, changes), successors)
    require_heirs(after.district.units, successors)
    await asyncio.to_thread(check_district, after.district)
    if not changes or dry_run:
        return GridOutcome(now.grid_revision, changes, before, after)
    revision = now.grid_revision + 1
    await write_grid(connection, changes, revision=revision, editor=edit.editor, at=edit.at, reason=edit.reason)
    await record_each(connection, [_event(change, revision) for change in changes], version=revision, at=edit.at)
    return GridOutcome(revision, changes, before, after)


async def revision_of(connection: AsyncConnection, path: str) -> int:
    """Return the grid's revision when a unit last changed.

    Raises:
        UnknownUnitError: there is no such unit.
    """
    row = await unit_row(connection, path)
    if row is None:
        raise UnknownUnitError(path)
    revision: int = row["revision"]
    return revision


def _holds_already(before: Rulebook, change: UnitChange) -> bool:
    return change.successor is not None and before.successors.get(change.path) == change.successor


def _event(change: UnitChange, revision: int) -> UnitChanged:
    unit = change.after or change.before
    return UnitChanged(
        category=FALLBACK_CATEGORY,
        area=change.path,
        revision=revision,
        unit=fields_of(unit) if unit else {},
        closed=change.after is None,
        successor=change.successor,
        former=change.former,
    )
