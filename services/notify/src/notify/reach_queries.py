"""The read side of what is told outside of the app: addresses, texts, the log, notices to many."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.queries import AnyRow
from notify.tables import broadcasts, contacts, decisions, outgoing, teams, wordings
from notify.tables import quiet_hours as quiet_hours_table

MOST_VERSIONS = 1000


async def texts_of(connection: AsyncConnection, template: str) -> Sequence[AnyRow]:
    """Return what staff have written for a message, the newest first."""
    query = select(wordings).where(wordings.c.template == template).order_by(wordings.c.change.desc())
    return (await connection.execute(query.limit(MOST_VERSIONS))).all()


async def list_outgoing(
    connection: AsyncConnection,
    *,
    areas: Collection[str] | None,
    wanted: Mapping[str, Any],
    since: datetime,
    after: int | None,
    limit: int,
) -> Sequence[AnyRow]:
    """Return a page of what was to be told outside of the app, newest first.

    Of some ``areas`` and those below them, or all; ``wanted`` says what columns have to be; ``after`` is the last place
    before.
    """
    query = select(outgoing).where(outgoing.c.planned_at >= since)
    query = query.where(*(outgoing.c[name] == value for name, value in wanted.items()))
    if areas is not None:
        theirs = (outgoing.c.area.startswith(f"{area}/", autoescape=True) for area in areas)
        query = query.where(or_(outgoing.c.area.in_(areas), *theirs))
    if after is not None:
        query = query.where(outgoing.c.place < after)
    return (await connection.execute(query.order_by(outgoing.c.place.desc()).limit(limit))).all()


async def broadcast(connection: AsyncConnection, which: UUID) -> AnyRow | None:
    """Return a notice to many."""
    return (await connection.execute(select(broadcasts).where(broadcasts.c.id == which))).one_or_none()


async def contact(connection: AsyncConnection, contact_id: UUID) -> AnyRow | None:
    """Return one address, of whoever it is."""
    return (await connection.execute(select(contacts).where(contacts.c.id == contact_id))).one_or_none()


async def contacts_of(connection: AsyncConnection, whose: Sequence[str]) -> Sequence[AnyRow]:
    """Return the addresses of some recipients, in the order in which they were added."""
    query = select(contacts).where(contacts.c.owner.in_(whose)).order_by(contacts.c.id)
    return (await connection.execute(query)).all()


async def quiet_hours(connection: AsyncConnection, owner: str) -> AnyRow | None:
    """Return when somebody has said that they are not to be disturbed."""
    query = select(quiet_hours_table).where(quiet_hours_table.c.owner == owner)
    return (await connection.execute(query)).one_or_none()


async def area_of_team(connection: AsyncConnection, team_id: UUID) -> str | None:
    """Return where a team is; None for one that is not known here."""
    return await connection.scalar(select(teams.c.area).where(teams.c.id == team_id))


async def decisions_of(connection: AsyncConnection, event: str) -> Sequence[AnyRow]:
    """Return what staff have decided of an event, the newest first."""
    query = select(decisions).where(decisions.c.event == event).order_by(decisions.c.change.desc())
    return (await connection.execute(query.limit(MOST_VERSIONS))).all()
