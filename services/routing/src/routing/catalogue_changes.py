"""Publishing a new version of the catalogue."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import CategoryChanged
from linli.district import Category, District
from linli.district.checks import check_district
from linli.district.files import Catalogue, fields_of
from linli.messaging.outbox import record_each
from routing.catalogue_documents import catalogue_in, content_of
from routing.district_store import lock_current, read_current, write_catalogue
from routing.domain.rulebook import Rulebook
from routing.grid_changes import Edit
from routing.rulebooks import Rulebooks


@dataclass(frozen=True, slots=True)
class CatalogueOutcome:
    """What publishing comes to: the version, the codes of the categories that changed, the rules before and after."""

    version: int
    changed: Sequence[str]
    before: Rulebook
    after: Rulebook


async def publish_catalogue(
    connection: AsyncConnection,
    rulebooks: Rulebooks,
    edit: Edit,
    catalogue: Catalogue,
    *,
    dry_run: bool = False,
) -> CatalogueOutcome:
    """Let a catalogue hold from now on; one that holds already makes no version. Cases keep the one they came under.

    Raises:
        StaleDistrictError: the editor saw another version.
        OutOfAreaError: not all of the grid is theirs.
        DistrictFaultsError: it does not fit the departments.
    """
    now = await (read_current if dry_run else lock_current)(connection)
    before = await rulebooks.current(connection)
    edit.require_seen(now.catalogue_version)
    tops = _tops(before.district)
    edit.editor.require(tops)
    after = await rulebooks.with_catalogue(before, catalogue, now.catalogue_version + 1)
    await asyncio.to_thread(check_district, after.district, edit.at.date())
    published = catalogue_in(after.district)
    changed = _changed(before.district.categories, published.categories)
    if dry_run or content_of(catalogue_in(before.district)) == content_of(published):
        return CatalogueOutcome(now.catalogue_version, changed, before, after)
    version = after.catalogue_version
    await write_catalogue(
        connection, content_of(published), version=version, editor=edit.editor, at=edit.at, note=edit.reason
    )
    events = [_event(code, published.categories.get(code), version, tops[0]) for code in changed]
    await record_each(connection, events, version=version, at=edit.at)
    return CatalogueOutcome(version, changed, before, after)


def _tops(district: District) -> list[str]:
    return [path for path, unit in district.units.items() if unit.parent is None]


def _changed(before: Mapping[str, Category], after: Mapping[str, Category]) -> list[str]:
    return [code for code in {**before, **after} if before.get(code) != after.get(code)]


def _event(code: str, category: Category | None, version: int, top: str) -> CategoryChanged:
    content = category and fields_of(category)
    return CategoryChanged(category=code, area=top, version=version, content=content)
