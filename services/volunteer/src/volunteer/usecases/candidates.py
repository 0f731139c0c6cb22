"""Volunteers who could help with a need: who may, how likely they come, and what forbids the others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.known import KnownDistrict
from volunteer.domain.asking import AskState, Search, chance_of_coming
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.eligibility import obstacles
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.matching.waves import Askable
from volunteer.domain.matching.words import Person, Slot, Span
from volunteer.domain.needs import Need
from volunteer.domain.shifts import How
from volunteer.tables import asks, assignments, claims, volunteers
from volunteer.usecases.matched_people import people_for, place_of

MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """Who may help with a need, as the matcher and as a wave takes them, and how many each rule keeps from it."""

    slot: Slot
    people: Mapping[str, Person]
    askable: Sequence[Askable]
    left_out: tuple[Reason, ...]


async def find_helpers(
    connection: AsyncConnection, need: Need, search: Search, district: KnownDistrict, *, at: datetime
) -> Found:
    """Return the volunteers who may help; who comes already is not among them, nor told of.

    Raises:
        FieldError: there are more volunteers than are looked at at once.
    """
    coming = select(claims.c.volunteer).where(claims.c.need_id == need.id)
    query = select(volunteers.c.id).where(volunteers.c.subject.is_not(None), volunteers.c.subject.not_in(coming))
    which = (await connection.scalars(query.order_by(volunteers.c.id).limit(MOST_PEOPLE + 1))).all()
    if len(which) > MOST_PEOPLE:
        raise FieldError("need_id", f"more than {MOST_PEOPLE} volunteers are not looked at at once")
    place = place_of(district, need.area)
    slot = search.slot(place, at=at)
    people = await people_for(connection, which, Span(slot.span.begins, slot.span.ends), district, at=at)
    forbidden = {one.id: search.forbidding(obstacles(one, slot, place)) for one in people}
    allowed = {one.id: one for one in people if not forbidden[one.id]}
    counts = Counter(codes[0] for codes in forbidden.values() if codes)
    left_out = tuple(Reason(code, {"people": count}) for code, count in counts.most_common())
    return Found(slot, allowed, await _askable(connection, [UUID(one) for one in allowed]), left_out)


async def _askable(connection: AsyncConnection, which: Sequence[UUID]) -> list[Askable]:
    """Return some volunteers with how likely they come, and when they were last asked for anything."""
    answered = func.count().filter(asks.c.state != AskState.ASKED)
    came = func.count().filter(asks.c.state == AskState.COMING)
    history = select(asks.c.volunteer_id, answered, came, func.max(asks.c.asked_at)).group_by(asks.c.volunteer_id)
    history = history.where(asks.c.volunteer_id.in_(which))
    counts = {row[0]: row[1:] for row in await connection.execute(history)}
    planned = select(assignments.c.volunteer_id, func.max(assignments.c.made_at)).group_by(assignments.c.volunteer_id)
    planned = planned.where(assignments.c.volunteer_id.in_(which), assignments.c.how == How.PLAN)
    proposed: Mapping[UUID, datetime] = {row[0]: row[1] for row in await connection.execute(planned)}
    found = []
    for one in which:
        asked, coming, last = counts.get(one, (0, 0, None))
        moments = [moment for moment in (last, proposed.get(one)) if moment is not None]
        found.append(Askable(str(one), chance_of_coming(asked, coming), max(moments, default=None)))
    return found
