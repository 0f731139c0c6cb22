"""What is told of memberships beside the commands on teams: of a leaver's, and of those that nobody was told of yet."""

from uuid import UUID

from sqlalchemy import Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.outbox import record_each
from volunteer.domain import team_events
from volunteer.domain.teams import Standing
from volunteer.tables import memberships, teams, volunteers
from volunteer.usecases.teams import load_team
from volunteer.usecases.telling import Telling

AT_ONCE = 20
"""How many teams are told of in one transaction."""


async def tell_of_leaver(connection: AsyncConnection, volunteer_id: UUID, *, telling: Telling) -> None:
    """Tell that somebody is in no team any more; who leaves has their row locked, so they join none meanwhile."""
    theirs = _members().where(memberships.c.volunteer_id == volunteer_id).with_for_update(of=memberships)
    ended = [team_events.left(row.team_id, row.area, row.id) for row in await connection.execute(theirs)]
    await record_each(connection, ended, version=team_events.LEFT, at=telling.at)


async def tell_of_untold_teams(connection: AsyncConnection, *, telling: Telling) -> int:
    """Tell of teams that have members and nobody was told of, and who is in them; return how many.

    Those are teams that a district begins with, and those of before teams were told of. As long as nobody is in one,
    there is nothing to tell: when all services begin at once, nobody would hear it.
    """
    member = exists().where(memberships.c.team_id == teams.c.id, memberships.c.standing == Standing.MEMBER)
    untold = select(teams.c.id).where(teams.c.told == 0, member).order_by(teams.c.id).limit(AT_ONCE)
    which = (await connection.scalars(untold.with_for_update(skip_locked=True))).all()
    for team_id in which:
        await connection.execute(update(teams).where(teams.c.id == team_id).values(told=1))
        await telling.record(connection, team_events.changed(await load_team(connection, team_id)), version=1)
        members = _members().where(memberships.c.team_id == team_id).add_columns(volunteers.c.subject)
        rows = (
            await connection.execute(
                members.join(volunteers, volunteers.c.id == memberships.c.volunteer_id).with_for_update(of=memberships)
            )
        ).all()
        joined = [team_events.joined(row.team_id, row.area, row.id, telling.seal(row.id, row.subject)) for row in rows]
        await record_each(connection, joined, version=team_events.JOINED, at=telling.at)
    return len(which)


def _members() -> Select[*tuple[object, ...]]:
    query = select(memberships.c.id, memberships.c.team_id, teams.c.area).join(
        teams, teams.c.id == memberships.c.team_id
    )
    return query.where(memberships.c.standing == Standing.MEMBER).order_by(memberships.c.id)
