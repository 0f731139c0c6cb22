"""The relay: takes recorded events to the broker, in order per aggregate, and forgets only what is confirmed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import ARRAY, BigInteger, Row, Text, all_, any_, bindparam, delete, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.messaging.message import Message, PublishRefusedError, TransportError, UnpublishableError
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.refusals import Refusals
from linli.messaging.tables import outbox
from linli.messaging.topology import CORE
from linli.messaging.transport import Transport
from linli.messaging.waves import waves
from linli.messaging.worker import Worker

RELAY_LOCK = 0x11B0C5
"""Advisory lock of the one active relay of a service's database."""

BATCH = 500
POLL_S = 0.1
STANDBY_POLL_S = 0.5
MOST_ATTEMPTS = 5
"""A row that can never be published is parked after so many attempts; its aggregate waits for an operator."""

_OF_A_LEADER = {
    # The outbox fills and empties faster than its statistics follow: the planner would read all of it.
    "enable_seqscan": "off",
    # A leader whose machine is gone says no goodbye; the lock is free once the server misses it, after four seconds.
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "4000",
}

OutboxRow = Row[*tuple[Any, ...]]

log = structlog.get_logger()


class Relay(Worker):
    """Publishes the outbox of one service.

    All its statements run on the connection that holds the lock: when that connection dies, so does the leadership.
    """

    def __init__(self, *, engine: AsyncEngine, transport: Transport, metrics: MessagingMetrics) -> None:
        super().__init__("relay")
        self._engine = engine
        self._transport = transport
        self._metrics = metrics
        self._refusals = Refusals()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Say that something was committed."""
        self._woken.set()

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(select(*(func.set_config(*one, false()) for one in _OF_A_LEADER.items())))
            try:
                await self._lead(connection)
            finally:
                self._metrics.leader.set(0)
                # The pool would keep the connection, and the lock with it.
                with suppress(Exception):
                    await connection.invalidate()

    async def _lead(self, connection: AsyncConnection) -> None:
        while not await connection.scalar(select(func.pg_try_advisory_lock(RELAY_LOCK))):
            self._works()
            # Not to be woken by commits: only the leader has something to do about them.
            await _pause(self._stopping, STANDBY_POLL_S)
            if self._stopping.is_set():
                return
        self._metrics.leader.set(1)
        await self._transport.declare(CORE)
        while not self._stopping.is_set():
            self._woken.clear()
            rows = (await connection.execute(_LOWEST, {"refused": self._refusals.waiting()})).all()
            if rows:
                await self._relay(connection, rows)
            self._works()
            if len(rows) < BATCH:
                await _pause(self._woken, POLL_S)

    async def _relay(self, connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
        failed: dict[str, Exception] = {}
        confirmed: list[int] = []
        try:
            for wave in waves(rows, lambda row: row.aggregate_id):
                going = [row for row in wave if row.aggregate_id not in failed]
                if not going or any(isinstance(error, TransportError) for error in failed.values()):
                    break
                results = await self._transport.publish([_message(row) for row in going])
                for row, error in zip(going, results, strict=True):
                    if error is None:
                        confirmed.append(row.id)
                        self._refusals.forget(row.aggregate_id)
                    else:
                        failed[row.aggregate_id] = error
                        await self._note_failure(connection, row, error)
        finally:
            # What is confirmed is forgotten even when the next wave never left.
            if confirmed:
                await connection.execute(_FORGET, {"ids": confirmed})
                self._count(rows, set(confirmed))
        self._raise_if_unusable(failed)

    async def _note_failure(self, connection: AsyncConnection, row: OutboxRow, error: Exception) -> None:
        self._metrics.publish_failures.labels(type(error).__name__).inc()
        if isinstance(error, TransportError):
            return
        if isinstance(error, PublishRefusedError):
            self._refusals.note(row.aggregate_id)
        values: dict[str, object] = {"attempts": outbox.c.attempts + 1, "last_error": str(error)[:500]}
        if isinstance(error, UnpublishableError) and row.attempts + 1 >= MOST_ATTEMPTS:
            values["parked_at"] = func.now()
            log.error("event parked", message_id=str(row.message_id), routing_key=row.routing_key, error=str(error))
        await connection.execute(update(outbox).where(outbox.c.id == row.id).values(values))

    def _raise_if_unusable(self, failed: dict[str, Exception]) -> None:
        """Let the session back off when the broker is away, or so full that little else is left to publish."""
        for error in failed.values():
            if isinstance(error, TransportError) or (
                isinstance(error, PublishRefusedError) and self._refusals.too_many
            ):
                raise error

    def _count(self, rows: Sequence[OutboxRow], confirmed: set[int]) -> None:
        now = datetime.now(UTC)
        self._metrics.published.inc(len(confirmed))
        for row in rows:
            if row.id in confirmed:
                self._metrics.outbox_age.observe((now - row.created_at).total_seconds())


# Looked up once and compared as an array: a subquery the planner may join to the whole outbox, for each batch.
_PARKED = func.array(select(outbox.c.aggregate_id).where(outbox.c.parked_at.is_not(None)).scalar_subquery())
_LOWEST = (
    select(
        outbox.c.id,
        outbox.c.message_id,
        outbox.c.aggregate_id,
        outbox.c.routing_key,
        outbox.c.headers,
        outbox.c.payload,
        outbox.c.created_at,
        outbox.c.attempts,
    )
    .where(outbox.c.aggregate_id != all_(_PARKED))
    .where(outbox.c.aggregate_id.not_in(select(func.unnest(bindparam("refused", type_=ARRAY(Text))))))
    .order_by(outbox.c.id)
    .limit(BATCH)
)
# One array and not a parameter for each id: the statement stays the same, whatever the size of a batch.
_FORGET = delete(outbox).where(outbox.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))


async def _pause(until: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await until.wait()


def _message(row: OutboxRow) -> Message:
    return Message(id=str(row.message_id), routing_key=row.routing_key, body=row.payload, headers=row.headers)
