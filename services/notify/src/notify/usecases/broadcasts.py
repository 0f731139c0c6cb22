"""Notices to many: written by one, approved by another, stopped by anyone of the area's staff."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.broadcasts import Aim, Notice, approve, cancel
from notify.domain.planning import Reason
from notify.queries import AnyRow
from notify.tables import broadcasts, outgoing
from notify.usecases.texts import Author


class UnknownBroadcastError(Exception):
    """There is no such notice."""


async def draft_broadcast(connection: AsyncConnection, which: UUID, aim: Aim, notice: Notice, author: Author) -> None:
    """Write a notice; nobody is told before somebody else approves it."""
    row = {
        "id": which,
        "area": aim.area,
        "audience": aim.audience,
        "team": aim.team,
        "notice": notice.model_dump(mode="json", exclude_none=True),
        "state": "draft",
        "made_at": author.at,
        "made_by": author.subject,
        "position": "",
        "reached": 0,
    }
    await connection.execute(insert(broadcasts).values(row))


async def approve_broadcast(connection: AsyncConnection, which: UUID, by: Author) -> None:
    """Let a notice be sent.

    Raises:
        BroadcastError: it may not be, or not by whoever wrote it.
        UnknownBroadcastError: as it says.
    """
    row = await _locked(connection, which)
    state = approve(row.state, row.made_by, by.subject)
    await _change(connection, which, state=state, approved_at=by.at, approved_by=by.subject)


async def cancel_broadcast(connection: AsyncConnection, which: UUID, by: Author) -> None:
    """Stop a notice: nobody else is told, and what waits to leave the app does not.

    Raises:
        BroadcastError: it has ended.
        UnknownBroadcastError: as it says.
    """
    row = await _locked(connection, which)
    await _change(connection, which, state=cancel(row.state), ended_at=by.at, ended_by=by.subject)
    its = (outgoing.c.event_id == which, outgoing.c.state.in_(("waiting", "gathering")))
    stopped = {"state": "cancelled", "reason": Reason.CANCELLED, "settled_at": by.at, "next_attempt_at": None}
    await connection.execute(update(outgoing).where(*its).values(stopped))


async def _locked(connection: AsyncConnection, which: UUID) -> AnyRow:
    query = select(broadcasts).where(broadcasts.c.id == which).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise UnknownBroadcastError
    return row


async def _change(connection: AsyncConnection, which: UUID, **change: Any) -> None:  # noqa: ANN401 - any column
    await connection.execute(update(broadcasts).where(broadcasts.c.id == which).values(change))
