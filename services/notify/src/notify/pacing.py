"""How many events a process sends to each receiver at once: none that is slow or dead takes the place of another."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from notify.attempts import Outcome

AT_ONCE = 128
"""How many attempts a process makes at once, besides one to each receiver, which nobody takes from it."""

PER_RECEIVER = 8
"""How many of them to one receiver."""

QUICK_S = 2.0
"""A receiver that took an event within this is sent several at a time, until it fails or takes longer."""

REST_S = 0.1
MOST_REST_S = 5.0
"""How long a receiver is left alone after a failure, twice as long after each further one, whatever is due to it."""


class Pacing:
    """What is known of the receivers by their last answers; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._in_hand: Counter[UUID] = Counter()
        self._quick: set[UUID] = set()
        self._rests_s: dict[UUID, float] = {}
        self._rests_until: dict[UUID, float] = {}

    def in_hand(self, receiver: UUID) -> int:
        """Return how many attempts are under way to a receiver."""
        return self._in_hand[receiver]

    def room(self, receiver: UUID) -> int:
        """Return how many more may begin now."""
        if self._clock() < self._rests_until.get(receiver, 0.0):
            return 0
        held = self._in_hand[receiver]
        its = (PER_RECEIVER if receiver in self._quick else 1) - held
        return max(0, min(its, max(AT_ONCE - self._in_hand.total(), 1 - held)))

    def begin(self, receiver: UUID, attempts: int) -> None:
        """Note that attempts begin."""
        self._in_hand[receiver] += attempts

    def end(self, receiver: UUID) -> None:
        """Note that an attempt has ended."""
        self._in_hand[receiver] -= 1

    def learn(self, receiver: UUID, outcome: Outcome) -> None:
        """Note what came of an attempt."""
        quick = outcome.reason is None and outcome.took_s <= QUICK_S
        (self._quick.add if quick else self._quick.discard)(receiver)
        if outcome.reason is None:
            self._rests_s.pop(receiver, None)
            return
        before = self._rests_s.get(receiver)
        self._rests_s[receiver] = REST_S if before is None else min(2 * before, MOST_REST_S)
        self._rests_until[receiver] = self._clock() + self._rests_s[receiver]
