"""What the year came to, computed from what the APIs said."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import mean

from linli.contracts import Level, Satisfaction
from linli.district import level_rank
from routing.domain.indicators import Rate, VisitCounts, response_rate, satisfaction_rate, solution_rate
from standalone.demo.life import Life


@dataclass(frozen=True, slots=True)
class Settled:
    """Who settled how many, and in how many seconds on average."""

    level: Level
    unit: str
    post: str
    name: str
    number: int
    mean_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """The lives of all issues."""

    lives: Sequence[Life]

    @property
    def closed(self) -> list[Life]:
        """Those that reached their end."""
        return [life for life in self.lives if life.failure is None]

    @property
    def complete(self) -> bool:
        """Whether every issue of the year was reported and closed."""
        return len(self.closed) == len(self.lives)

    @property
    def last_line(self) -> str:
        """The year in one line; "community" counts the compounds and buildings within it too."""
        reported = sum(life.reported for life in self.lives)
        levels = [Level(life.case["level"]) for life in self.closed]
        high = sum(level is Level.SUBDISTRICT for level in levels)
        return (
            f"{reported} reported · {len(levels) - high} settled by community · {high} settled by subdistrict · "
            f"{reported - len(levels)} lost"
        )

    def settled(self) -> list[Settled]:
        """Return who settled what, the highest level first."""
        groups: defaultdict[tuple[str, str, str, str], list[float]] = defaultdict(list)
        for life in self.closed:
            case, handler = life.case, life.case["handler"]
            key = (case["level"], case["unit"], handler["post"], handler["name"])
            groups[key].append(life.closed_s or 0.0)
        rows = [Settled(Level(key[0]), *key[1:], len(times), mean(times)) for key, times in groups.items()]
        return sorted(rows, key=lambda row: (-level_rank(row.level), row.unit))

    def rates(self) -> Mapping[str, Rate]:
        """Return the three rates of the return visits (三率)."""
        visits = [visit for life in self.lives for visit in life.case.get("return_visits", ())]
        satisfaction = [visit["satisfaction"] for visit in visits]
        counts = VisitCounts(
            valid=len(visits),
            contacted=sum(visit["contacted"] for visit in visits),
            solved=sum(visit["solved"] for visit in visits),
            satisfied=satisfaction.count(Satisfaction.SATISFIED),
            basically_satisfied=satisfaction.count(Satisfaction.BASICALLY_SATISFIED),
        )
        return {
            "response 响应率": response_rate(counts),
            "solution 解决率": solution_rate(counts),
            "satisfaction 满意率": satisfaction_rate(counts),
        }


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least ``share`` (0 to 1) of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
