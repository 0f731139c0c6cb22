"""Who is in which team of volunteers, kept as their events tell, in whatever order and however often they come."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Event, TeamChanged, TeamJoined, TeamLeft
from notify.domain.rules import person
from notify.tables import team_members, teams
from notify.telling import ReactionContext


async def note_team_on_team_changed(_: ReactionContext, connection: AsyncConnection, event: Event[TeamChanged]) -> None:
    """Note what a team is called and where it is, unless something later is known."""
    row = {"name": event.data.title, "area": event.data.area, "version": int(event.sequence)}
    new = insert(teams).values(id=event.data.team_id, **row)
    later = teams.c.version < new.excluded.version
    await connection.execute(new.on_conflict_do_update(index_elements=[teams.c.id], set_=row, where=later))


async def note_member_on_team_joined(
    context: ReactionContext, connection: AsyncConnection, event: Event[TeamJoined]
) -> None:
    """Note who is a member, if the event names them; not where the membership has ended already."""
    sealed = event.data.volunteer
    who = None if sealed is None else person(context.sealer.open(event.data.membership_id, sealed)).address
    await connection.execute(insert(team_members).values(_row(event, who)).on_conflict_do_nothing())


async def forget_member_on_team_left(_: ReactionContext, connection: AsyncConnection, event: Event[TeamLeft]) -> None:
    """Forget who the member was."""
    key = [team_members.c.membership_id]
    gone = insert(team_members).values(_row(event, None))
    await connection.execute(gone.on_conflict_do_update(index_elements=key, set_={"recipient": None}))


def _row(event: Event[TeamJoined] | Event[TeamLeft], recipient: str | None) -> dict[str, UUID | str | None]:
    its = event.data
    return {"membership_id": its.membership_id, "team_id": its.team_id, "recipient": recipient}
