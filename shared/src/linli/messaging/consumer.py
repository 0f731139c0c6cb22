"""The consumer: each event takes effect once, in order per aggregate, or waits, or is put aside with its reason."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from linli.contracts import Event, EventData, EventError, decode_event, event_type
from linli.messaging import catch_up, inbox
from linli.messaging.message import TYPE_HEADER, Delivery, TransportError
from linli.messaging.metrics import MessagingMetrics
from linli.messaging.outbox_limit import OutboxFullError, OutboxLimit
from linli.messaging.progress import Progress
from linli.messaging.retry import Retry
from linli.messaging.spans import processing
from linli.messaging.topology import CORE, inbox_topology, pattern_for
from linli.messaging.tracing import trace_from
from linli.messaging.transport import Subscription, Transport
from linli.messaging.waves import lanes
from linli.messaging.worker import Worker, describe

log = structlog.get_logger()

Reaction = Callable[[Any, AsyncConnection, Event[Any]], Awaitable[None]]
"""What a service does about one type of event: ``await reaction(context, connection, event)``, in a transaction."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a consumer takes: deliveries in hand, events of a batch, transactions at once.

    After a batch that was less than half full it waits ``gather_s`` seconds, so that the next one is worth its
    transaction; an event that comes after silence waits for nothing.
    """

    prefetch: int = 200
    batch: int = 100
    concurrency: int = 1
    gather_s: float = 0.0

    @property
    def most(self) -> int:
        """How many events a batch can have."""
        return min(self.batch, self.prefetch)


USUAL = Pace()


class SlowReactionError(Exception):
    """What a reaction asked of the database did not come in time."""


class NoReactionError(Exception):
    """An event reached a queue whose service has nothing to do with it."""


class Consumer(Worker):
    """Feeds one queue to a service's reactions.

    Messages that wait are taken a batch at a time, in as many transactions at once as the pace allows: those of one
    aggregate in the same, in their order. When one of them fails, its transaction is rolled back and each is given its
    own, so that a bad message costs its neighbours nothing.
    """

    def __init__(
        self,
        *,
        queue: str,
        reactions: Mapping[type[EventData], Reaction],
        context: object,
        engine: AsyncEngine,
        transport: Transport,
        metrics: MessagingMetrics,
        after_commit: Callable[[], None],
        pace: Pace = USUAL,
        outbox_limit: OutboxLimit | None = None,
    ) -> None:
        super().__init__(queue)
        self._reactions = {event_type(model).name: reaction for model, reaction in reactions.items()}
        self._patterns = [pattern_for(model) for model in reactions]
        self._context = context
        self._engine = engine
        self._transport = transport
        self._progress = Progress(queue=queue, types=self._reactions, metrics=metrics)
        self._after_commit = after_commit
        self._pace = pace
        self._outbox_limit = outbox_limit or OutboxLimit()
        self._retry = Retry(queue=queue, engine=engine, transport=transport, metrics=metrics)
        self._subscription: Subscription | None = None

    def _wake(self) -> None:
        if self._subscription is not None:
            self._subscription.finish()

    async def _session(self) -> None:
        await self._declare()
        # Asked before anything is taken: with the database away, each attempt would count against the messages.
        async with self._engine.begin() as connection:
            await self._outbox_limit.check(connection)
            await inbox.resume(connection, self.name)
        await self._catch_up()
        async with self._transport.consume(self.name, prefetch=self._pace.prefetch) as subscription:
            self._subscription = subscription
            self._progress.settled()
            try:
                self._ready()
                while not self._stopping.is_set() and (batch := await subscription.next_batch(self._pace.batch)):
                    await self._handle(batch)
                    await subscription.ack(batch)
                    self._works()
                    await self._wait_for_more(len(batch), of=self._pace.most, seconds=self._pace.gather_s)
            finally:
                self._subscription = None

    async def _declare(self) -> None:
        await self._transport.declare(CORE)
        if not await self._transport.exists(self.name):
            async with self._engine.begin() as connection:
                await catch_up.note(connection, self.name)
        await self._transport.declare(inbox_topology(self.name, self._patterns))

    async def _catch_up(self) -> None:
        """Let take effect what was published while the queue was missing; it begins to fill before this does."""
        async with self._engine.begin() as connection:
            due = await catch_up.due(connection, self.name)
        if due is None:
            return
        say = log.info if due.since is None else log.warning
        say("queue was missing, the archive is read", queue=self.name, since=due.since and str(due.since))
        async with aclosing(self._transport.archived(since=due.since)) as batches:
            async for batch in batches:
                # A long reading is work, and no reason to keep requests from the service.
                self._works()
                heard = [one for one in batch if one.headers.get(TYPE_HEADER) in self._reactions]
                for start in range(0, len(heard), self._pace.batch):
                    part = heard[start : start + self._pace.batch]
                    await self._handle([Delivery(one, tag=0, redelivered=True) for one in part])
                if self._stopping.is_set():
                    return
        async with self._engine.begin() as connection:
            await catch_up.done(connection, self.name)

    async def _handle(self, batch: Sequence[Delivery]) -> None:
        """Let each of a batch take effect, or put it where it waits or stays."""
        events: list[tuple[Delivery, Event[EventData]]] = []
        foreign: list[tuple[Delivery, Exception]] = []
        for delivery in batch:
            try:
                events.append((delivery, self._known(decode_event(delivery.message.body))))
            except (EventError, NoReactionError) as error:
                foreign.append((delivery, error))
        self._progress.taken(batch, [event for _, event in events])
        await _all_of(self._apply_or_each(lane) for lane in lanes(events, self._pace.concurrency, _aggregate))
        for delivery, reason in foreign:
            await self._retry.bury(delivery, reason)
        self._progress.settled()

    def _known(self, event: Event[EventData]) -> Event[EventData]:
        if event.type not in self._reactions:
            raise NoReactionError(f"{self.name} has no reaction to {event.type}")
        return event

    async def _apply_or_each(self, events: Sequence[tuple[Delivery, Event[EventData]]]) -> None:
        try:
            await self._apply(events)
        except Exception as error:
            if _is_outage(error):
                raise
            for one in events:
                await self._apply_alone(one)

    async def _apply_alone(self, one: tuple[Delivery, Event[EventData]]) -> None:
        try:
            await self._apply([one])
        except Exception as error:
            if _is_outage(error):
                raise
            with trace_from(one[1].traceparent):
                log.warning("event failed", queue=self.name, event_id=str(one[1].id), error=describe(error))
            await self._retry.again(*one, error)

    async def _apply(self, events: Sequence[tuple[Delivery, Event[EventData]]]) -> None:
        """Let events take effect in one transaction; park those that must wait for an earlier one."""
        if not events:
            return
        waiting: list[tuple[Delivery, Event[EventData], str]] = []
        async with self._engine.begin() as connection:
            await self._outbox_limit.check(connection)
            waits = await inbox.waits(connection, self.name, [event for _, event in events])
            ready = []
            for delivery, event in events:
                tier = waits.tier_of(event)
                if tier is None:
                    ready.append(event)
                else:
                    waiting.append((delivery, event, tier))
            fresh = await inbox.enter(connection, self.name, ready)
            await self._react(connection, fresh)
            if waits.held:
                await inbox.release(connection, self.name, ready)
        self._after_commit()
        self._progress.took_effect(fresh, skipped=len(ready) - len(fresh))
        for delivery, event, tier in waiting:
            await self._retry.hold(delivery, event, tier)

    async def _react(self, connection: AsyncConnection, events: Iterable[Event[EventData]]) -> None:
        for event in events:
            with processing(event, self.name):
                try:
                    await self._reactions[event.type](self._context, connection, event)
                except TimeoutError as error:
                    # A statement that takes too long each time is the event's own fault, and must not come first.
                    raise SlowReactionError from error


def _aggregate(one: tuple[Delivery, Event[EventData]]) -> str:
    return one[1].partitionkey


async def _all_of(lanes_under_way: Iterable[Coroutine[None, None, None]]) -> None:
    """Await all, also when one fails: nothing is under way any more when its deliveries are given back."""
    for result in await asyncio.gather(*lanes_under_way, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


_OUTAGES = (
    TransportError,
    OutboxFullError,
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    OSError,
    TimeoutError,
)


def _is_outage(error: BaseException) -> bool:
    """Say whether the database or the broker is away or full, which is not the message's fault.

    The session ends, its deliveries go back, and order is kept; the retries are for messages that fail by themselves.
    """
    if isinstance(error, _OUTAGES):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated
