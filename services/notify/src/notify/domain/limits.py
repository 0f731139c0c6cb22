"""How much may be sent in a time: what is over a limit waits, and nothing is dropped."""

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` at once, refilled evenly over ``per``; a token bucket, kept as the generic cell rate algorithm.

    What is kept of it is one moment: when it would be full again.
    """

    count: int
    per: timedelta

    @property
    def _each(self) -> timedelta:
        return self.per / self.count

    def free_at(self, full: datetime | None, now: datetime) -> datetime:
        """Return from when on one more may be sent, ``now`` at the earliest; ``full``: when it would be full again."""
        return max(now, (full or now) + self._each - self.per)

    def after(self, full: datetime | None, now: datetime) -> datetime:
        """Return when it will be full again after one more."""
        return max(full or now, now) + self._each


def per_minute(count: int) -> Limit:
    """Return a limit of a minute, of which no more than a second's worth comes at once."""
    return Limit(max(1, count // 60), timedelta(seconds=max(1.0, 60 / count)))


PER_RECIPIENT = Limit(30, timedelta(hours=1))
"""How much one person is sent on all channels outside of the app together; what is urgent is not held back by it."""


class Buckets:
    """What is left of some limits; ``full`` is when each would be full again, by name, and is kept by the caller."""

    def __init__(self, full: MutableMapping[str, datetime]) -> None:
        self.full = full
        self._ahead: dict[str, datetime] = {}

    def take(self, limits: Mapping[str, Limit], now: datetime) -> datetime:
        """Take one of each of some limits, by name, if all have one.

        Returns ``now``, or when to try again: then nothing was taken. Those that are sent away one after another come
        back one after another.
        """
        free = max((limit.free_at(self._seen(name), now) for name, limit in limits.items()), default=now)
        if free <= now:
            self.full.update({name: limit.after(self.full.get(name), now) for name, limit in limits.items()})
            return now
        for name, limit in limits.items():
            if limit.free_at(self._seen(name), now) > now:
                self._ahead[name] = limit.after(self._seen(name), free)
        return free

    def _seen(self, name: str) -> datetime | None:
        return self._ahead.get(name, self.full.get(name))


def named(scope: str, limits: Iterable[Limit]) -> Mapping[str, Limit]:
    """Return the limits of one recipient, address or provider by names of their own."""
    return {f"{scope}/{each.count}/{int(each.per.total_seconds())}": each for each in limits}
