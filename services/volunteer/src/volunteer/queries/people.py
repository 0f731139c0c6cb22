"""Reading people, teams and duty reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from volunteer.queries.rows import AnyRow, within
from volunteer.tables import memberships, nominations, posts, qualifications, slips, teams, volunteers


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """Which volunteers a list shows: in one of ``areas`` (None: in all), with a skill, a number."""

    areas: Sequence[str] | None = None
    area: str | None = None
    skill: str | None = None
    number: str | None = None


async def list_people(
    connection: AsyncConnection, wanted: PeopleFilter, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of volunteers, newest first."""
    query = select(volunteers).order_by(volunteers.c.id.desc()).limit(limit)
    for areas in (wanted.areas, None if wanted.area is None else (wanted.area,)):
        if areas is not None:
            query = query.where(within(volunteers.c.area, areas))
    if wanted.skill is not None:
        query = query.where(volunteers.c.skills.contains([wanted.skill]))
    if wanted.number is not None:
        query = query.where(volunteers.c.number == wanted.number)
    if after is not None:
        query = query.where(volunteers.c.id < after)
    return (await connection.execute(query)).all()


async def qualifications_of(connection: AsyncConnection, people: Sequence[UUID]) -> Mapping[UUID, list[AnyRow]]:
    """Return the qualifications of some volunteers."""
    query = select(qualifications).where(qualifications.c.volunteer_id.in_(people)).order_by(qualifications.c.code)
    found: dict[UUID, list[AnyRow]] = {one: [] for one in people}
    for row in await connection.execute(query):
        found[row.volunteer_id].append(row)
    return found


async def list_teams(
    connection: AsyncConnection, area: str | None, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of teams with the number of their members, newest first."""
    members = select(func.count()).where(memberships.c.team_id == teams.c.id, memberships.c.standing == "member")
    query = select(teams, members.scalar_subquery().label("members")).order_by(teams.c.id.desc()).limit(limit)
    if area is not None:
        query = query.where(within(teams.c.area, (area,)))
    if after is not None:
        query = query.where(teams.c.id < after)
    return (await connection.execute(query)).all()


async def count_members(connection: AsyncConnection, team_id: UUID) -> int:
    """Return how many members a team has."""
    query = select(func.count()).where(memberships.c.team_id == team_id, memberships.c.standing == "member")
    return await connection.scalar(query) or 0


async def list_members(
    connection: AsyncConnection, team_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of who has to do with a team, by volunteer."""
    query = select(memberships, volunteers.c.name, volunteers.c.number).join(volunteers)
    query = query.where(memberships.c.team_id == team_id).order_by(memberships.c.volunteer_id).limit(limit)
    if after is not None:
        query = query.where(memberships.c.volunteer_id > after)
    return (await connection.execute(query)).all()


async def list_posts(
    connection: AsyncConnection, area: str | None, state: str | None, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of posts, newest first."""
    query = select(posts).order_by(posts.c.id.desc()).limit(limit)
    if area is not None:
        query = query.where(within(posts.c.area, (area,)))
    if state is not None:
        query = query.where(posts.c.state == state)
    if after is not None:
        query = query.where(posts.c.id < after)
    return (await connection.execute(query)).all()


async def list_nominations(
    connection: AsyncConnection, post_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of who takes a post, earliest first."""
    query = select(nominations, volunteers.c.name, volunteers.c.number, slips.c.employer).select_from(
        nominations.join(slips).outerjoin(volunteers)
    )
    query = query.where(nominations.c.post_id == post_id).order_by(nominations.c.id).limit(limit)
    if after is not None:
        query = query.where(nominations.c.id > after)
    return (await connection.execute(query)).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipFilter:
    """Which slips a list shows: one, those of an employer, of a subject, in some areas; None narrows nothing."""

    slip: UUID | None = None
    employer: str | None = None
    subject: str | None = None
    areas: Sequence[str] | None = None


async def list_slips(
    connection: AsyncConnection, wanted: SlipFilter, *, after: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Return a page of slips, newest first."""
    query = select(slips, volunteers.c.number, volunteers.c.name).join(volunteers)
    query = query.order_by(slips.c.id.desc()).limit(limit)
    if wanted.slip is not None:
        query = query.where(slips.c.id == wanted.slip)
    if wanted.employer is not None:
        query = query.where(slips.c.employer == wanted.employer)
    if wanted.subject is not None:
        query = query.where(volunteers.c.subject == wanted.subject)
    if wanted.areas is not None:
        query = query.where(within(slips.c.area, wanted.areas))
    if after is not None:
        query = query.where(slips.c.id < after)
    return (await connection.execute(query)).all()


async def returned(
    connection: AsyncConnection, wanted: SlipFilter, begins: datetime, ends: datetime
) -> Sequence[AnyRow]:
    """Return for each slip what was accepted between two moments: how many services and how many minutes.

    Of somebody who has left, a row without a name remains where there is something to return.
    """
    done = (nominations.c.slip_id == slips.c.id) & (nominations.c.state == "accepted")
    done &= (nominations.c.accepted_at >= begins) & (nominations.c.accepted_at < ends)
    query = (
        select(
            slips.c.id,
            slips.c.employer,
            slips.c.area,
            volunteers.c.number,
            volunteers.c.name,
            func.count(nominations.c.id).label("services"),
            func.coalesce(func.sum(nominations.c.minutes), 0).label("minutes"),
        )
        .select_from(slips.outerjoin(volunteers).outerjoin(nominations, done))
        .where(slips.c.reported_at < ends)
        .group_by(slips.c.id, volunteers.c.id)
        .having(volunteers.c.id.is_not(None) | (func.count(nominations.c.id) > 0))
        .order_by(slips.c.employer, slips.c.id)
    )
    if wanted.employer is not None:
        query = query.where(slips.c.employer == wanted.employer)
    if wanted.areas is not None:
        query = query.where(within(slips.c.area, wanted.areas))
    return (await connection.execute(query)).all()
