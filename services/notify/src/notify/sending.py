"""Webhooks: what is due is posted, each event by one process at a time, and what came of it is noted."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from time import monotonic

import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client import Counter as CounterMetric
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.messaging.worker import Worker
from notify.attempts import Due, attempt, note
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
                    for webhook in await self._with_something_due():
                        for due in await self._claim(webhook, self._pacing.room(webhook.subscription_id)):
                            task = asyncio.create_task(self._attempt(poster, webhook, due))
                            attempts.add(task)
                            task.add_done_callback(attempts.discard)
                    self._works()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await self._woken.wait()
            finally:
                await asyncio.gather(*attempts)

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

    async def _claim(self, webhook: AnyRow, most: int) -> Sequence[Due]:
        """Take some events that are due, so that no other process sends them while the lease lasts."""
        if not most:
            return ()
        its = deliveries.c.subscription_id == webhook.subscription_id
        first = (
            select(deliveries.c.event_id, webhook_bodies.c.body)
            .join(webhook_bodies, webhook_bodies.c.event_id == deliveries.c.event_id)
            .where(its, _IS_DUE)
            .order_by(deliveries.c.next_at, deliveries.c.place)
        )
        free = first.limit(most).with_for_update(of=deliveries, skip_locked=True).cte("free")
        taken = (
            update(deliveries)
            .where(its, deliveries.c.event_id == free.c.event_id)
            .values(next_at=func.now() + LEASE)
            .returning(deliveries.c.event_id, deliveries.c.attempts, deliveries.c.next_at, free.c.body)
        )
        async with self._engine.begin() as connection:
            rows = (await connection.execute(taken)).all()
        self._pacing.begin(webhook.subscription_id, len(rows))
        return [Due(row.event_id, row.attempts, row.next_at, row.body) for row in rows]

    async def _attempt(self, poster: Poster, webhook: AnyRow, due: Due) -> None:
        try:
            outcome = await attempt(poster, webhook, due.event_id, due.body, self._secrets)
            self._metrics.attempts.labels(webhook.queue, outcome.kind).inc()
            self._pacing.learn(webhook.subscription_id, outcome)
            async with self._engine.begin() as connection:
                await note(connection, webhook, due, outcome)
        except Exception as error:  # noqa: BLE001 - it is due again when its lease ends
            log.warning("webhook was not noted", queue=webhook.queue, error=type(error).__name__)
        finally:
            self._pacing.end(webhook.subscription_id)
            self._woken.set()

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
