"""What staff decide of which event tells whom: rows that are never changed, within the caller's transaction."""

from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.rules import Role
from notify.tables import decisions
from notify.usecases.texts import Author


@dataclass(frozen=True, slots=True)
class Decided:
    """What is decided: whether and how a role of an event is told in an area and below."""

    area: str
    event: str
    role: Role


async def decide(connection: AsyncConnection, matter: Decided, template: str | None, author: Author) -> None:
    """Tell a role by a template from now on, or with None tell it nothing."""
    await _note(connection, matter, author, template=template, dropped=False)


async def drop_decision(connection: AsyncConnection, matter: Decided, author: Author) -> None:
    """Tell a role again what it is told above."""
    await _note(connection, matter, author, template=None, dropped=True)


async def _note(
    connection: AsyncConnection, matter: Decided, author: Author, *, template: str | None, dropped: bool
) -> None:
    row = {
        "area": matter.area,
        "event": matter.event,
        "role": matter.role,
        "template": template,
        "dropped": dropped,
        "made_at": author.at,
        "made_by": author.subject,
    }
    await connection.execute(insert(decisions).values(row))
