"""What all commands share: load the case, move it, save it, note its history, record what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.messaging.outbox import record
from routing.domain.actor import Actor
from routing.domain.case import Case
from routing.domain.moves import Moved
from routing.domain.owners import allowed_moves
from routing.domain.rulebook import Rulebook
from routing.domain.states import GIVEN, Action, IllegalMoveError, State, after
from routing.facts import note_facts
from routing.store import load_case, save_case
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


Move = Callable[[Case, datetime], Moved]
"""What a command does to a case at a moment."""

Done = Callable[[Case, datetime], tuple[Moved, tuple[Action, ...]]]
"""The same, where what it turns out to be depends on the case."""


async def act(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: Command,
    action: Action,
    move: Move,
    reason: str | None = None,
) -> Case:
    """Let somebody move a case.

    Raises:
        UnknownCaseError: there is no such case.
        NotResponsibleError: it is not theirs to do that to it.
        StaleCaseError: it has moved on since they saw it.
        IllegalMoveError: it does not allow the action.
    """
    return await act_as(connection, rulebook, command, action, lambda case, at: (move(case, at), (action,)), reason)


async def act_as(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: Command,
    action: Action,
    move: Done,
    reason: str | None = None,
) -> Case:
    """Let somebody move a case in a way that depends on it; ``action`` says whose it is to do.

    Raises:
        The same as `act`.
    """
    before = await load_case(connection, command.case_id)
    command.actor.require(action, before)
    require_version(before, command)
    at = not_before(before, command.at)
    try:
        moved, actions = move(before, at)
    except IllegalMoveError as error:
        raise IllegalMoveError(before.state, error.action, allowed_moves(before, rulebook)) from None
    return await save(connection, rulebook, before, moved, actions, actor=command.actor, at=at, reason=reason)


def require_version(case: Case, command: Command) -> None:
    """Refuse a command of somebody who saw another version of the case.

    Raises:
        StaleCaseError: they did.
    """
    if command.versions is not None and case.version not in command.versions:
        raise StaleCaseError(case.version)


def not_before(case: Case, at: datetime) -> datetime:
    """Return the moment of a move: never before the one before it, also where a clock was set back."""
    return max(at, case.moved_at)


async def save(
    connection: AsyncConnection,
    rulebook: Rulebook,
    before: Case,
    moved: Moved,
    actions: Sequence[Action],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> Case:
    """Save what a move made of a case, its history and its events; return the case.

    Without an event there is nothing to tell, in the history neither; what is noted with the case counts all the same.
    """
    case = replace(moved[0], moved_at=at)
    await save_case(connection, before, case, rulebook)
    events = moved[1]
    history = history_of(case, actions if events else (), from_state=before.state, from_unit=before.unit)
    await note_facts(connection, before, case, history, at=at)
    if events:
        await note(connection, history, actor, at=at, reason=reason)
        await record(connection, events, version=case.version, at=at)
    return case


async def note(
    connection: AsyncConnection,
    history: Sequence[dict[str, Any]],
    actor: Actor,
    *,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Add rows to the history of a case."""
    same = {"actor_id": actor.id, "actor_name": actor.name, "moved_at": at, "reason": reason}
    await connection.execute(insert(moves), [{**move, **same} for move in history])


def history_of(
    case: Case, actions: Sequence[Action], *, from_state: State, from_unit: str | None
) -> list[dict[str, Any]]:
    """Return one row per action; the last one ends at the case's version, the one that changes the owner at its unit.

    Each begins in the state and the unit that the one before it ended in.
    """
    rows: list[dict[str, Any]] = []
    for version, action in enumerate(actions, start=case.version - len(actions) + 1):
        to_state = after(from_state, action)
        states = {"from_state": from_state, "to_state": to_state}
        goes = from_unit is None or action in (*GIVEN, Action.REHOME)
        to_unit = case.unit if goes else from_unit
        units = {"from_unit": from_unit, "to_unit": to_unit}
        rows.append({"case_id": case.id, "version": version, "action": action, **states, **units})
        from_state, from_unit = to_state, to_unit
    return rows
