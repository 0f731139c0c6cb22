"""Opening cases, and letting the rules decide again."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.outbox import record
from routing.domain.actor import SYSTEM
from routing.domain.case import Case
from routing.domain.decision import candidates
from routing.domain.matter import NO_LOADS, Loads, Matter
from routing.domain.opening import open_case
from routing.domain.rerouting import matter_of, route_again
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, State
from routing.facts import note_facts
from routing.store import add_case, count_loads, load_case
from routing.usecases.acting import Command, act, history_of, note


async def open_new_case(
    connection: AsyncConnection,
    rulebook: Rulebook,
    case_id: UUID,
    matter: Matter,
    *,
    at: datetime,
) -> None:
    """Open the case of an issue; the deadline counts from the report. A case that exists stays as it is."""
    matter = replace(matter, area=rulebook.present(matter.area))
    loads = await _loads(connection, rulebook, matter)
    case, events = open_case(case_id, matter, at=at, rulebook=rulebook, loads=loads)
    if not await add_case(connection, case, rulebook):
        return
    history = history_of(case, (Action.ROUTE,), from_state=State.RECEIVED, from_unit=None)
    await note(connection, history, SYSTEM, at=at)
    await note_facts(connection, None, case, history, at=at)
    await record(connection, events, version=case.version, at=at)


async def route_case_again(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Let the rules of today decide again, unless a person has decided or time has taken the case up."""
    known = await load_case(connection, command.case_id)
    loads = await _loads(connection, rulebook, matter_of(known, rulebook), without=known.id)
    return await act(
        connection,
        rulebook,
        command,
        Action.ROUTE,
        lambda case, at: route_again(case, at=at, rulebook=rulebook, loads=loads),
        ROUTED_AGAIN_REASON,
    )


ROUTED_AGAIN_REASON = "按现行规则重新派单 / decided again by the rules of today"


async def _loads(
    connection: AsyncConnection, rulebook: Rulebook, matter: Matter, *, without: UUID | None = None
) -> Loads:
    persons = candidates(rulebook.district, matter)
    # Whoever is alone takes it, however much there is.
    return await count_loads(connection, persons, without=without) if len(persons) > 1 else NO_LOADS
