"""The commands of routing: each loads a case, moves it, saves it and records what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Satisfaction
from linli.messaging.outbox import record
from routing.domain.actor import SYSTEM, Actor
from routing.domain.case import Case
from routing.domain.moves import Moved, accept, open_case, resolve, start
from routing.domain.return_visit import answer_return_visit
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, IllegalMoveError, State, after
from routing.domain.upwards import allowed_moves, escalate, return_
from routing.store import add_case, load_case, save_case
from routing.tables import moves


class StaleCaseError(Exception):
    """The case has moved on since the caller saw it; ``version`` is its present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the case has version {version} now")
        self.version = version


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody's wish to move a case now, provided that it is in one of the versions they saw (None: in any)."""

    case_id: UUID
    actor: Actor
    at: datetime
    versions: frozenset[int] | None = None


async def open_new_case(
    connection: AsyncConnection,
    rulebook: Rulebook,
    *,
    case_id: UUID,
    category: str,
    area: str,
    reported_at: datetime,
    at: datetime,
) -> None:
    """Open the case of an issue; the deadline counts from the report. A case that exists stays as it is."""
    case, events = open_case(
        case_id, category, area, at=reported_at, district=rulebook.district, calendar=rulebook.calendar
    )
    if not await add_case(connection, case):
        return
    history = _history(case, (Action.ROUTE,), from_state=State.RECEIVED, from_unit=None)
    await _note(connection, history, SYSTEM, at=at)
    await record(connection, events, version=case.version, at=at)


async def accept_case(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Take a case on."""
    return await _act(connection, rulebook, command, Action.ACCEPT, accept)


async def start_case(connection: AsyncConnection, rulebook: Rulebook, command: Command) -> Case:
    """Begin the work on a case."""
    return await _act(connection, rulebook, command, Action.START, start)


async def resolve_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, outcome: str) -> Case:
    """Say that the matter is done, and what was done."""

    def move(case: Case) -> Moved:
        return resolve(case, outcome, at=command.at)

    return await _act(connection, rulebook, command, Action.RESOLVE, move, outcome)


async def escalate_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """Hand a case up because it is beyond the unit's authority."""

    def move(case: Case) -> Moved:
        return escalate(case, reason, at=command.at, district=rulebook.district, calendar=rulebook.calendar)

    return await _act(connection, rulebook, command, Action.ESCALATE, move, reason)


async def return_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, reason: str) -> Case:
    """Hand a case up because it is not the unit's own."""

    def move(case: Case) -> Moved:
        return return_(case, reason, at=command.at, district=rulebook.district, calendar=rulebook.calendar)

    return await _act(connection, rulebook, command, Action.RETURN, move, reason)


async def take_return_visit(
    connection: AsyncConnection,
    rulebook: Rulebook,
    *,
    case_id: UUID,
    contacted: bool,
    solved: bool,
    satisfaction: Satisfaction,
    answered_at: datetime,
    at: datetime,
) -> None:
    """Take the reporter's answer: the case closes or opens again.

    Raises:
        UnknownCaseError: there is no such case.
        IllegalMoveError: it is not resolved.
    """
    before = await load_case(connection, case_id)
    moved = answer_return_visit(
        before,
        contacted=contacted,
        solved=solved,
        satisfaction=satisfaction,
        at=answered_at,
        district=rulebook.district,
        calendar=rulebook.calendar,
    )
    actions = (Action.VERIFY, Action.CLOSE) if solved else (Action.REOPEN,)
    await _save(connection, before, moved, actions, actor=SYSTEM, at=at)


async def _act(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: Command,
    action: Action,
    move: Callable[[Case], Moved],
    reason: str | None = None,
) -> Case:
    """Let somebody move a case.

    Raises:
        UnknownCaseError: there is no such case.
        NotResponsibleError: it is not theirs to move.
        StaleCaseError: it has moved on since they saw it.
        IllegalMoveError: it does not allow the action.
    """
    before = await load_case(connection, command.case_id)
    command.actor.require_responsible(before)
    if command.versions is not None and before.version not in command.versions:
        raise StaleCaseError(before.version)
    try:
        moved = move(before)
    except IllegalMoveError as error:
        raise IllegalMoveError(error.state, error.action, allowed_moves(before, rulebook.district)) from None
    await _save(connection, before, moved, (action,), actor=command.actor, at=command.at, reason=reason)
    return moved[0]


async def _save(
    connection: AsyncConnection,
    before: Case,
    moved: Moved,
    actions: Sequence[Action],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    case, events = moved
    await save_case(connection, before, case)
    history = _history(case, actions, from_state=before.state, from_unit=before.unit)
    await _note(connection, history, actor, at=at, reason=reason)
    await record(connection, events, version=case.version, at=at)


async def _note(
    connection: AsyncConnection,
    history: Sequence[dict[str, Any]],
    actor: Actor,
    *,
    at: datetime,
    reason: str | None = None,
) -> None:
    same = {"actor_id": actor.id, "actor_name": actor.name, "moved_at": at, "reason": reason}
    await connection.execute(insert(moves), [{**move, **same} for move in history])


def _history(
    case: Case, actions: Sequence[Action], *, from_state: State, from_unit: str | None
) -> list[dict[str, Any]]:
    """Return one row per action; the last one ends at the case's version."""
    rows: list[dict[str, Any]] = []
    for version, action in enumerate(actions, start=case.version - len(actions) + 1):
        to_state = after(from_state, action)
        states = {"from_state": from_state, "to_state": to_state}
        units = {"from_unit": from_unit, "to_unit": case.unit}
        rows.append({"case_id": case.id, "version": version, "action": action, **states, **units})
        from_state = to_state
    return rows
