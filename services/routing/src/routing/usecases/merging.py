"""What intake tells of an issue that is not handled by itself: merged, apart again, withdrawn."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from routing.domain.actor import SYSTEM
from routing.domain.case import Case
from routing.domain.endings import merge, refuse_merge, unmerge, withdraw
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action, IllegalMoveError
from routing.store import load_case, merged_into
from routing.usecases.acting import StaleCaseError, not_before, save


async def merge_case(
    connection: AsyncConnection, rulebook: Rulebook, *, case_id: UUID, into: UUID, at: datetime
) -> None:
    """Handle a case with another one from now on; where one of them has ended meanwhile, say that it is not done.

    Raises:
        UnknownCaseError: one of them is unknown.
    """
    case, target = await _both(connection, case_id, into)
    at = max(not_before(case, at), not_before(target, at))
    try:
        merged, hurried = merge(case, target, at=at, rulebook=rulebook)
    except IllegalMoveError:
        refused = refuse_merge(case, into)
        await save(connection, rulebook, case, refused, (Action.REFUSE_MERGE,), actor=SYSTEM, at=at)
        return
    await save(connection, rulebook, case, merged, (Action.MERGE,), actor=SYSTEM, at=at)
    await save(connection, rulebook, target, hurried, (Action.ABSORB,), actor=SYSTEM, at=at)


async def unmerge_case(connection: AsyncConnection, rulebook: Rulebook, *, case_id: UUID, at: datetime) -> None:
    """Handle a merged case by itself again; one whose merge was refused is so already.

    Raises:
        UnknownCaseError: there is no such case.
        StaleCaseError: it was merged elsewhere this very moment; it is for another try.
    """
    into = await merged_into(connection, case_id)
    case, target = await _both(connection, case_id, into or case_id)
    if case.merged_into != into:
        raise StaleCaseError(case.version)
    if into is None:
        return
    at = max(not_before(case, at), not_before(target, at))
    apart, released = unmerge(case, target, at=at, rulebook=rulebook)
    await save(connection, rulebook, case, apart, (Action.UNMERGE,), actor=SYSTEM, at=at)
    await save(connection, rulebook, target, released, (Action.RELEASE,), actor=SYSTEM, at=at)


async def withdraw_case(connection: AsyncConnection, rulebook: Rulebook, *, case_id: UUID, at: datetime) -> None:
    """End a case whose reporter took the issue back.

    Raises:
        UnknownCaseError: there is no such case.
        IllegalMoveError: it has ended, or is resolved already.
    """
    before = await load_case(connection, case_id)
    at = not_before(before, at)
    moved = withdraw(before, at=at)
    await save(connection, rulebook, before, moved, (Action.WITHDRAW,), actor=SYSTEM, at=at)


async def _both(connection: AsyncConnection, one: UUID, other: UUID) -> tuple[Case, Case]:
    # Always in the same order, so that two merges that meet do not wait for each other.
    loaded = {case_id: await load_case(connection, case_id) for case_id in sorted({one, other})}
    return loaded[one], loaded[other]
