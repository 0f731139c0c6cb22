"""What a change of the rules would mean for the cases that there are."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.principal import Principal
from routing.domain.impact import Way, way_of
from routing.domain.matter import Matter
from routing.domain.rulebook import Rulebook
from routing.domain.states import OPEN
from routing.queries import visible_to
from routing.tables import cases

PAST = timedelta(days=90)
MOST_CASES = 20_000
"""Of the open ones and of the past ones each, the newest."""

MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Diverted:
    """A case that would go elsewhere."""

    case_id: UUID
    category: str
    area: str
    is_open: bool
    before: Way
    after: Way


class Tally(NamedTuple):
    """How many cases there are, and how many of them a person decided about, whom no rules overrule.

    Of the others, how many were decided again, the newest, and how many of those would go elsewhere.
    """

    total: int
    by_person: int
    checked: int
    diverted: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change would mean: for open cases, for those of the last 90 days, and the first ones of which it is true.

    ``diverted`` leaves out the cases that the asker may not see; the counts do not.
    """

    of_open: Tally
    of_past: Tally
    diverted: Sequence[Diverted]


async def measure(
    connection: AsyncConnection, reader: Principal, before: Rulebook, after: Rulebook, *, at: datetime
) -> Impact:
    """Decide open and past cases by the rules of before and of after, and say which would go elsewhere."""
    is_open = cases.c.state.in_(OPEN)
    of_open = await _sample(connection, reader, is_open)
    of_past = await _sample(connection, reader, and_(~is_open, cases.c.opened_at > at - PAST))
    return await asyncio.to_thread(_compare, of_open, of_past, before, after)


class _Sample(NamedTuple):
    total: int
    by_person: int
    rows: Sequence[RowMapping]

    def tally(self, diverted: Sequence[object]) -> Tally:
        return Tally(self.total, self.by_person, len(self.rows), len(diverted))


async def _sample(connection: AsyncConnection, reader: Principal, which: ColumnElement[bool]) -> _Sample:
    counted = select(func.count(), func.count(cases.c.decided_by)).where(which)
    total, by_person = (await connection.execute(counted)).one()
    return _Sample(total, by_person, await _cases(connection, reader, and_(which, cases.c.decided_by.is_(None))))


async def _cases(connection: AsyncConnection, reader: Principal, which: ColumnElement[bool]) -> Sequence[RowMapping]:
    same = (cases.c.id, cases.c.category, cases.c.area, cases.c.opened_at, cases.c.attributes)
    columns = (*same, visible_to(reader).label("visible"))
    query = select(*columns).where(which).order_by(cases.c.opened_at.desc(), cases.c.id.desc()).limit(MOST_CASES)
    return (await connection.execute(query)).mappings().all()


def _compare(of_open: _Sample, of_past: _Sample, before: Rulebook, after: Rulebook) -> Impact:
    open_ones = _diverted(of_open.rows, before, after, is_open=True)
    past_ones = _diverted(of_past.rows, before, after, is_open=False)
    shown = [one for one, visible in (*open_ones, *past_ones) if visible]
    return Impact(
        of_open=of_open.tally(open_ones),
        of_past=of_past.tally(past_ones),
        diverted=shown[:MOST_LISTED],
    )


def _diverted(
    rows: Iterable[RowMapping], before: Rulebook, after: Rulebook, *, is_open: bool
) -> list[tuple[Diverted, bool]]:
    found = []
    for row in rows:
        matter = Matter(row["category"], row["area"], row["opened_at"], row["attributes"])
        now, then = way_of(before, matter), way_of(after, matter)
        if now != then:
            one = Diverted(row["id"], row["category"], row["area"], is_open, now, then)
            found.append((one, row["visible"]))
    return found
