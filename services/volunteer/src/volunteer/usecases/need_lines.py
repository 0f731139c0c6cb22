"""The needs of cases on the public list of needs: each is a line with the need's own id, and follows the need."""

from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.lines import CASE_ENDED, Line, ListKind
from volunteer.domain.needs import Need, NeedState
from volunteer.tables import lines


async def list_need(connection: AsyncConnection, need: Need) -> None:
    """Put a need on the list, or let its line follow it."""
    line = _line_of(need)
    told: dict[str, Any] = {name: getattr(line, name) for name in Line.__slots__} | {"state": line.state}
    followed = ("matched", "state", "area", "party", "ends_at", "outcome")
    changes = {name: told[name] for name in followed} | {"version": lines.c.version + 1}
    stored = upsert(lines).values(told).on_conflict_do_update(index_elements=[lines.c.id], set_=changes)
    await connection.execute(stored)


async def unlist_need(connection: AsyncConnection, need: Need) -> None:
    """Take a need off the list: its case has become confidential."""
    await connection.execute(delete(lines).where(lines.c.id == need.id))


def _line_of(need: Need) -> Line:
    """Return the line; what and where it is, readers are told in their language."""
    return Line(
        id=need.id,
        list=ListKind.NEED,
        what=need.category,
        kind=need.category.partition(".")[2],
        amount=need.wanted,
        measure="人",
        matched=need.claimed,
        area=need.area,
        party=need.area,
        begins_at=None,
        ends_at=need.until,
        outcome=CASE_ENDED if need.state is NeedState.CLOSED else None,
        entered_at=need.opened_at,
        of_case=True,
    )
