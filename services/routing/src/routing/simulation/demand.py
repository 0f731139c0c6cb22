"""Demand that nobody had: reports that arrive at random, the same ones for a seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from linli.district import District

SECONDS_A_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Demand:
    """How much is reported and how long it takes.

    Reports arrive one by one at random, ``per_day`` on average, from each lowest unit as often as from any other. Those
    of a category are a Poisson process of their own, as frequent as its part of the ``weights`` (without any, as those
    of any other). The handling of one takes ``effort`` of its limit on average; the higher ``regularity``, the less
    this differs from case to case: 1 is as irregular as arrivals are.
    """

    begins: datetime
    days: int
    per_day: float
    effort: float = 0.05
    regularity: float = 4
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def ends(self) -> datetime:
        """The moment at which counting stops."""
        return self.begins + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report; its handling takes ``share`` of the limit, whoever does it."""

    at: datetime
    category: str
    area: str
    share: float


def arrivals(district: District, demand: Demand, seed: int) -> Iterator[Arrival]:
    """Return the reports of a seed in their order; a change of authority or persons leaves them as they are."""
    chance = Random(seed)  # noqa: S311 - the same demand for the same seed is what is wanted
    categories, areas = list(district.categories), _lowest(district)
    weights = [demand.weights.get(code, 0) for code in categories] if demand.weights else None
    at = demand.begins
    while True:
        at += timedelta(seconds=chance.expovariate(demand.per_day / SECONDS_A_DAY))
        if at >= demand.ends:
            return
        share = demand.effort * chance.gammavariate(demand.regularity, 1 / demand.regularity)
        yield Arrival(at, chance.choices(categories, weights)[0], chance.choice(areas), share)


def _lowest(district: District) -> list[str]:
    above = {unit.parent for unit in district.units.values()}
    return [path for path, unit in district.units.items() if path not in above and not unit.closed]
