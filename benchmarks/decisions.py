"""How many cases routing decides a second in a city, against looking two things up for each."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.results import Result, compared
from benchmarks.servers import Ground
from linli.contracts import Level
from linli.district import District
from linli.testing.city import city
from routing.domain.decision import Matter, decide

MATTERS = 20_000
MINUTES_A_YEAR = 365 * 24 * 60
ROUNDS = 5


def measure(_on: Ground) -> dict[str, Result]:
    """Return ``routing.decisions_per_s``."""
    district = city()
    matters = _matters(district)
    rates, limits = [], []
    # The first round fills what is derived from a district once.
    for _ in range(1 + ROUNDS):
        limits.append(_look_up(district, matters))
        rates.append(_decide(district, matters))
    rate, limit = (sorted(each[1:])[ROUNDS // 2] for each in (rates, limits))
    return {"routing.decisions_per_s": compared(rate, "decisions/s", limit)}


def _matters(district: District) -> list[Matter]:
    chance = Random(1)
    buildings = [unit.path for unit in district.units.values() if unit.level is Level.BUILDING]
    categories, begin = list(district.categories), datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Matter(
            chance.choice(categories),
            chance.choice(buildings),
            begin + timedelta(minutes=chance.randrange(MINUTES_A_YEAR)),
            {"persons-trapped": chance.choice(("yes", "no"))},
        )
        for _ in range(MATTERS)
    ]


def _decide(district: District, matters: list[Matter]) -> float:
    began = time.perf_counter()
    for matter in matters:
        decide(district, matter)
    return len(matters) / (time.perf_counter() - began)


def _look_up(district: District, matters: list[Matter]) -> float:
    units, categories = district.units, district.categories
    began = time.perf_counter()
    for matter in matters:
        units[matter.area], categories[matter.category]
    return len(matters) / (time.perf_counter() - began)
