"""Needs as they are loaded and saved, with their lines on the public list."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.domain.needs import Need, NeedState
from volunteer.tables import needs
from volunteer.usecases.need_lines import list_need


class UnknownNeedError(Exception):
    """There is no such need."""


async def lock_need(connection: AsyncConnection, need_id: UUID) -> Need:
    """Return a need, locked.

    Raises:
        UnknownNeedError: there is none.
    """
    need = await locked_need(connection, needs.c.id == need_id)
    if need is None:
        raise UnknownNeedError
    return need


async def locked_need(connection: AsyncConnection, which: ColumnElement[bool]) -> Need | None:
    """Return a need, locked, if there is one."""
    row = (await connection.execute(select(needs).where(which).with_for_update())).one_or_none()
    return None if row is None else need_of(row._asdict())


async def save_need(connection: AsyncConnection, need: Need) -> None:
    """Store a need that has changed, and let its line follow it."""
    changed = asdict(need)
    await connection.execute(update(needs).where(needs.c.id == changed.pop("id")).values(changed))
    await list_need(connection, need)


def need_of(values: dict[str, Any]) -> Need:
    """Return the need of a row."""
    return Need(**{**values, "state": NeedState(values["state"])})
