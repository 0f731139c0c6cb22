"""Closing windows: what was gathered for an address becomes one message, and what comes later waits for the next."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Update, and_, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from notify.domain.rules import TOGETHER
from notify.queries import AnyRow
from notify.tables import GATHERING, outgoing

LOCK = 0x6A7E
"""Advisory lock of whoever closes windows: two would make each other wait and gain nothing."""

AT_ONCE = 500


async def close_windows(connection: AsyncConnection, now: datetime, new_id: Callable[[], UUID]) -> int:
    """Make one message of all that waits in each window that has ended; return how many windows were closed.

    A window is closed once: its message is there for good, and that says how far it was read. What was committed only
    afterwards goes into a window of its own, which has ended too.
    """
    if not await connection.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return 0
    ended = (await connection.execute(_ended(now))).all()
    if not ended:
        return 0
    rows = [_message(one, new_id(), now) for one in ended]
    added = insert(outgoing).on_conflict_do_nothing().values(rows).returning(*_WINDOW)
    closed = {tuple(row) for row in (await connection.execute(added)).all()}
    late = [(one.contact_id, one.window_key, one.window_ends) for one in ended]
    late = [window for window in late if window not in closed]
    if closed:
        await connection.execute(_merge([row["id"] for row in rows], now))
    if late:
        gone = update(outgoing).where(GATHERING, tuple_(*_WINDOW).in_(late))
        await connection.execute(gone.values(window_ends=now, not_before=now))
    return len(closed)


def _ended(now: datetime) -> Select[*tuple[Any, ...]]:
    told = ("channel", "owner", "language", "area")
    return (
        select(*_WINDOW, func.bool_or(outgoing.c.urgent).label("urgent"))
        .add_columns(*(func.min(outgoing.c[name]).label(name) for name in told))
        .where(GATHERING, outgoing.c.not_before <= now)
        .group_by(*_WINDOW)
        .limit(AT_ONCE)
    )


def _message(ended: AnyRow, which: UUID, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(ended, name) for name in ("channel", "owner", "language", "area", "urgent")},
        **{column.name: getattr(ended, column.name) for column in _WINDOW},
        "id": which,
        "recipient": ended.owner,
        "template": TOGETHER,
        "params": {},
        "state": "waiting",
        "attempts": 0,
        "planned_at": now,
        "not_before": now,
        "next_attempt_at": now,
    }


def _merge(messages: Sequence[UUID], now: datetime) -> Update:
    its = and_(*(outgoing.c[column.name] == _DIGEST.c[column.name] for column in _WINDOW))
    merged = {"state": "merged", "digest_id": _DIGEST.c.id, "settled_at": now}
    return update(outgoing).where(GATHERING, its, _DIGEST.c.id.in_(messages)).values(merged)


_WINDOW = (outgoing.c.contact_id, outgoing.c.window_key, outgoing.c.window_ends)
_DIGEST = outgoing.alias("digest")
