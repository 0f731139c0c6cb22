"""The commands about meetings: each loads a meeting, changes it, saves it and records what happened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.messaging.outbox import record
from routing.domain.actor import Actor
from routing.domain.case import Case
from routing.domain.meetings import (
    Decision,
    Meeting,
    MeetingFieldError,
    Met,
    Plan,
    call_meeting,
    cancel_meeting,
    change_meeting,
    hold_meeting,
)
from routing.domain.rulebook import Rulebook
from routing.domain.states import Action
from routing.meeting_store import add_meeting, load_meeting, save_meeting
from routing.meeting_tables import idempotency_keys
from routing.store import UnknownCaseError, load_case
from routing.usecases import assign_decided_task


class StaleMeetingError(Exception):
    """The meeting has changed since the caller saw it; ``version`` is its present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the meeting has version {version} now")
        self.version = version


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingCommand:
    """Somebody's wish to change a meeting now, provided that it is in one of the versions they saw (None: in any)."""

    meeting_id: UUID
    actor: Actor
    at: datetime
    versions: frozenset[int] | None = None


async def call_new_meeting(
    connection: AsyncConnection,
    rulebook: Rulebook,
    plan: Plan,
    about: Sequence[UUID],
    *,
    meeting_id: UUID,
    actor: Actor,
    at: datetime,
    key: IdempotencyKey | None,
) -> Meeting:
    """Call a meeting about cases; with an idempotency key that was seen before, return what was called then.

    Raises:
        MeetingFieldError: there is no such case, or what is asked for cannot be; nothing is stored.
        NotResponsibleError: a case is not the actor's.
        ProblemError: the key came with another body before.
    """
    first = await claim_key(connection, idempotency_keys, key, scope=f"meeting:{actor.id}", resource_id=meeting_id)
    if first != meeting_id:
        return await load_meeting(connection, first)
    cases = await _cases(connection, about)
    for case in cases:
        actor.require(Action.ASSIGN, case)
    by = (actor.id, actor.name)
    meeting, event = call_meeting(meeting_id, plan, cases, by=by, at=at, district=rulebook.district)
    await add_meeting(connection, meeting)
    await record(connection, [event], version=meeting.version, at=at)
    return meeting


async def change_a_meeting(
    connection: AsyncConnection, rulebook: Rulebook, command: MeetingCommand, changes: dict[str, Any]
) -> Meeting:
    """Change what a meeting is to be; changing nothing tells nobody.

    Raises:
        MeetingStateError: it was held or cancelled.
        MeetingFieldError: what is asked for cannot be.
        UnknownMeetingError, NotResponsibleError, StaleMeetingError: as the names say.
    """
    before = await _load(connection, command)
    plan = replace(before.plan, **changes)
    if plan == before.plan:
        return before
    return await _save(connection, change_meeting(before, plan, at=command.at, district=rulebook.district), command)


async def hold_a_meeting(
    connection: AsyncConnection,
    rulebook: Rulebook,
    command: MeetingCommand,
    minutes: str,
    decisions: Sequence[Decision],
    new_id: Callable[[], UUID],
) -> Meeting:
    """Note the minutes and decisions of a meeting; each decision becomes a task of its case.

    Raises:
        MeetingStateError: it was held or cancelled, or has not begun.
        MeetingFieldError: a decision cannot be.
        IllegalMoveError, TaskError: a case takes no more tasks.
        UnknownMeetingError, NotResponsibleError, StaleMeetingError: as the names say.
    """
    before = await _load(connection, command)
    held = hold_meeting(before, minutes, decisions, at=command.at, district=rulebook.district)
    # All at once and in one order: two meetings about the same cases would wait for each other.
    await _cases(connection, [decision.case_id for decision in decisions])
    for decision in decisions:
        await assign_decided_task(
            connection,
            rulebook,
            decision.case_id,
            task_id=new_id(),
            unit=decision.unit,
            work=decision.work,
            deadline=decision.deadline,
            actor=command.actor,
            at=command.at,
        )
    return await _save(connection, held, command)


async def cancel_a_meeting(connection: AsyncConnection, command: MeetingCommand, reason: str) -> Meeting:
    """Call a meeting off.

    Raises:
        MeetingStateError: it was held or cancelled.
        UnknownMeetingError, NotResponsibleError, StaleMeetingError: as the names say.
    """
    before = await _load(connection, command)
    return await _save(connection, cancel_meeting(before, reason, at=command.at), command)


async def _load(connection: AsyncConnection, command: MeetingCommand) -> Meeting:
    meeting = await load_meeting(connection, command.meeting_id)
    if meeting.called_by != command.actor.id:
        for case in await _cases(connection, meeting.cases):
            command.actor.require(Action.ASSIGN, case)
    if command.versions is not None and meeting.version not in command.versions:
        raise StaleMeetingError(meeting.version)
    return meeting


async def _save(connection: AsyncConnection, met: Met, command: MeetingCommand) -> Meeting:
    meeting, event = met
    await save_meeting(connection, meeting)
    await record(connection, [event], version=meeting.version, at=command.at)
    return meeting


async def _cases(connection: AsyncConnection, about: Sequence[UUID]) -> list[Case]:
    """Return cases in the order in which they are named, locked in one that is the same for all."""
    found: dict[UUID, Case] = {}
    for case_id in sorted(set(about)):
        try:
            found[case_id] = await load_case(connection, case_id)
        except UnknownCaseError:
            raise MeetingFieldError("cases", f"unknown: {case_id}") from None
    return [found[case_id] for case_id in dict.fromkeys(about)]
