"""The rules that hold now, and those that a case came under: read from the database, and again when they changed."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district import District, Unit
from linli.district.files import Catalogue
from routing.calendar import rulebook_of
from routing.catalogue_documents import catalogue_in, catalogue_of
from routing.district_store import Current, grid_since, posts_before, read_catalogue, read_current
from routing.domain.readdressing import readdressed
from routing.domain.rulebook import HOP_LIMIT, Rulebook

KEPT = 8
"""How many rulebooks are kept: the newest one, and those of the catalogues that open cases came under."""


class Rulebooks:
    """Every decision is made by the newest rules, in whichever process, within the caller's transaction.

    Do not ask within a transaction that has changed the district itself: if it failed, what it had read would be kept.
    """

    def __init__(self, files: District, *, hop_limit: int = HOP_LIMIT) -> None:
        self._files = files
        self._hop_limit = hop_limit
        self._grid = _Grid()
        self._kept: OrderedDict[Current, Rulebook] = OrderedDict()
        self._loading = asyncio.Lock()

    async def current(self, connection: AsyncConnection) -> Rulebook:
        """Return the rulebook that holds now."""
        return await self._of(connection, await read_current(connection))

    async def at(self, connection: AsyncConnection, catalogue_version: int) -> Rulebook:
        """Return today's grid with an earlier catalogue.

        Raises:
            UnknownVersionError: there was never such a version.
        """
        now = await read_current(connection)
        return await self._of(connection, now._replace(catalogue_version=catalogue_version))

    async def with_units(
        self, rulebook: Rulebook, units: Mapping[str, Unit], successors: Mapping[str, str]
    ) -> Rulebook:
        """Return a rulebook with another grid, as it would be after a change."""
        catalogue = catalogue_in(rulebook.district)
        return await asyncio.to_thread(self._book, units, catalogue, rulebook.catalogue_version, successors)

    async def with_catalogue(self, rulebook: Rulebook, catalogue: Catalogue, version: int) -> Rulebook:
        """Return a rulebook with another catalogue, as it would be after a change."""
        units, successors = rulebook.district.units, rulebook.successors
        return await asyncio.to_thread(self._book, units, catalogue, version, successors)

    async def _of(self, connection: AsyncConnection, wanted: Current) -> Rulebook:
        book = self._kept.get(wanted)
        if book is None:
            async with self._loading:
                book = self._kept.get(wanted) or await self._load(connection, wanted)
        self._kept.move_to_end(wanted)
        return book

    async def _load(self, connection: AsyncConnection, wanted: Current) -> Rulebook:
        content = (await read_catalogue(connection, wanted.catalogue_version))["content"]
        since = self._grid.revision if self._grid.revision <= wanted.grid_revision else 0
        revision, rows = await grid_since(connection, since)
        held = await posts_before(connection, since)
        before = self._grid if since else _Grid()
        # In a thread, as for a city it takes seconds in which nobody else would be answered.
        self._grid = grid = await asyncio.to_thread(before.after, revision, rows, held)
        book = await asyncio.to_thread(self._ready, grid, content, wanted.catalogue_version)
        # Under what was asked for: a grid that is newer by now is as good.
        self._kept[wanted] = book
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return book

    def _ready(self, grid: "_Grid", content: Mapping[str, Any], version: int) -> Rulebook:
        book = self._book(grid.units, catalogue_of(content), version, grid.successors)
        book.district.index_places()
        return replace(book, left=frozenset(grid.left(book)))

    def _book(
        self, units: Mapping[str, Unit], catalogue: Catalogue, version: int, successors: Mapping[str, str]
    ) -> Rulebook:
        catalogue = readdressed(catalogue, successors)
        # Whatever else a district has comes from the files.
        parts = {name: getattr(self._files, name) for name in District.model_fields}
        parts |= {"units": units, "categories": catalogue.categories, "overrides": catalogue.overrides}
        book = rulebook_of(District.model_validate(parts))
        return replace(book, hop_limit=self._hop_limit, catalogue_version=version, successors=successors)


class _Grid:
    """The grid as it was read last; of a newer one only what changed is read."""

    def __init__(self) -> None:
        self.revision = 0
        self._open: dict[str, tuple[int, Unit]] = {}
        self._held: frozenset[tuple[str, str]] = frozenset()
        self.successors: dict[str, str] = {}

    @property
    def units(self) -> dict[str, Unit]:
        """The open units, in the order of the grid."""
        return {path: unit for path, (_, unit) in sorted(self._open.items(), key=lambda item: item[1][0])}

    def left(self, book: Rulebook) -> Iterator[str]:
        """Yield who held a post in some unit that they do not hold in it today, wherever it lies by now."""
        for path, person in self._held:
            post = book.district.posts.get(person)
            if post is None or post.path != book.present(path):
                yield person

    def after(self, revision: int, rows: Iterable[RowMapping], held: AbstractSet[tuple[str, str]]) -> "_Grid":
        grid = _Grid()
        grid.revision, grid._held = revision, self._held | held
        grid._open, grid.successors = dict(self._open), dict(self.successors)
        for row in rows:
            path = row["path"]
            grid._open.pop(path, None)
            grid.successors.pop(path, None)
            if row["successor"] is None:
                grid._open[path] = (row["position"], Unit.model_validate(row["content"]))
            else:
                grid.successors[path] = row["successor"]
        return grid
