"""Which aggregates wait because a queue was full, and until when: the relay lets all others pass them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

FIRST_S = 0.5
MOST_S = 30.0
"""A refused event is published again after half a second, then after twice as long each time, up to this."""

MOST_WAITING = 10_000
"""With more aggregates refused than this nearly all of them are: the relay rests instead of trying the next."""

_FORGOTTEN_S = 300.0


class _Wait(NamedTuple):
    until: float
    next_s: float


@dataclass(slots=True)
class Refusals:
    """Remembers them for one process: another one that leads finds out by itself. ``clock`` counts seconds."""

    clock: Callable[[], float] = time.monotonic
    _waits: dict[str, _Wait] = field(default_factory=dict, init=False)

    def note(self, aggregate: str) -> None:
        """Note that an event of an aggregate was refused just now."""
        former = self._waits.get(aggregate)
        wait_s = former.next_s if former else FIRST_S
        self._waits[aggregate] = _Wait(self.clock() + wait_s, min(2 * wait_s, MOST_S))

    def forget(self, aggregate: str) -> None:
        """Note that an event of an aggregate was published."""
        self._waits.pop(aggregate, None)

    def waiting(self) -> list[str]:
        """Return the aggregates whose time has not come yet."""
        now = self.clock()
        # Whatever has not been refused for long is published by now, or was discarded.
        self._waits = {name: wait for name, wait in self._waits.items() if wait.until + _FORGOTTEN_S > now}
        return [name for name, wait in self._waits.items() if wait.until > now]

    @property
    def too_many(self) -> bool:
        """Whether it is better to rest than to try others."""
        return len(self._waits) >= MOST_WAITING
