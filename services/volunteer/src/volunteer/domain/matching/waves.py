"""Help with an issue: as few people as are likely enough to bring the helpers that are wanted are asked at a time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TARGET = 0.9
COOL_DOWN = timedelta(hours=24)
"""Nobody is asked twice within this time, whatever for."""


@dataclass(frozen=True, slots=True)
class Askable:
    """Somebody who could be asked: how likely they come, from 0 to 1, and when they were last asked."""

    id: str
    chance: float
    asked_at: datetime | None = None


def next_wave(
    people: Iterable[Askable],
    wanted: int,
    *,
    at: datetime,
    asked: Collection[str] = (),
    target: float = TARGET,
    cool_down: timedelta = COOL_DOWN,
) -> tuple[str, ...]:
    """Return the smallest set that brings ``wanted`` helpers with a chance of at least ``target``, likeliest first.

    Each of them comes or not on their own: with one wanted the chance is 1 - prod(1 - p). To take the likeliest first
    gives the smallest set, as the chance grows with each p. Who was ``asked`` in an earlier wave or within the
    cool-down is left alone. Where all who are left are not likely enough together, all of them are returned.
    """
    rested = [one for one in people if one.id not in asked and _has_rested(one, at, cool_down)]
    ranked = sorted((one for one in rested if one.chance > 0), key=lambda one: (-one.chance, one.id))
    wave: list[Askable] = []
    while wanted > 0 and len(wave) < len(ranked) and chance_of([one.chance for one in wave], wanted) < target:
        wave.append(ranked[len(wave)])
    return tuple(one.id for one in wave)


def chance_of(chances: Sequence[float], wanted: int) -> float:
    """Return how likely at least ``wanted`` of some come, each on their own (the Poisson binomial distribution)."""
    fewer = [1.0, *(0.0 for _ in range(wanted - 1))] if wanted > 0 else []
    for chance in chances:
        fewer = [stay * (1 - chance) + came * chance for stay, came in zip(fewer, [0.0, *fewer[:-1]], strict=True)]
    return 1.0 - sum(fewer)


def _has_rested(one: Askable, at: datetime, cool_down: timedelta) -> bool:
    return one.asked_at is None or one.asked_at + cool_down <= at
