"""Whom a notice is for: recipients known from events, in one order, so that it can go on after any of them."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district import District
from notify.domain.broadcasts import Aim, Audience
from notify.domain.rules import Recipient, post, reporter
from notify.tables import concerned, contacts, team_members
from notify.wording import Words


async def recipients_after(
    connection: AsyncConnection, aim: Aim, position: str, words: Words, district: District, limit: int
) -> Sequence[tuple[str, str]]:
    """Return the next recipients after a position with the language that each reads."""
    if aim.audience is Audience.POSTS:
        later = [one for one in _posts(district, aim.area) if post(one).address > position]
        return [(post(one).address, district.units[one].persons[0].language) for one in later[:limit]]
    if aim.audience is Audience.TEAM:
        members = _members(aim).where(team_members.c.recipient > position).distinct()
        found = await connection.scalars(members.order_by(team_members.c.recipient).limit(limit))
        return [(one, words.language_of(Recipient(one))) for one in found if one is not None]
    address = literal(reporter("").address).concat(concerned.c.reporter_key)
    query = (
        select(address, func.min(concerned.c.language))
        .where(_within(aim.area), concerned.c.reporter_key > position.removeprefix(reporter("").address))
        .group_by(concerned.c.reporter_key)
        .order_by(concerned.c.reporter_key)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await connection.execute(query)).all()]


async def count_reached(connection: AsyncConnection, aim: Aim, district: District) -> tuple[int, Mapping[str, int]]:
    """Return how many inboxes a notice would reach, and how many addresses by channel."""
    usable = (
        contacts.c.verified_at.is_not(None),
        contacts.c.suspended_at.is_(None),
        contacts.c.unsubscribed_at.is_(None),
    )
    by_channel = select(contacts.c.channel, func.count()).where(*usable).group_by(contacts.c.channel)
    if aim.audience is Audience.POSTS:
        posts = _posts(district, aim.area)
        people = {f"person:{one.id}" for path in posts for one in district.units[path].persons}
        owners = contacts.c.owner.in_([*people, *(post(one).address for one in posts)])
        inboxes = len(posts)
    elif aim.audience is Audience.TEAM:
        owners = contacts.c.owner.in_(_members(aim))
        inboxes = await connection.scalar(select(func.count()).select_from(_members(aim).distinct().subquery())) or 0
    else:
        theirs = select(literal(reporter("").address).concat(concerned.c.reporter_key)).where(_within(aim.area))
        owners = contacts.c.owner.in_(theirs)
        reporters = select(func.count(concerned.c.reporter_key.distinct())).where(_within(aim.area))
        inboxes = await connection.scalar(reporters) or 0
    rows = (await connection.execute(by_channel.where(owners))).all()
    return inboxes, {row[0]: row[1] for row in rows}


def _posts(district: District, area: str) -> list[str]:
    within = (path for path in district.units if path == area or path.startswith(f"{area}/"))
    return sorted(path for path in within if district.units[path].persons)


def _members(aim: Aim) -> Select[str | None]:
    its = (team_members.c.team_id == aim.team, team_members.c.recipient.is_not(None))
    return select(team_members.c.recipient).where(*its)


def _within(area: str) -> ColumnElement[bool]:
    return or_(concerned.c.area == area, concerned.c.area.startswith(f"{area}/", autoescape=True))
