"""The district as services other than routing know it: the files that all begin with, and what routing changed."""

import asyncio
from collections.abc import Mapping
from math import inf
from time import monotonic
from typing import Annotated, Any

import structlog
from fastapi import Depends
from pydantic import ValidationError
from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, RowMapping, Table, Text, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.database import Reading, Transaction
from linli.chassis.runtime import CurrentRuntime, utc_now
from linli.contracts import CategoryChanged, Event, EventData, UnitChanged
from linli.district import FALLBACK_CATEGORY, Category, District, Unit
from linli.district.known import KnownDistrict
from linli.messaging.consumer import Reaction

UNIT, CATEGORY = "unit", "category"

LOCK = 0xD157
"""Advisory lock under which entries are written, so that a lower change never appears after a higher one was read."""

RECENT_S = 0.25
"""How old what a request knows of the district may be; news of it come over the bus, which takes longer."""

log = structlog.get_logger()


def district_table(metadata: MetaData) -> Table:
    """Return the table of what routing changed, for a service's ``tables.py`` and a migration of its own.

    One row for each unit or category that is not as in the files; of a ``closed`` one the content is what it was.
    ``sequence`` is its last event's, ``change`` counts the changes of the table.
    """
    return Table(
        "district_entries",
        metadata,
        Column("kind", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("content", JSONB(none_as_null=True)),
        Column("closed", Boolean, nullable=False),
        Column("successor", Text),
        Column("sequence", Text, nullable=False),
        Column("change", BigInteger, nullable=False),
        Index(None, "change"),
    )


def district_reactions(table: Table) -> dict[type[EventData], Reaction]:
    """Return what a service does about changes of the district: it notes the newest content of each entry."""

    async def note_unit_on_unit_changed(_: object, connection: AsyncConnection, event: Event[UnitChanged]) -> None:
        unit = event.data
        entry = {"kind": UNIT, "key": unit.area, "content": unit.unit, "closed": unit.closed}
        await _note(connection, table, {**entry, "successor": unit.successor, "sequence": event.sequence})

    async def note_category_on_category_changed(
        _: object, connection: AsyncConnection, event: Event[CategoryChanged]
    ) -> None:
        content = event.data.content
        entry = {"kind": CATEGORY, "key": event.data.category, "content": content, "closed": content is None}
        await _note(connection, table, {**entry, "successor": None, "sequence": event.sequence})

    return {UnitChanged: note_unit_on_unit_changed, CategoryChanged: note_category_on_category_changed}


async def _note(connection: AsyncConnection, table: Table, entry: Mapping[str, Any]) -> None:
    await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    following = select(func.coalesce(func.max(table.c.change), 0) + 1).scalar_subquery()
    noted = insert(table).values(**entry, change=following)
    newer = {one.name: noted.excluded[one.name] for one in table.c if not one.primary_key}
    await connection.execute(
        noted.on_conflict_do_update(
            index_elements=[table.c.kind, table.c.key],
            set_=newer,
            where=table.c.sequence < noted.excluded.sequence,
        )
    )


class Districts:
    """The newest district that the service has heard of, in whichever process; it is read again when it changed."""

    def __init__(self, files: District, table: Table) -> None:
        self._table = table
        self._last = func.coalesce(func.max(table.c.change), 0)
        self.newest = KnownDistrict.of(files)
        """As it was when somebody asked last."""
        self.changed_at = utc_now()
        """When this process learnt that it is so."""
        self._units = dict(files.units)
        self._categories = dict(files.categories)
        self._former: dict[str, Unit] = {}
        self._successors: dict[str, str] = {}
        self._change = 0
        self._asked_at = -inf
        self._loading = asyncio.Lock()

    async def recent(self, connection: AsyncConnection) -> KnownDistrict:
        """Return the district as it is now or was a moment ago: a tenth of what a request costs would be to ask."""
        if monotonic() - self._asked_at < RECENT_S:
            return self.newest
        return await self.current(connection)

    async def current(self, connection: AsyncConnection) -> KnownDistrict:
        """Return the district as it is now."""
        self._asked_at = monotonic()
        if (await connection.scalar(select(self._last)) or 0) > self._change:
            async with self._loading:
                await self._load(connection)
        return self.newest

    async def _load(self, connection: AsyncConnection) -> None:
        query = select(self._table).where(self._table.c.change > self._change).order_by(self._table.c.change)
        rows = (await connection.execute(query)).mappings().all()
        for row in rows:
            self._take(row)
            self._change = row["change"]
        units = _rooted(self._units)
        # A half of what belongs together may have come: nothing is placed by it that would have no owner.
        if rows and units and FALLBACK_CATEGORY in self._categories:
            changed = {
                "units": units,
                "categories": self._categories,
                "former_units": self._former,
                "successors": self._successors,
            }
            parts = {name: getattr(self.newest, name) for name in District.model_fields}
            self.newest = KnownDistrict.model_validate({**parts, **changed})
            self.changed_at = utc_now()

    def _take(self, row: RowMapping) -> None:
        key, content = row["key"], row["content"]
        try:
            if row["kind"] == CATEGORY:
                self._take_category(key, content)
                return
            unit = Unit.model_validate(content)
        except ValidationError:
            # Told by a routing that is a release ahead; until this service is too, it keeps what it understood.
            log.warning("entry of the district is not understood", kind=row["kind"], key=key)
            return
        there, gone = (self._former, self._units) if row["closed"] else (self._units, self._former)
        there[key] = unit
        gone.pop(key, None)
        self._successors.pop(key, None)
        if row["successor"] is not None:
            self._successors[key] = row["successor"]

    def _take_category(self, code: str, content: Mapping[str, Any] | None) -> None:
        if content is None:
            self._categories.pop(code, None)
        else:
            self._categories[code] = Category.model_validate(content)


def _rooted(units: Mapping[str, Unit]) -> dict[str, Unit]:
    """Return the units whose parents are all there."""
    rooted: set[str] = set()
    for path in sorted(units):
        parent = units[path].parent
        if parent is None or parent in rooted:
            rooted.add(path)
    return {path: unit for path, unit in units.items() if path in rooted}


async def _read(runtime: CurrentRuntime, connection: Reading) -> KnownDistrict:
    return await runtime.extra(Districts).recent(connection)


async def _in_transaction(runtime: CurrentRuntime, connection: Transaction) -> KnownDistrict:
    return await runtime.extra(Districts).recent(connection)


CurrentDistrict = Annotated[KnownDistrict, Depends(_read)]
"""The district of the moment, as a parameter of a route that reads."""

DistrictInTransaction = Annotated[KnownDistrict, Depends(_in_transaction)]
"""The district, as a parameter of a route that changes something."""
