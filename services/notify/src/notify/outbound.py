"""What is due outside of the app is sent, each message by one worker at a time, and what came of it is noted."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import UUID

import httpx
import structlog
from jinja2 import TemplateError
from prometheus_client import CollectorRegistry
from prometheus_client import Counter as CounterMetric
from sqlalchemy.ext.asyncio import AsyncEngine

from linli.chassis.cipher import UnreadableError
from linli.chassis.district import Districts
from linli.messaging.worker import Worker
from notify.channels.port import TIMEOUT_S, Channel, Outside, SendError, Taken
from notify.claiming import Claimed, claim, with_something_due
from notify.composing import Composer
from notify.domain.planning import Reason
from notify.gathering import close_windows
from notify.outcomes import Outcome, note
from notify.posting import Destinations, posting
from notify.wording import Words

LOOK_S = 0.5
"""How often it is looked for what has become due."""

GATHER_S = 1.0
"""How often it is looked for windows that have ended."""

log = structlog.get_logger()


class OutgoingMetrics:
    """What is counted of messages outside of the app."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.attempts = CounterMetric(
            "linli_outgoing_attempts", "Attempts to send a message", ["channel", "outcome"], registry=registry
        )


class Outbound(Worker):
    """Sends on all channels at once; each has its own places, so that none that hangs holds up another."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        channels: Mapping[str, Channel],
        words: Words,
        districts: Districts,
        composer: Composer,
        destinations: Destinations,
        metrics: OutgoingMetrics,
        now: Callable[[], datetime],
        new_id: Callable[[], UUID],
    ) -> None:
        super().__init__("outbound")
        self._engine = engine
        self._channels = channels
        self._words = words
        self._districts = districts
        self._composer = composer
        self._destinations = destinations
        self._now = now
        self._new_id = new_id
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._flying: Counter[str] = Counter()
        self._outcomes: list[Outcome] = []
        self._gather_at = 0.0

    def _wake(self) -> None:
        self._woken.set()

    async def _session(self) -> None:
        attempts: set[asyncio.Task[None]] = set()
        self._flying.clear()
        async with _outside(self._destinations) as outside:
            try:
                while not self._stopping.is_set():
                    self._woken.clear()
                    await self._note()
                    await self._gather()
                    for name in await self._with_something_due():
                        for claimed in await self._claim(name):
                            task = asyncio.create_task(self._attempt(name, claimed, outside))
                            attempts.add(task)
                            task.add_done_callback(attempts.discard)
                    self._works()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await self._woken.wait()
            finally:
                await asyncio.gather(*attempts)
                await self._note()

    async def _gather(self) -> None:
        """Close windows that have ended."""
        if asyncio.get_running_loop().time() < self._gather_at:
            return
        async with self._engine.begin() as connection:
            closed = await close_windows(connection, self._now(), self._new_id)
        if not closed:
            self._gather_at = asyncio.get_running_loop().time() + GATHER_S

    async def _with_something_due(self) -> Collection[str]:
        async with self._engine.connect() as connection:
            return await with_something_due(connection, self._channels, self._now())

    async def _claim(self, name: str) -> Sequence[Claimed]:
        traits = self._channels[name].traits
        room = traits.at_once - self._flying[name]
        if room <= traits.at_once // 2:
            return ()
        async with self._engine.begin() as connection:
            taken = await claim(connection, name, traits, room=room, now=self._now())
            if taken:
                self._words = self._words.of(await self._districts.current(connection))
        self._flying[name] += len(taken)
        return taken

    async def _attempt(self, name: str, claimed: Claimed, outside: Outside) -> None:
        try:
            taken = await self._send(name, claimed, outside)
        except SendError as error:
            outcome = Outcome(name, claimed, error=error)
        except UnreadableError:
            outcome = Outcome(name, claimed, SendError("its address was encrypted with another key", permanent=True))
        except TemplateError:
            outcome = Outcome(name, claimed, SendError(Reason.UNRENDERABLE, permanent=True), Reason.UNRENDERABLE)
        except Exception as error:  # noqa: BLE001 - one letter must not end the work of all
            log.warning("letter failed", channel=name, error=type(error).__name__)
            outcome = Outcome(name, claimed, SendError(f"it failed: {type(error).__name__}"))
        else:
            outcome = Outcome(name, claimed, provider_id=taken.provider_id)
        self._metrics.attempts.labels(name, outcome.kind).inc()
        self._outcomes.append(outcome)
        self._flying[name] -= 1
        self._woken.set()

    async def _send(self, name: str, claimed: Claimed, outside: Outside) -> Taken:
        channel = self._channels[name]
        letter = self._composer.letter(claimed, self._words, channel.traits, self._now())
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await channel.send(letter, outside)
        except TimeoutError:
            raise SendError(f"no answer within {TIMEOUT_S:g} s") from None

    async def _note(self) -> None:
        """Note together what came of attempts; what cannot be noted now is noted in the next session."""
        if outcomes := list(self._outcomes):
            async with self._engine.begin() as connection:
                await note(connection, outcomes, now=self._now(), new_id=self._new_id)
            del self._outcomes[: len(outcomes)]


@asynccontextmanager
async def _outside(destinations: Destinations) -> AsyncIterator[Outside]:
    async with (
        posting(destinations) as poster,
        httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as http,
    ):
        yield Outside(http, poster)
