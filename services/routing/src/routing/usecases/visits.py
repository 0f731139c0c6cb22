"""Is it really done? Somebody looks, the reporter answers, and the case closes or opens again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.contracts import Satisfaction
from routing.domain import verification
from routing.domain.actor import SYSTEM
from routing.domain.case import Case
from routing.domain.moves import Moved
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.store import load_case
from routing.usecases.acting import Command, act, act_as, not_before, save


async def verify_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, seen: str) -> Case:
    """Say that it is done, and what was seen."""
    by = command.actor.id
    return await act_as(
        connection,
        rulebook,
        command,
        Action.VERIFY,
        lambda case, at: verification.inspect(case, by=by, at=at, rulebook=rulebook),
        seen,
    )


async def reopen_case(connection: AsyncConnection, rulebook: Rulebook, command: Command, seen: str) -> Case:
    """Say that it is not done, and what was seen."""
    by = command.actor.id
    return await act(
        connection,
        rulebook,
        command,
        Action.REOPEN,
        lambda case, at: verification.reopen(case, by=by, at=at, rulebook=rulebook),
        seen,
    )


async def note_return_visit(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: Command,
    *,
    contacted: bool,
    solved: bool,
    satisfaction: Satisfaction,
) -> Case:
    """Note what the reporter answered to somebody who asked them in person, and did not do the work."""

    def move(case: Case, at: datetime) -> tuple[Moved, tuple[Action, ...]]:
        verification.require_other(case, command.actor.id)
        return verification.answer_return_visit(
            case,
            contacted=contacted,
            solved=solved,
            satisfaction=satisfaction,
            answered_at=at,
            at=at,
            rulebook=rulebook,
        )

    return await act_as(connection, rulebook, command, Action.CLOSE, move)


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
    """Take the reporter's own answer: the case closes or opens again; that of staff closes none by itself.

    Raises:
        UnknownCaseError: there is no such case.
        IllegalMoveError: it is neither resolved nor verified, and not to be opened again.
    """
    before = await load_case(connection, case_id)
    at = not_before(before, at)
    moved, actions = verification.answer_return_visit(
        before,
        contacted=contacted,
        solved=solved,
        satisfaction=satisfaction,
        answered_at=answered_at,
        at=at,
        rulebook=rulebook,
        verifies=not before.by_staff,
        own=True,
    )
    await save(connection, rulebook, before, moved, actions, actor=SYSTEM, at=at)
