"""Waiting longer after each failure, not in step with others, and never past a bound."""

import asyncio
import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Exponential back-off with full jitter, from ``first_s`` to at most ``most_s`` seconds."""

    first_s: float = 0.1
    most_s: float = 5.0
    _failures: int = field(default=0, init=False)

    def reset(self) -> None:
        """Start from the first wait again: it works."""
        self._failures = 0

    def next_s(self) -> float:
        """Return the next wait, in seconds."""
        ceiling = min(self.most_s, self.first_s * 2**self._failures)
        self._failures = min(self._failures + 1, 30)
        return random.uniform(ceiling / 2, ceiling)  # noqa: S311 - jitter, not a secret

    async def wait(self, stop: asyncio.Event) -> None:
        """Wait; return early when ``stop`` is set."""
        try:
            async with asyncio.timeout(self.next_s()):
                await stop.wait()
        except TimeoutError:
            return
