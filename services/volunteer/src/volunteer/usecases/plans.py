"""Plans: the matcher run over the shifts and volunteers of an area, and what it proposes recorded."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import AssignmentCancelled, AssignmentProposed
from linli.district.known import KnownDistrict
from volunteer.domain.actor import Actor
from volunteer.domain.matching.plan import Effort, Plan
from volunteer.domain.matching.words import Person, Span, Task
from volunteer.domain.shift_events import Happened
from volunteer.domain.shifts import AssignmentState, How, Shift
from volunteer.queries.rows import AnyRow
from volunteer.tables import assignments
from volunteer.usecases.plan_tasks import read_task
from volunteer.usecases.shift_store import REASONS, record_of_shift, subjects_of
from volunteer.usecases.telling import Telling

SECONDS = 10.0
"""So long at most the solver looks for whole numbers in each step; the transaction waits for it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan came to: how many were proposed newly, and what it says of each role of a shift."""

    plan: Plan
    proposed: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What further people would change: the plans without and with them, and the places that each role gains."""

    before: Plan
    after: Plan
    gains: Mapping[str, int]


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
    given = await read_task(connection, area, span, at=telling.at, district=district, floors=floors, lock=True)
    plan = await asyncio.to_thread(_solve, given.task)
    return Planned(plan, await _record(connection, plan, given.wanted, given.proposed, new_id, actor, telling))


async def try_people(
    connection: AsyncConnection,
    area: str,
    span: Span,
    further: Sequence[Person],
    *,
    actor: Actor,
    at: datetime,
    district: KnownDistrict,
    floors: Mapping[str, int],
) -> Tried:
    """Return what further people would change ("one more electrician"); nothing is recorded, and nobody asked.

    Raises:
        NotAllowedError: the actor does not organise in the area.
        FieldError: there are more shifts or volunteers than are planned at once.
    """
    actor.require_organiser(area)
    given = await read_task(connection, area, span, at=at, district=district, floors=floors, lock=False)
    return await asyncio.to_thread(_try, given.task, further)


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


def _try(task: Task, further: Sequence[Person]) -> Tried:
    from volunteer.domain.matching.trying import what_if  # noqa: PLC0415 - as above

    effect = what_if(task, further, Effort(seconds=SECONDS / 2))
    return Tried(effect.before, effect.after, effect.filled)
