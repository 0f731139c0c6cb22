"""More time, stopped clocks, and what the passing of time does."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts.clocks import Wish
from linli.messaging.worker import describe
from routing.domain import approvals
from routing.domain.actor import SYSTEM
from routing.domain.case import Case
from routing.domain.moves import Moved
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.domain.ticking import tick
from routing.store import ids_of_due, load_case, load_due, put_off, save_case
from routing.usecases.acting import Command, act, act_as, not_before, save

PUT_OFF = timedelta(minutes=10)
"""How long a case is left alone whose clocks failed: somebody has to look, and the database is spared meanwhile."""

log = structlog.get_logger()


async def ask_for_time(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, wish: Wish, until: datetime, reason: str
) -> Case:
    """Ask the unit above for a later deadline or a stopped clock."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.ASK,
        lambda case, at: approvals.ask(case, wish, until, reason, by=by, at=at),
        reason,
    )


async def approve_wish(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Give the handler what they asked for."""

    def move(case: Case, at: datetime) -> tuple[Moved, tuple[Action, ...]]:
        moved, action = approvals.approve(case, by=command.actor.id, at=at, rulebook=rulebook)
        return moved, (action,)

    return await act_as(connection, rulebook, command, Action.EXTEND, move)


async def refuse_wish(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """Do not give the handler what they asked for."""
    return await act(
        connection, rulebook, command, Action.REFUSE, lambda case, _: approvals.refuse(case, reason), reason
    )


async def resume_case(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Let the clock of a suspended case run again."""
    return await act(
        connection,
        rulebook,
        command,
        Action.RESUME,
        lambda case, at: approvals.resume(case, at=at, rulebook=rulebook),
    )


async def tick_due_cases(connection: AsyncConnection, rulebook: Rulebook, *, at: datetime, limit: int) -> int:
    """Do to the cases that are due what their clocks demand, the longest due first; return how many were looked at."""
    due = await load_due(connection, at=at, limit=limit)
    for before in due:
        await _tick(connection, rulebook, before, at=not_before(before, at))
    return len(due)


async def tick_due_cases_apart(
    connection: AsyncConnection, rulebook: Rulebook, *, at: datetime, limit: int
) -> tuple[int, list[UUID]]:
    """Do the same, each case by itself; one that fails is put off and does not hold up the others.

    Returns how many were looked at, and those that failed.
    """
    failed = []
    due = await ids_of_due(connection, at=at, limit=limit)
    for case_id in due:
        try:
            async with connection.begin_nested():
                before = await load_case(connection, case_id)
                await _tick(connection, rulebook, before, at=not_before(before, at))
        except Exception as error:  # noqa: BLE001 - whatever it is, the clocks of the others go on
            log.warning("the clocks of a case failed and are put off", case_id=str(case_id), error=describe(error))
            await put_off(connection, case_id, until=at + PUT_OFF)
            failed.append(case_id)
    return len(due), failed


async def _tick(connection: AsyncConnection, rulebook: Rulebook, before: Case, *, at: datetime) -> None:
    moved, actions = tick(before, at=at, rulebook=rulebook)
    if not actions:
        # Its moment was reckoned by another calendar than today's: it is reckoned again.
        await save_case(connection, before, before, rulebook)
        return
    reason = OVERDUE_REASON if Action.ESCALATE in actions or Action.SUPERVISE in actions else None
    await save(connection, rulebook, before, moved, actions, actor=SYSTEM, at=at, reason=reason)


OVERDUE_REASON = "逾期 / overdue"
