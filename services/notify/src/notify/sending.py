"""Webhooks: what is due is posted, each event by one process at a time, and what came of it is noted."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as CounterMetric
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.worker import Worker
from notify.attempts import Due, attempt, note_delivered, note_failed
from notify.pacing import Pacing
from notify.posting import Destinations, Poster, posting
from notify.queries import AnyRow
from notify.tables import deliveries, subscriptions, webhook_bodies, webhooks
from notify.webhook_secrets import WebhookSecrets

LOOK_S = 0.5
"""How often it is looked for what has become due."""

SWEEP_S = 60.0
"""How often bodies are let go of for which nothing waits any more."""

LEASE = timedelta(seconds=60)
"""How long a process has an event to itself, longer than an attempt takes; then another may take it."""

KEPT = timedelta(minutes=10)
"""How long a body is kept at least: a transaction that lets it wait anew takes less."""

log = structlog.get_logger()


class WebhookMetrics:
    """What is counted of webhooks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = CounterMetric(
            "linli_webhook_attempts", "Attempts to post an event", ["queue", "outcome"], registry=registry
        )
        self.disabled = Gauge("linli_webhook_disabled", "Whether it is disabled", ["queue"], registry=registry)


class Sender(Worker):
    """Posts what is due to all receivers at once; each is bounded, so that none holds up another."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        secrets: WebhookSecrets,
        destinations: Destinations,
        metrics: WebhookMetrics,
    ) -> None:
        super().__init__("webhooks")
        self._engine = engine
        self._secrets = secrets
        self._destinations = destinations
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._pacing = Pacing(monotonic)
        self._delivered: list[Due] = []
        self._sweep_at = 0.0

    def wake(self) -> None:
        """Look at once: something is due."""
        self._woken.set()

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        attempts: set[asyncio.Task[None]] = set()
        async with posting(self._destinations) as poster:
            try:
                while not self._stopping.is_set():
                    self._woken.clear()
                    await self._sweep()
                    await self._note_delivered()
                    for webhook, due in await self._claim(await self._with_something_due()):
                        task = asyncio.create_task(self._attempt(poster, webhook, due))
                        attempts.add(task)
                        task.add_done_callback(attempts.discard)
                    self._works()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await self._woken.wait()
            finally:
                await asyncio.gather(*attempts)
                await self._note_delivered()

    async def _with_something_due(self) -> Sequence[AnyRow]:
        """Return the webhooks that something is due for, first those with the least in hand."""
        is_due = select(1).where(deliveries.c.subscription_id == webhooks.c.subscription_id, _IS_DUE).exists()
        asked_to_wait = webhooks.c.not_before.is_not(None) & (webhooks.c.not_before > func.now())
        query = (
            select(webhooks, subscriptions.c.queue)
            .join(subscriptions)
            .where(subscriptions.c.closed_at.is_(None), webhooks.c.disabled_at.is_(None), ~asked_to_wait, is_due)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).all()
        return sorted(found, key=lambda one: self._pacing.in_hand(one.subscription_id))

    async def _claim(self, found: Sequence[AnyRow]) -> list[tuple[AnyRow, Due]]:
        """Take what is due and there is room for, so that no other process sends it while the lease lasts."""
        rooms: dict[UUID, int] = {}
        for webhook in found:
            rooms[webhook.subscription_id] = self._pacing.room(webhook.subscription_id)
            self._pacing.begin(webhook.subscription_id, rooms[webhook.subscription_id])
        wanted = {"subscriptions": list(rooms), "rooms": list(rooms.values()), "lease": LEASE}
        taken: list[AnyRow] = []
        try:
            if any(rooms.values()):
                async with self._engine.begin() as connection:
                    taken = list((await connection.execute(_TAKE, wanted)).all())
        finally:
            used = Counter(one.subscription_id for one in taken)
            for receiver, room in rooms.items():
                self._pacing.begin(receiver, used[receiver] - room)
        webhooks_of = {webhook.subscription_id: webhook for webhook in found}
        return [(webhooks_of[one.subscription_id], Due(**one._mapping)) for one in taken]  # noqa: SLF001 - a row as a mapping

    async def _attempt(self, poster: Poster, webhook: AnyRow, due: Due) -> None:
        try:
            outcome = await attempt(poster, webhook, due.event_id, due.body, self._secrets)
            self._metrics.attempts.labels(webhook.queue, outcome.kind).inc()
            self._pacing.learn(webhook.subscription_id, outcome)
            if outcome.reason is None:
                self._delivered.append(due)
            else:
                async with self._engine.begin() as connection:
                    await note_failed(connection, webhook, due, outcome)
        except Exception as error:  # noqa: BLE001 - it is due again when its lease ends
            log.warning("webhook was not noted", queue=webhook.queue, error=type(error).__name__)
        finally:
            self._pacing.end(webhook.subscription_id)
            self._woken.set()

    async def _note_delivered(self) -> None:
        """Note together what was delivered meanwhile; what cannot be noted now is noted in the next session."""
        if noted := list(self._delivered):
            async with self._engine.begin() as connection:
                await note_delivered(connection, noted)
            del self._delivered[: len(noted)]

    async def _sweep(self) -> None:
        """Give up what waits for closed subscriptions, let go of bodies, and measure."""
        if asyncio.get_running_loop().time() < self._sweep_at:
            return
        self._sweep_at = asyncio.get_running_loop().time() + SWEEP_S
        closed = select(subscriptions.c.id).where(subscriptions.c.closed_at.is_not(None))
        given_up = {"state": "dead", "reason": "the subscription was closed", "next_at": None, "settled_at": func.now()}
        waits = select(1).where(deliveries.c.event_id == webhook_bodies.c.event_id, deliveries.c.next_at.is_not(None))
        async with self._engine.begin() as connection:
            of_closed = (deliveries.c.subscription_id.in_(closed), deliveries.c.next_at.is_not(None))
            await connection.execute(update(deliveries).where(*of_closed).values(given_up))
            old = webhook_bodies.c.kept_at < func.now() - KEPT
            await connection.execute(webhook_bodies.delete().where(old, ~waits.exists()))
            known = select(subscriptions.c.queue, subscriptions.c.closed_at, webhooks.c.disabled_at).join(webhooks)
            rows = (await connection.execute(known)).all()
        for row in rows:
            self._metrics.disabled.labels(row.queue).set(row.disabled_at is not None and row.closed_at is None)


_IS_DUE = deliveries.c.next_at <= func.now()
_TAKE = text("""
    with free as (
        select due.*
        from unnest(cast(:subscriptions as uuid[]), cast(:rooms as integer[])) as wanted(subscription_id, room)
        cross join lateral (
            select deliveries.subscription_id, deliveries.event_id, webhook_bodies.body
            from deliveries join webhook_bodies using (event_id)
            where deliveries.subscription_id = wanted.subscription_id and deliveries.next_at <= now()
            order by deliveries.next_at, deliveries.place
            limit wanted.room
            for update of deliveries skip locked
        ) as due
    )
    update deliveries
    set next_at = now() + :lease
    from free
    where deliveries.subscription_id = free.subscription_id and deliveries.event_id = free.event_id
    returning
        deliveries.subscription_id, deliveries.event_id, deliveries.attempts, deliveries.next_at as lease, free.body
""")
