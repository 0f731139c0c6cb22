"""Plans: the matcher run over the shifts and volunteers of an area, and what it proposes recorded."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import AssignmentCancelled, AssignmentProposed
from linli.district.calendars import zone_named
from linli.district.known import KnownDistrict
from volunteer.domain.actor import Actor
from volunteer.domain.faults import FieldError
from volunteer.domain.matching.plan import Effort, Plan
from volunteer.domain.matching.words import Person, Slot, Span, Task, merged
from volunteer.domain.shift_events import Happened
from volunteer.domain.shifts import PLACED, Activity, AssignmentState, How, Shift
from volunteer.queries.rows import AnyRow, within
from volunteer.tables import activities, assignments, shifts, volunteers
from volunteer.usecases.matched_people import people_for, place_of
from volunteer.usecases.shift_store import REASONS, activity_of, every_shift, record_of_shift, subjects_of
from volunteer.usecases.telling import Telling

LONGEST = timedelta(days=2)
"""No shift is longer."""

MOST_PEOPLE = 10_000
MOST_SHIFTS = 2_000
SECONDS = 10.0
"""So long at most the solver looks for whole numbers in each step; the transaction waits for it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan came to: how many were proposed newly, and what it says of each role of a shift."""

    plan: Plan
    proposed: int


async def plan_shifts(
    connection: AsyncConnection,
    area: str,
    span: Span,
    *,
    new_id: Callable[[], UUID],
    actor: Actor,
    telling: Telling,
    district: KnownDistrict,
    floors: Mapping[str, int],
) -> Planned:
    """Propose volunteers for the open places of the shifts that begin in a span, and record why.

    What was accepted stays; earlier proposals that the plan does not hold to are taken back.

    Raises:
        NotAllowedError: the actor does not organise in the area.
        FieldError: there are more shifts or volunteers than are planned at once.
    """
    actor.require_organiser(area)
    begins = max(span.begins, telling.at)
    if span.ends <= begins:
        raise FieldError("ends", "must lie in the future, and after begins")
    wanted = await _shifts(connection, area, begins, span.ends)
    current = await _assignments(connection, [row.id for row in wanted])
    slots = _slots(wanted, await _activities(connection, wanted), current, district)
    people = await _people(connection, Span(begins, span.ends), current, wanted, district, telling.at)
    known = {person.id for person in people}
    proposed = [row for row in current if row.state == AssignmentState.PROPOSED and str(row.volunteer_id) in known]
    task = Task(
        people=tuple(people),
        slots=slots,
        proposed=frozenset((str(row.volunteer_id), f"{row.shift_id}:{row.role}") for row in proposed),
        floors=floors,
    )
    plan = await asyncio.to_thread(_solve, task)
    return Planned(plan, await _record(connection, plan, wanted, proposed, new_id, actor, telling))


async def _record(
    connection: AsyncConnection,
    plan: Plan,
    wanted: Sequence[Shift],
    before: Sequence[AnyRow],
    new_id: Callable[[], UUID],
    actor: Actor,
    telling: Telling,
) -> int:
    """Store what a plan proposes that was not proposed ``before``, take back what it does not hold to, and tell both.

    Returns how many proposals are new.
    """
    chosen = {(one.person, one.slot): one for one in plan.assigned}
    kept = {(str(row.volunteer_id), f"{row.shift_id}:{row.role}"): row for row in before}
    gone = [row for pair, row in kept.items() if pair not in chosen]
    if gone:
        await connection.execute(delete(assignments).where(assignments.c.id.in_([row.id for row in gone])))
    rows = [
        {
            "id": new_id(),
            "shift_id": UUID(slot.partition(":")[0]),
            "role": slot.partition(":")[2],
            "volunteer_id": UUID(person),
            "state": AssignmentState.PROPOSED,
            "how": How.PLAN,
            "made_at": telling.at,
            "made_by": actor.subject,
            "reasons": REASONS.dump_python(list(one.reasons), mode="json"),
            "late": False,
        }
        for (person, slot), one in chosen.items()
        if (person, slot) not in kept
    ]
    if rows:
        await connection.execute(insert(assignments), rows)
    happened: dict[UUID, list[Happened]] = defaultdict(list)
    for row in gone:
        taken_back = Happened(AssignmentCancelled, row.id, row.role, row.volunteer_id, {"why": "plan"})
        happened[row.shift_id].append(taken_back)
    for made in rows:
        asked = Happened(AssignmentProposed, made["id"], made["role"], made["volunteer_id"])
        happened[made["shift_id"]].append(asked)
    subjects = await subjects_of(connection, {one.volunteer_id for its in happened.values() for one in its})
    for shift in wanted:
        if its := happened.get(shift.id):
            await record_of_shift(connection, shift, its, subjects, telling)
    return len(rows)


def _solve(task: Task) -> Plan:
    # Loaded with the first plan: a process that makes none does without the solver and its memory.
    from volunteer.domain.matching.planning import make_plan  # noqa: PLC0415

    return make_plan(task, Effort(seconds=SECONDS))


async def _shifts(connection: AsyncConnection, area: str, begins: datetime, ends: datetime) -> Sequence[Shift]:
    """Return the shifts to be planned, locked, so that nobody joins while they are planned."""
    query = every_shift().where(within(shifts.c.area, (area,)), ~shifts.c.cancelled)
    query = query.where(shifts.c.begins_at > begins, shifts.c.begins_at < ends)
    rows = (
        await connection.execute(query.order_by(shifts.c.id).limit(MOST_SHIFTS + 1).with_for_update(of=shifts))
    ).all()
    if len(rows) > MOST_SHIFTS:
        raise FieldError("ends", f"more than {MOST_SHIFTS} shifts are not planned at once")
    return [Shift(**row._asdict()) for row in rows]


async def _activities(connection: AsyncConnection, wanted: Sequence[Shift]) -> Mapping[UUID, Activity]:
    query = select(activities).where(activities.c.id.in_({row.activity_id for row in wanted}))
    return {row.id: activity_of(row._asdict()) for row in await connection.execute(query)}


async def _assignments(connection: AsyncConnection, which: Sequence[UUID]) -> Sequence[AnyRow]:
    return (await connection.execute(select(assignments).where(assignments.c.shift_id.in_(which)))).all()


def _slots(
    wanted: Sequence[Shift], of: Mapping[UUID, Activity], current: Sequence[AnyRow], district: KnownDistrict
) -> tuple[Slot, ...]:
    places = {activity.area: place_of(district, activity.area) for activity in of.values()}
    placed = Counter((row.shift_id, row.role) for row in current if row.state in PLACED)
    return tuple(
        activity.slot(
            row.id,
            role,
            Span(
                row.begins_at.astimezone(zone_named(activity.zone)), row.ends_at.astimezone(zone_named(activity.zone))
            ),
            places[activity.area],
            max(role.headcount - placed[row.id, role.code], 0),
        )
        for row in wanted
        for activity in (of[row.activity_id],)
        for role in activity.roles
    )


async def _people(
    connection: AsyncConnection,
    span: Span,
    current: Sequence[AnyRow],
    wanted: Sequence[Shift],
    district: KnownDistrict,
    at: datetime,
) -> list[Person]:
    """Return who has consented; nobody is asked again for a shift that they declined, gave up or wait for."""
    consents = select(volunteers.c.id).where(volunteers.c.consented_at.is_not(None)).order_by(volunteers.c.id)
    which = (await connection.scalars(consents.limit(MOST_PEOPLE + 1))).all()
    if len(which) > MOST_PEOPLE:
        raise FieldError("area", f"more than {MOST_PEOPLE} volunteers are not planned at once")
    # What somebody comes to may go on when the last shift begins.
    people = await people_for(connection, which, Span(span.begins, span.ends + LONGEST), district, at=at)
    spans = {row.id: Span(row.begins_at, row.ends_at) for row in wanted}
    settled: dict[str, list[Span]] = defaultdict(list)
    for row in current:
        if row.state != AssignmentState.PROPOSED:
            settled[str(row.volunteer_id)].append(spans[row.shift_id])
    return [replace(one, busy=merged((*one.busy, *settled[one.id]))) if one.id in settled else one for one in people]
