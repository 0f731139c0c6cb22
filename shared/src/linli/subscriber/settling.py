"""What becomes of one message: handled once, tried again after pauses, dropped or dead. With a bus or without one."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from linli.contracts import Event, EventData, EventError, decode_event
from linli.messaging.backoff import Backoff
from linli.messaging.spans import processing
from linli.subscriber.seen import Seen

Handle = Callable[[Any], Awaitable[None]]
Failed = Callable[[Event[EventData], Exception, float | None], None]
"""Told of each failed try: the event, the error, and the pause in seconds until the next try, None after the last."""


class Outcome(Enum):
    """What became of a message that is not dead."""

    HANDLED = auto()
    REPEATED = auto()
    UNWANTED = auto()
    LEFT = auto()
    """It stays on the queue: the subscriber is being stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """A department's functions by type of event, and how they are called; ``pauses_s`` in seconds, one each retry."""

    queue: str
    handles: Mapping[str, Handle]
    seen: Seen
    pauses_s: Sequence[float]
    stopping: asyncio.Event
    failed: Failed

    async def settle(self, body: bytes) -> Outcome:
        """Handle one message.

        Raises:
            EventError: it can never be handled, or its function failed to the last try.
        """
        handle = self.handles.get(_type_of(body))
        if handle is None:
            return Outcome.UNWANTED
        event = decode_event(body)
        for pause_s in (*self.pauses_s, None):
            try:
                return await self._once(handle, event)
            except Exception as error:
                if self.stopping.is_set():
                    return Outcome.LEFT
                self.failed(event, error, pause_s)
                if pause_s is None:
                    raise EventError(f"its function failed {len(self.pauses_s) + 1} times") from error
                await Backoff(first_s=pause_s, most_s=pause_s).wait(self.stopping)
                if self.stopping.is_set():
                    return Outcome.LEFT
        raise AssertionError  # pragma: no cover - the last pause is None

    async def _once(self, handle: Handle, event: Event[EventData]) -> Outcome:
        # What remembers may fail as the function may: its database is away, say. That is a failed try too.
        if await self.seen.has(event.id):
            return Outcome.REPEATED
        with processing(event, self.queue):
            await handle(event)
        await self.seen.add(event.id)
        return Outcome.HANDLED


def _type_of(body: bytes) -> str:
    try:
        named = json.loads(body)
    except (ValueError, RecursionError):
        raise EventError("not JSON") from None
    name = named.get("type") if isinstance(named, dict) else None
    if not isinstance(name, str):
        raise EventError("not a CloudEvent")
    return name
