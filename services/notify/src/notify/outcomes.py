"""What is noted of attempts to send: of each message, and of addresses where nothing arrives."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.channels.port import SendError
from notify.claiming import Claimed
from notify.domain.planning import Reason
from notify.domain.retries import wait_after
from notify.domain.rules import SUSPENDED, UNREACHABLE, post
from notify.tables import concerned, contacts, messages, outgoing

MOST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; without an error the provider has the message."""

    channel: str
    claimed: Claimed
    error: SendError | None = None
    reason: Reason = Reason.PROVIDER
    provider_id: str | None = None

    @property
    def kind(self) -> str:
        """What metrics call it."""
        if self.error is None:
            return "sent"
        if self.error.bad_address:
            return "bad_address"
        return "failed" if self.error.permanent else "refused"


async def note(
    connection: AsyncConnection, outcomes: Sequence[Outcome], *, now: datetime, new_id: Callable[[], UUID]
) -> None:
    """Note what came of attempts, unless somebody else has the message by now."""
    await connection.execute(_NOTE, [_noted(one, now) for one in outcomes])
    bad = {one.claimed.row.contact_id: one for one in outcomes if one.error is not None and one.error.bad_address}
    for contact_id, one in bad.items():
        detail = one.error.detail if one.error else ""
        await suspend(connection, contact_id, detail, issue_id=one.claimed.row.issue_id, now=now, new_id=new_id)


def _noted(outcome: Outcome, now: datetime) -> dict[str, Any]:
    row, error = outcome.claimed.row, outcome.error
    noted: dict[str, Any] = {
        "b_id": row.id,
        "b_lease": outcome.claimed.lease,
        "b_state": "sent",
        "b_reason": None if error is None else outcome.reason,
        "b_detail": None if error is None else _plain(error.detail),
        "b_attempts": row.attempts + 1,
        "b_next": None,
        "b_settled": now,
        "b_provider": None if outcome.provider_id is None else _plain(outcome.provider_id),
    }
    if error is None:
        return noted
    wait = None if error.permanent else wait_after(row.attempts + 1, error.asked, random.random())  # noqa: S311 - jitter
    if wait is None:
        reason = Reason.BAD_ADDRESS if error.bad_address else outcome.reason
        return {**noted, "b_state": "failed", "b_reason": reason}
    return {**noted, "b_state": "waiting", "b_next": now + wait, "b_settled": None}


def _plain(text: str) -> str:
    """Return what a provider said as it can be stored: what cannot would keep all others from being noted too."""
    return "".join(each if each.isprintable() else "?" for each in text[:MOST_DETAIL])


async def suspend(
    connection: AsyncConnection,
    contact_id: UUID,
    why: str,
    *,
    issue_id: UUID | None,
    now: datetime,
    new_id: Callable[[], UUID],
) -> None:
    """Send nothing more to an address, and tell its owner, and staff where it is a reporter's whom they may need."""
    its = update(contacts).where(contacts.c.id == contact_id, contacts.c.suspended_at.is_(None))
    suspended = its.values(suspended_at=now, suspended_reason=_plain(why))
    contact = (await connection.execute(suspended.returning(contacts))).one_or_none()
    if contact is None or contact.verified_at is None:
        return
    told = [(contact.owner, SUSPENDED, contact.language)]
    if issue_id is not None and contact.owner.startswith("reporter:"):
        told += await _staff(connection, issue_id)
    rows = [
        {
            "id": new_id(),
            "recipient": recipient,
            "issue_id": issue_id,
            "template": template,
            "params": {"channel": contact.channel},
            "language": language,
            "told_at": now,
        }
        for recipient, template, language in told
    ]
    await connection.execute(insert(messages), rows)


async def _staff(connection: AsyncConnection, issue_id: UUID) -> list[tuple[str, str, str]]:
    query = select(concerned.c.unit).where(concerned.c.issue_id == issue_id, concerned.c.unit.is_not(None))
    return [(post(unit).address, UNREACHABLE, "zh-Hans") for unit in (await connection.execute(query)).scalars()]


_NOTE = (
    update(outgoing)
    .where(outgoing.c.id == bindparam("b_id"), outgoing.c.next_attempt_at == bindparam("b_lease"))
    .values(
        state=bindparam("b_state"),
        reason=bindparam("b_reason"),
        detail=bindparam("b_detail"),
        attempts=bindparam("b_attempts"),
        next_attempt_at=bindparam("b_next"),
        settled_at=bindparam("b_settled"),
        provider_id=bindparam("b_provider"),
    )
)
