"""Replays: what the archive holds is sent again to one subscription, and it goes on live where that was asked for.

A subscription that begins in the past is bound to nothing until its replay has come up to the present. Then it is
bound, and what was archived about the moment of binding is read once more: an event may come twice, none is left out.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.chassis.district import Districts
from linli.messaging.message import Message, TransportError
from linli.messaging.transport import Transport
from linli.messaging.worker import Worker
from notify.domain.receivers import Receivers
from notify.ledger import is_event, made, note_sent, note_to_post
from notify.queries import AnyRow
from notify.streams import NEXT_CHANGE, WEBHOOK, Streams, asked_by, lock
from notify.tables import replays, subscriptions

LOOK_S = 5.0
"""How often replays are looked for that nobody works on."""

AT_ONCE = 3
"""How many replays a process works on: each holds a connection of its own."""

PART = 100
A_SECOND = 10
"""So many parts are sent a second, of `PART` events at most: large ones would hold up whoever is live."""

FEW = 100
"""A round that found less than this has come up to the present."""

MARGIN = timedelta(minutes=2)
"""Clocks of services and broker differ by less than this."""

LATE = timedelta(hours=2)
"""What was made longer ago than this and reaches the archive during the last rounds may be sent twice."""

REPLAY_LOCK = 0x4E91
"""Advisory lock of one replay, with a number made of its id."""

log = structlog.get_logger()


@dataclass(slots=True)
class Progress:
    """A replay under way: ``sent`` remembers what a further round would meet again."""

    replay: AnyRow
    subscription: AnyRow
    receivers: Receivers[UUID]
    position: datetime
    sent: dict[str, datetime] = field(default_factory=dict)


class Replayer(Worker):
    """Works on all replays under way; each is one process's at a time, and goes on elsewhere when that ends."""

    def __init__(self, *, engine: AsyncEngine, transport: Transport, districts: Districts, streams: Streams) -> None:
        super().__init__("replayer")
        self._engine = engine
        self._transport = transport
        self._districts = districts
        self._streams = streams
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: there is a new replay, or one is to go on."""
        self._woken.set()

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        async with asyncio.TaskGroup() as group:
            under_way: dict[UUID, asyncio.Task[None]] = {}
            while not self._stopping.is_set():
                self._woken.clear()
                under_way = {each: task for each, task in under_way.items() if not task.done()}
                for each in await self._running(under_way):
                    keeper = await self._taken(each) if len(under_way) < AT_ONCE else None
                    if keeper is not None:
                        under_way[each] = group.create_task(self._work_on(each, keeper))
                self._works()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._woken.wait()

    async def _running(self, under_way: Collection[UUID]) -> Sequence[UUID]:
        """Return the replays that run and that this process does not work on yet, those of single events first."""
        running = select(replays.c.id).where(replays.c.state == "running", replays.c.id.not_in(under_way))
        async with self._engine.connect() as connection:
            return (await connection.scalars(running.order_by(replays.c.event_id.is_(None), replays.c.id))).all()

    async def _taken(self, replay_id: UUID) -> AsyncConnection | None:
        """Return the connection that keeps a replay for this process; None where another one works on it."""
        keeper = await self._engine.connect()
        await keeper.execution_options(isolation_level="AUTOCOMMIT")
        if await keeper.scalar(select(func.pg_try_advisory_lock(REPLAY_LOCK, replay_id.int % 2**31))):
            return keeper
        await keeper.close()
        return None

    async def _work_on(self, replay_id: UUID, keeper: AsyncConnection) -> None:
        try:
            await self._replay(replay_id)
        except TransportError as error:
            log.warning("replay waits for the bus", replay=str(replay_id), error=str(error))
            await self._note(replay_id, reason="the bus or the queue does not take it now")
            await self._pause(LOOK_S)
        finally:
            await keeper.execute(select(func.pg_advisory_unlock(REPLAY_LOCK, replay_id.int % 2**31)))
            await keeper.close()
            self._woken.set()

    async def _replay(self, replay_id: UUID) -> None:
        progress = await self._begin(replay_id)
        if progress is None:
            return
        await self._streams.fit(progress.subscription.id)  # its queue may not have been declared yet
        since = progress.replay.position
        while True:
            began = datetime.now(UTC)
            sent = await self._round(progress, since - MARGIN, began)
            if sent is None:
                return
            since = began
            if sent < FEW or not progress.replay.goes_live:
                break
        if progress.replay.goes_live:
            # Whoever paused it while there was nothing to send means it all the same.
            if not await self._runs(replay_id):
                return
            await self._go_live(progress.subscription.id)
            if await self._round(progress, since - MARGIN, datetime.now(UTC)) is None:
                return
        await self._note(replay_id, state="done", ended_at=func.now(), reason=None)
        log.info("replay done", queue=progress.subscription.queue, replay=str(replay_id))

    async def _runs(self, replay_id: UUID) -> bool:
        async with self._engine.connect() as connection:
            return await connection.scalar(select(replays.c.state).where(replays.c.id == replay_id)) == "running"

    async def _begin(self, replay_id: UUID) -> Progress | None:
        async with self._engine.connect() as connection:
            replay = (await connection.execute(select(replays).where(replays.c.id == replay_id))).one()
            if replay.state != "running":
                return None
            of = select(subscriptions).where(subscriptions.c.id == replay.subscription_id)
            subscription = (await connection.execute(of)).one()
            asked = asked_by(subscription, await self._districts.current(connection))
        return Progress(replay, subscription, Receivers({subscription.id: asked}), replay.position)

    async def _round(self, progress: Progress, since: datetime, began: datetime) -> int | None:
        """Send what the archive holds since a moment; return how much it was, or None when it is to stop."""
        count = 0
        async with aclosing(self._transport.archived(since=since)) as batches:
            async for batch in batches:
                for part in _parts([one for one in batch if _wanted(one, progress)], progress.replay.per_s):
                    if not await self._send(progress, part):
                        return None
                    count += len(part)
                    for message in part:
                        progress.sent[message.id] = made(message)
                if self._stopping.is_set():
                    return None
                if _is_past(batch, progress):
                    break
                progress.position = max([progress.position, *(made(one) for one in batch if is_event(one))])
        progress.sent = {each: when for each, when in progress.sent.items() if when > began - LATE}
        return count

    async def _send(self, progress: Progress, part: Sequence[Message]) -> bool:
        """Send some events, not faster than asked for; return False when the replay is to stop."""
        replay_id, began = progress.replay.id, asyncio.get_running_loop().time()
        posted = progress.subscription.transport == WEBHOOK
        if not posted:
            await self._queue(progress.subscription.queue, part)
        async with self._engine.begin() as connection:
            if posted:
                anew = not progress.replay.goes_live
                await note_to_post(connection, progress.subscription.id, part, replay_id, anew=anew)
            else:
                await note_sent(connection, progress.subscription.id, part, replay_id)
            noted = {"sent": replays.c.sent + len(part), "position": progress.position, "reason": None}
            told = (
                update(replays)
                .where(replays.c.id == replay_id)
                .values(noted)
                .returning(replays.c.state, replays.c.per_s)
            )
            state, per_s = (await connection.execute(told)).one()
        if state != "running" or self._stopping.is_set():
            return False
        await self._pause(len(part) / per_s - (asyncio.get_running_loop().time() - began))
        return not self._stopping.is_set()

    async def _queue(self, queue: str, part: Sequence[Message]) -> None:
        for error in await self._transport.send(queue, part):
            if error is not None:
                raise TransportError(str(error)) from error

    async def _go_live(self, subscription_id: UUID) -> None:
        async with self._engine.begin() as connection:
            await lock(connection)
            await connection.execute(_LIVE.where(subscriptions.c.id == subscription_id))
        await self._streams.fit(subscription_id)

    async def _note(self, replay_id: UUID, **values: Any) -> None:  # noqa: ANN401 - of columns
        """Note how it stands, unless somebody has paused or ended it meanwhile."""
        running = update(replays).where(replays.c.id == replay_id, replays.c.state == "running")
        async with self._engine.begin() as connection:
            await connection.execute(running.values(values))


_LIVE = update(subscriptions).values(live=True, fitted_version=0, change=NEXT_CHANGE)


def _parts(messages: Sequence[Message], per_s: int) -> Iterator[Sequence[Message]]:
    size = max(1, min(PART, per_s // A_SECOND))
    return (messages[start : start + size] for start in range(0, len(messages), size))


def _wanted(message: Message, progress: Progress) -> bool:
    if not is_event(message) or message.id in progress.sent:
        return False
    replay, when = progress.replay, made(message)
    if when < replay.since or (replay.until is not None and when > replay.until):
        return False
    if replay.event_id is not None and replay.event_id != UUID(message.id):
        return False
    return bool(progress.receivers.of(message.routing_keys))


def _is_past(batch: Sequence[Message], progress: Progress) -> bool:
    """Tell whether nothing that is wanted can come any more."""
    until, times = progress.replay.until, [made(one) for one in batch if is_event(one)]
    if progress.replay.event_id is not None and progress.sent:
        return True
    return until is not None and bool(times) and min(times) > until + LATE
