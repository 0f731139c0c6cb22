"""Volunteers as the matcher takes them: from what they told, what they have accepted, and how they kept it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.district.known import KnownDistrict
from volunteer.domain.matching.words import Person, Place, Span, merged
from volunteer.domain.people import Volunteer
from volunteer.domain.shifts import PLACED, AssignmentState
from volunteer.queries.people import qualifications_of
from volunteer.queries.rows import AnyRow
from volunteer.tables import assignments, memberships, shifts, volunteers
from volunteer.usecases.people import volunteer_of

MONTH = timedelta(days=30)
"""The cap on hours counts what begins in the thirty days around something: fifteen before it and fifteen after."""

LONG_AGO = 365
NEUTRAL = 50


@dataclass(frozen=True, slots=True)
class _Record:
    """What somebody accepted: the spans, the minutes of the month, and how they kept earlier ones, from 0 to 100."""

    busy: tuple[Span, ...]
    minutes: int
    taken: int
    reliability: int
    last_asked: datetime | None


async def people_for(
    connection: AsyncConnection, which: Sequence[UUID], span: Span, district: KnownDistrict, *, at: datetime
) -> list[Person]:
    """Return some volunteers as of now, with their free time in a span."""
    rows = (await connection.execute(select(volunteers).where(volunteers.c.id.in_(which)))).all()
    found = [volunteer_of(row._asdict()) for row in rows]
    papers = await qualifications_of(connection, which)
    teams = await _teams(connection, which)
    records = await _records(connection, which, span)
    places = {area: place_of(district, area) for area in {one.profile.area for one in found}}
    return [
        _person(
            one, span, places[one.profile.area], papers[one.id], teams.get(one.id, frozenset()), records[one.id], at
        )
        for one in found
    ]


def place_of(district: KnownDistrict, area: str) -> Place:
    """Return where a unit is: its point, else the middle of those beneath it, else of those beneath the unit above."""
    path = district.present(area)
    while path:
        unit = district.named(path)
        if unit is not None and unit.location is not None:
            return Place(unit.location.lat, unit.location.lon)
        points = [one.location for name, one in district.units.items() if one.location and name.startswith(f"{path}/")]
        if points:
            return Place(fmean(point.lat for point in points), fmean(point.lon for point in points))
        path = path.rpartition("/")[0]
    return Place(0, 0)


def _person(
    one: Volunteer,
    span: Span,
    place: Place,
    papers: list[AnyRow],
    teams: frozenset[str],
    record: _Record,
    at: datetime,
) -> Person:
    profile = one.profile
    left = None if profile.minutes_a_month is None else max(profile.minutes_a_month - record.minutes, 0)
    rested = LONG_AGO if record.last_asked is None else max((at - record.last_asked).days, 0)
    return Person(
        id=str(one.id),
        place=place,
        radius_m=profile.radius_m,
        free=profile.availability.within(span.begins, span.ends),
        busy=record.busy,
        skills=frozenset(profile.skills),
        qualifications={row.code: row.expires_on or date.max for row in papers},
        languages=frozenset(profile.languages),
        teams=teams,
        minutes_left=left,
        born=profile.born,
        guardian=one.guardian is not None,
        consented=one.consented_at is not None,
        reliability=record.reliability,
        rested_days=rested,
        taken=record.taken,
    )


async def _teams(connection: AsyncConnection, which: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    member = memberships.c.volunteer_id.in_(which) & (memberships.c.standing == "member")
    found: dict[UUID, set[str]] = {}
    for row in await connection.execute(select(memberships.c.volunteer_id, memberships.c.team_id).where(member)):
        found.setdefault(row.volunteer_id, set()).add(str(row.team_id))
    return {one: frozenset(teams) for one, teams in found.items()}


async def _records(connection: AsyncConnection, which: Sequence[UUID], span: Span) -> dict[UUID, _Record]:
    placed = select(assignments.c.volunteer_id, shifts.c.begins_at, shifts.c.ends_at).join(shifts)
    placed = placed.where(assignments.c.volunteer_id.in_(which), assignments.c.state.in_(PLACED))
    placed = placed.where(shifts.c.begins_at > span.begins - MONTH / 2, shifts.c.begins_at < span.ends + MONTH / 2)
    spans: dict[UUID, list[Span]] = {one: [] for one in which}
    for row in await connection.execute(placed):
        spans[row.volunteer_id].append(Span(row.begins_at, row.ends_at))
    kept = func.count().filter(assignments.c.state == AssignmentState.ACCEPTED)
    broken = func.count().filter(assignments.c.late)
    history = select(assignments.c.volunteer_id, kept, broken, func.max(assignments.c.made_at))
    history = history.where(assignments.c.volunteer_id.in_(which)).group_by(assignments.c.volunteer_id)
    counts = {row[0]: row[1:] for row in await connection.execute(history)}
    return {one: _record(spans[one], *counts.get(one, (0, 0, None))) for one in which}


def _record(spans: list[Span], kept: int, broken: int, last_asked: datetime | None) -> _Record:
    # Nobody is known by one shift: each begins as if they had kept one and broken one.
    reliability = round(100 * (kept + 1) / (kept + broken + 2)) if kept + broken else NEUTRAL
    minutes = sum(span.minutes for span in spans)
    return _Record(merged(spans), minutes, len(spans), reliability, last_asked)
