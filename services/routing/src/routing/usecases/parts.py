"""The parts of a case that others do: departments that are called, tasks that units are given."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from routing.domain import dispatching, tasks
from routing.domain.actor import Actor, NotResponsibleError
from routing.domain.case import Case
from routing.domain.dispatching import Answer
from routing.domain.moves import Moved
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.meeting_tables import idempotency_keys
from routing.store import load_case
from routing.usecases.acting import Command, act, not_before, require_version, save


async def dispatch_department(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: Command,
    *,
    call_id: UUID,
    department: str,
    role: Literal["lead", "co"],
    task: str,
    deadline: datetime | None,
    key: IdempotencyKey | None,
) -> Case:
    """Call a department to a case; with an idempotency key that was seen before, return the case.

    ``call_id`` is by what the key is known again: a department is called again for rework, so its name is not.

    Raises:
        ProblemError: the key came with another body before.
        The same as `act`.
    """
    if await _seen(connection, command, key, "dispatch", call_id):
        return await _shown(connection, command, Action.DISPATCH)

    def move(case: Case, at: datetime) -> Moved:
        return dispatching.dispatch(case, department, role, task, deadline=deadline, at=at, rulebook=rulebook)

    return await act(connection, rulebook, command, Action.DISPATCH, move, task)


async def recall_department(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, department: str, reason: str
) -> Case:
    """Tell a department that it is no longer needed."""
    return await act(
        connection,
        rulebook,
        command,
        Action.RECALL,
        lambda case, at: dispatching.recall(case, department, reason, at=at),
        reason,
    )


async def answer_dispatch(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, department: str, said: Answer, text: str
) -> Case:
    """Take what a department says to its dispatch; whose department it is, the caller has made sure of.

    Raises:
        UnknownCaseError: there is no such case.
        StaleCaseError: it has moved on since they saw it.
        IllegalMoveError, DispatchError: the case or the dispatch does not allow the answer.
    """
    before = await load_case(connection, command.case_id)
    require_version(before, command)
    at = not_before(before, command.at)
    moved = dispatching.answer(before, department, said, text, at=at)
    reason = text or None
    return await save(connection, rulebook, before, moved, (Action.REPORT,), actor=command.actor, at=at, reason=reason)


async def assign_task(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: Command,
    *,
    task_id: UUID,
    unit: str,
    work: str,
    deadline: datetime,
    key: IdempotencyKey | None,
) -> Case:
    """Give a part of a case to a unit; with an idempotency key that was seen before, return the case.

    Raises:
        ProblemError: the key came with another body before.
        The same as `act`.
    """
    if await _seen(connection, command, key, "task", task_id):
        return await _shown(connection, command, Action.ASSIGN)
    return await act(
        connection,
        rulebook,
        command,
        Action.ASSIGN,
        lambda case, at: tasks.assign(case, task_id, unit, work, deadline, at=at, rulebook=rulebook),
        work,
    )


async def assign_decided_task(
    connection: AsyncConnection,
    rulebook: Rulebook,
    case_id: UUID,
    *,
    task_id: UUID,
    unit: str,
    work: str,
    deadline: datetime,
    actor: Actor,
    at: datetime,
) -> None:
    """Give a part of a case to a unit because a meeting decided it, whoever has the case by now.

    Raises:
        UnknownCaseError, IllegalMoveError, OwnerError, TaskError, MomentError, CaseTextError: as the names say.
    """
    before = await load_case(connection, case_id)
    at = not_before(before, at)
    moved = tasks.assign(before, task_id, unit, work, deadline, at=at, rulebook=rulebook)
    await save(connection, rulebook, before, moved, (Action.ASSIGN,), actor=actor, at=at, reason=work)


async def finish_task(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, task_id: UUID, outcome: str
) -> Case:
    """Say that a part is done: its unit does, or the case's owner.

    Raises:
        NotResponsibleError: it is neither.
        UnknownCaseError, StaleCaseError, IllegalMoveError, TaskError: as the names say.
    """
    before = await load_case(connection, command.case_id)
    require_version(before, command)
    task = tasks.assigned(before, task_id)
    if not (command.actor.works_for(task.unit) or command.actor.owns(before)):
        raise NotResponsibleError
    at = not_before(before, command.at)
    moved = tasks.finish(before, task_id, outcome, at=at)
    return await save(connection, rulebook, before, moved, (Action.FINISH,), actor=command.actor, at=at, reason=outcome)


async def cancel_task(
    connection: AsyncConnection, rulebook: Rulebook, command: Command, task_id: UUID, reason: str
) -> Case:
    """Say that a part is no longer needed."""
    return await act(
        connection,
        rulebook,
        command,
        Action.CANCEL,
        lambda case, at: tasks.cancel(case, task_id, reason, at=at),
        reason,
    )


async def _seen(
    connection: AsyncConnection, command: Command, key: IdempotencyKey | None, part: str, part_id: UUID
) -> bool:
    scope = f"{part}:{command.case_id}:{command.actor.id}"
    return await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=part_id) != part_id


async def _shown(connection: AsyncConnection, command: Command, action: Action) -> Case:
    """Return the case as it is now, in whatever version, to whoever may still do to it what they did."""
    case = await load_case(connection, command.case_id)
    command.actor.require(action, case)
    return case
