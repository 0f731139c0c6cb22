"""What can be done to needs."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from linli.chassis.idempotency import IdempotencyKey, claim_key
from linli.contracts import CaseRouted
from linli.messaging.outbox import record
from volunteer.domain import needs as rules
from volunteer.domain.asking import AskState
from volunteer.domain.needs import Need
from volunteer.tables import asks, claims, idempotency_keys, needs, volunteers
from volunteer.usecases.need_lines import list_need, unlist_need
from volunteer.usecases.need_store import lock_need, locked_need, save_need

_CLAIM = select(claims.c.id, claims.c.need_id, claims.c.claimed_at)


@dataclass(frozen=True, slots=True)
class Claim:
    """A volunteer's word to help with a need; whose word it is stays in the table."""

    id: UUID
    need_id: UUID
    claimed_at: datetime


async def open_need(connection: AsyncConnection, case: CaseRouted, *, need_id: UUID, at: datetime) -> None:
    """Open the need of a case that wants helpers, unless the case has one: then it follows the case.

    That of a case which has become confidential is closed.
    """
    need = await locked_need(connection, needs.c.issue_id == case.case_id)
    if need is not None and case.confidential:
        await _close(connection, need, at=at)
        await unlist_need(connection, need)
    elif need is not None:
        await save_need(connection, rules.follow_case(need, area=case.area, deadline=case.deadline))
    elif rules.wants_helpers(case):
        need, happened = rules.open_need(need_id, case, at=at)
        opened = await connection.execute(
            upsert(needs).values(**asdict(need)).on_conflict_do_nothing().returning(needs.c.id)
        )
        if opened.first() is not None:
            await list_need(connection, need)
            await record(connection, happened, version=need.version, at=at)


async def postpone_need(connection: AsyncConnection, issue_id: UUID, *, area: str, deadline: datetime) -> None:
    """Let the need of a case, where it has one, follow the case's new deadline."""
    need = await locked_need(connection, needs.c.issue_id == issue_id)
    if need is not None:
        await save_need(connection, rules.follow_case(need, area=area, deadline=deadline))


async def close_need(connection: AsyncConnection, issue_id: UUID, *, at: datetime) -> None:
    """Close the need of a case, where it has one."""
    need = await locked_need(connection, needs.c.issue_id == issue_id)
    if need is not None:
        await _close(connection, need, at=at)


async def claim_need(
    connection: AsyncConnection,
    need_id: UUID,
    *,
    volunteer: str,
    claim_id: UUID,
    at: datetime,
    key: IdempotencyKey | None = None,
) -> Claim:
    """Note that a volunteer helps; with an idempotency key that was seen before, return the claim of then.

    Raises:
        UnknownNeedError: there is no such need.
        AlreadyClaimedError, NotClaimableError: the rules refuse it; nothing is stored.
        ProblemError: the key came with another body before.
    """
    scope = f"claim:{need_id}:{volunteer}"
    first = await claim_key(connection, idempotency_keys, key, scope=scope, resource_id=claim_id)
    if first != claim_id:
        return Claim(*(await connection.execute(_CLAIM.where(claims.c.id == first))).one())
    need = await lock_need(connection, need_id)
    mine = select(claims.c.id).where(claims.c.need_id == need_id, claims.c.volunteer == volunteer)
    claimed_before = await connection.scalar(mine) is not None
    need, happened = rules.claim_need(need, claimed_before=claimed_before)
    await save_need(connection, need)
    claim = {"id": claim_id, "need_id": need_id, "volunteer": volunteer, "claimed_at": at}
    await connection.execute(insert(claims).values(claim))
    await record(connection, happened, version=need.version, at=at)
    await _note_answer(connection, need_id, volunteer, at)
    return Claim(claim_id, need_id, at)


async def _close(connection: AsyncConnection, need: Need, *, at: datetime) -> None:
    need, happened = rules.close_need(need, at=at)
    await save_need(connection, need)
    await record(connection, happened, version=need.version, at=at)


async def _note_answer(connection: AsyncConnection, need_id: UUID, volunteer: str, at: datetime) -> None:
    """Note that somebody who was asked comes."""
    theirs = asks.c.volunteer_id.in_(select(volunteers.c.id).where(volunteers.c.subject == volunteer))
    coming = {"state": AskState.COMING, "answered_at": at}
    await connection.execute(update(asks).where(asks.c.need_id == need_id, theirs).values(coming))
