"""What can be done to teams."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.district.teams import Team as FirstTeam
from volunteer.domain import team_events
from volunteer.domain.actor import Actor
from volunteer.domain.faults import FieldError, RefusedError, StaleError, UnknownError
from volunteer.domain.teams import JoinMode, Standing, Team, invite, join
from volunteer.tables import idempotency_keys, memberships, teams, volunteers
from volunteer.usecases.people import load
from volunteer.usecases.telling import Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPlan:
    """What a team is to be."""

    name: str
    area: str
    purpose: str
    join: JoinMode
    leader: UUID | None


async def found_team(
    connection: AsyncConnection,
    plan: TeamPlan,
    *,
    team_id: UUID,
    actor: Actor,
    telling: Telling,
    key: IdempotencyKey | None,
) -> Team:
    """Found a team; its leader is its first member.

    Raises:
        NotAllowedError: the actor does not organise in the area.
        FieldError: there is no such leader.
        RefusedError: the area has a team of that name.
        ProblemError: the key came with another body before.
    """
    actor.require_organiser(plan.area)
    first = await claim_key(connection, idempotency_keys, key, scope=f"team:{actor.subject}", resource_id=team_id)
    if first != team_id:
        return await load_team(connection, first)
    await _require_leader(connection, plan.leader)
    row = {"id": team_id, "version": 1, "told": 1, **_columns(plan)}
    added = upsert(teams).values(row).on_conflict_do_nothing().returning(teams.c.id)
    if (await connection.execute(added)).first() is None:
        raise RefusedError("team-exists", "The area has a team of that name.")
    team = await load_team(connection, team_id)
    await telling.record(connection, team_events.changed(team), version=team.told)
    if plan.leader is not None:
        await _stand(connection, team, plan.leader, Standing.MEMBER, telling)
    return team


async def change_team(
    connection: AsyncConnection,
    team_id: UUID,
    changes: dict[str, Any],
    *,
    actor: Actor,
    telling: Telling,
    versions: frozenset[int] | None,
) -> Team:
    """Change what a team is.

    Raises:
        UnknownError, NotAllowedError, StaleError: as the names say; a leader does not move the team elsewhere.
        FieldError: there is no such leader.
        RefusedError: the area has a team of that name.
    """
    team = await _led(connection, team_id, actor)
    if versions is not None and team.version not in versions:
        raise StaleError(team.version)
    told = {name: getattr(team, name) for name in TeamPlan.__slots__}
    plan = replace(TeamPlan(**told), **changes)
    if plan.area != team.area:
        actor.require_organiser(team.area)
        actor.require_organiser(plan.area)
    await _require_leader(connection, plan.leader)
    same = select(teams.c.id).where(teams.c.area == plan.area, teams.c.name == plan.name, teams.c.id != team_id)
    if await connection.scalar(same) is not None:
        raise RefusedError("team-exists", "The area has a team of that name.")
    news = bool(team.told) and (plan.name, plan.area) != (team.name, team.area)
    counts = {"version": team.version + 1, "told": team.told + news}
    await connection.execute(update(teams).where(teams.c.id == team_id).values(**_columns(plan), **counts))
    after = await load_team(connection, team_id)
    if news:
        await telling.record(connection, team_events.changed(after), version=after.told)
    if plan.leader is not None:
        await _stand(connection, after, plan.leader, Standing.MEMBER, telling)
    return after


async def join_team(connection: AsyncConnection, team_id: UUID, *, actor: Actor, telling: Telling) -> Standing:
    """Let the actor join as the team's way of joining has it.

    Raises:
        UnknownError: there is no such team, or the actor is no volunteer.
        RefusedError: they have joined or asked, or only who was invited may.
    """
    team = await load_team(connection, team_id, lock=True)
    volunteer = await load(connection, volunteers.c.subject == actor.subject)
    standing = join(team, await _standing(connection, team_id, volunteer.id))
    await _stand(connection, team, volunteer.id, standing, telling)
    return standing


async def invite_member(
    connection: AsyncConnection, team_id: UUID, volunteer_id: UUID, *, actor: Actor, telling: Telling
) -> Standing:
    """Invite somebody, or take in somebody who asked.

    Raises:
        UnknownError, NotAllowedError: as the names say.
        RefusedError: they are a member, or were invited.
    """
    team = await _led(connection, team_id, actor)
    await load(connection, volunteers.c.id == volunteer_id)
    standing = invite(await _standing(connection, team_id, volunteer_id))
    await _stand(connection, team, volunteer_id, standing, telling)
    return standing


async def end_membership(
    connection: AsyncConnection, team_id: UUID, volunteer_id: UUID, *, actor: Actor, telling: Telling
) -> None:
    """Let somebody leave, or refuse who asked; who leads the team no longer does then.

    Raises:
        UnknownError: there is no such team, or they have nothing to do with it.
        NotAllowedError: the actor is neither they nor the leader nor organises there.
    """
    team = await load_team(connection, team_id, lock=True)
    volunteer = await load(connection, volunteers.c.id == volunteer_id)
    if volunteer.subject != actor.subject:
        team.require_leader(actor)
    which = (memberships.c.team_id == team_id) & (memberships.c.volunteer_id == volunteer_id)
    ended = delete(memberships).where(which).returning(memberships.c.id, memberships.c.standing)
    row = (await connection.execute(ended)).one_or_none()
    if row is None:
        raise UnknownError("membership")
    if row.standing == Standing.MEMBER:
        await telling.record(connection, team_events.left(team.id, team.area, row.id), version=team_events.LEFT)
    if team.leader == volunteer_id:
        await connection.execute(
            update(teams).where(teams.c.id == team_id).values(leader=None, version=team.version + 1)
        )


async def load_team(connection: AsyncConnection, team_id: UUID, *, lock: bool = False) -> Team:
    """Return a team.

    Raises:
        UnknownError: there is none.
    """
    query = select(teams, volunteers.c.subject.label("leader_subject")).outerjoin(
        volunteers, volunteers.c.id == teams.c.leader
    )
    query = query.where(teams.c.id == team_id)
    row = (await connection.execute(query.with_for_update(of=teams) if lock else query)).one_or_none()
    if row is None:
        raise UnknownError("team")
    return Team(**{**row._asdict(), "join": JoinMode(row.join)})


async def found_first_teams(
    connection: AsyncConnection, first: Iterable[FirstTeam], *, new_id: Callable[[], UUID]
) -> int:
    """Found the teams that a district begins with, where there are none at all yet; return how many."""
    if await connection.scalar(select(teams.c.id).limit(1)) is not None:
        return 0
    told = [one.model_dump(include={"name", "area", "purpose", "join"}) for one in first]
    rows = [{"id": new_id(), "leader": None, "version": 1, "told": 0, **one} for one in told]
    if rows:
        # Two processes may begin at once.
        await connection.execute(upsert(teams).values(rows).on_conflict_do_nothing())
    return len(rows)


async def _led(connection: AsyncConnection, team_id: UUID, actor: Actor) -> Team:
    team = await load_team(connection, team_id, lock=True)
    team.require_leader(actor)
    return team


async def _require_leader(connection: AsyncConnection, leader: UUID | None) -> None:
    if leader is not None and await connection.scalar(select(volunteers.c.id).where(volunteers.c.id == leader)) is None:
        raise FieldError("leader", "there is no such volunteer")


async def _standing(connection: AsyncConnection, team_id: UUID, volunteer_id: UUID) -> Standing | None:
    which = (memberships.c.team_id == team_id) & (memberships.c.volunteer_id == volunteer_id)
    found = await connection.scalar(select(memberships.c.standing).where(which))
    return None if found is None else Standing(found)


async def _stand(
    connection: AsyncConnection, team: Team, volunteer_id: UUID, standing: Standing, telling: Telling
) -> None:
    row = {"standing": standing, "since": telling.at}
    stands = upsert(memberships).values(team_id=team.id, volunteer_id=volunteer_id, **row)
    stands = stands.on_conflict_do_update(
        index_elements=["team_id", "volunteer_id"], set_=row, where=memberships.c.standing != standing
    )
    membership_id = await connection.scalar(stands.returning(memberships.c.id))
    # Of a team that nobody was told of yet the worker tells, and of all its members.
    if membership_id is not None and standing is Standing.MEMBER and team.told:
        subject = await connection.scalar(select(volunteers.c.subject).where(volunteers.c.id == volunteer_id))
        joined = team_events.joined(team.id, team.area, membership_id, telling.seal(membership_id, subject))
        await telling.record(connection, joined, version=team_events.JOINED)


def _columns(plan: TeamPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in TeamPlan.__slots__}
