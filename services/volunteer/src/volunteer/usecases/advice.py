"""Whom to send to a need now, and whom to keep: prices learned from the needs of the weeks before."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.known import KnownDistrict
from volunteer.domain.actor import Actor
from volunteer.domain.asking import Search
from volunteer.domain.matching.words import Person, Slot
from volunteer.domain.needs import Need
from volunteer.queries.rows import AnyRow
from volunteer.tables import needs, searches, volunteers
from volunteer.usecases.candidates import find_helpers
from volunteer.usecases.matched_people import place_of
from volunteer.usecases.search_store import LISTS, read_search

if TYPE_CHECKING:
    from volunteer.domain.matching.keeping import Offer

WEEKS = 6
MOST_NEEDS = 200
MOST_PEOPLE = 300
"""Of those who may help, the longest registered are weighed: what is learned costs a linear program a week."""


@dataclass(frozen=True, slots=True)
class Advised:
    """Somebody who could be sent: their worth to the need and the price of sending them; who they are."""

    volunteer_id: UUID
    number: str
    name: str
    worth: int
    price: int
    margin: int


@dataclass(frozen=True, slots=True)
class Advice:
    """Who could be sent, the best first, and from how many earlier needs the prices were learned."""

    people: Sequence[Advised]
    learned_from: int


async def advise(
    connection: AsyncConnection, need: Need, *, actor: Actor, at: datetime, district: KnownDistrict, limit: int
) -> Advice:
    """Return whom to send to a need now.

    Raises:
        NotAllowedError: the actor does not organise where it is.
        FieldError: there are more volunteers than are looked at at once.
    """
    actor.require_organiser(need.area)
    search = await read_search(connection, need.id) or Search(need_id=need.id, started_by=actor.subject)
    found = await find_helpers(connection, need, search, district, at=at)
    people = [found.people[one] for one in sorted(found.people)[:MOST_PEOPLE]]
    local = at.astimezone(district.zone_of(district.present(need.area)))
    past = await _past(connection, local, need, district)
    offers = await asyncio.to_thread(_weigh, people, found.slot, past, local)
    offers = offers[:limit]
    names = await _names(connection, [UUID(one.person) for one in offers])
    told = [
        Advised(UUID(one.person), *names[UUID(one.person)], one.worth, round(one.price), round(one.margin))
        for one in offers
        if UUID(one.person) in names
    ]
    return Advice(told, sum(len(week) for week in past))


def _weigh(people: Sequence[Person], slot: Slot, past: Sequence[Sequence[Slot]], local: datetime) -> "Sequence[Offer]":
    # Loaded with the first advice, as the solver is with the first plan.
    from volunteer.domain.matching.keeping import week_of, weigh  # noqa: PLC0415

    return weigh(people, slot, past, share=week_of(local)[1])


async def _past(
    connection: AsyncConnection, local: datetime, need: Need, district: KnownDistrict
) -> Sequence[Sequence[Slot]]:
    """Return the needs of earlier weeks as the matcher takes them, each week in order."""
    begins = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(needs, *(searches.c[name] for name in (*LISTS, "minimum_age"))).outerjoin(searches)
    query = query.where(needs.c.opened_at < begins, needs.c.opened_at >= begins - timedelta(weeks=WEEKS))
    query = query.where(needs.c.id != need.id).order_by(needs.c.opened_at.desc()).limit(MOST_NEEDS)
    weeks: dict[int, list[AnyRow]] = defaultdict(list)
    for row in (await connection.execute(query)).all():
        weeks[(begins - row.opened_at).days // 7].append(row)
    places = {area: place_of(district, area) for area in {row.area for its in weeks.values() for row in its}}
    return [
        [_search_of(row).slot(places[row.area], at=local) for row in reversed(weeks[week])]
        for week in sorted(weeks, reverse=True)
    ]


def _search_of(row: AnyRow) -> Search:
    if row.minimum_age is None:
        return Search(need_id=row.id, started_by="")
    lists: dict[str, Any] = {name: tuple(getattr(row, name)) for name in LISTS}
    return Search(need_id=row.id, started_by="", minimum_age=row.minimum_age, **lists)


async def _names(connection: AsyncConnection, which: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    query = select(volunteers.c.id, volunteers.c.number, volunteers.c.name).where(volunteers.c.id.in_(which))
    return {row.id: (row.number, row.name) for row in await connection.execute(query)}
