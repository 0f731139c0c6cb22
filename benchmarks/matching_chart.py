"""A picture of how good the matcher's plans are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One generated case: places wanted, filled by the matcher and by greedy, the points of both, and the gap."""

    wanted: int
    places: int
    greedy_places: int
    points: int
    greedy_points: int
    gap: float


def draw(found: Mapping[str, Sequence[Quality]], online: Sequence[tuple[float, float]], file: Path) -> None:
    """Write the picture: filled places and points of each regime, and what online answers reach."""
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    places, points, answers = figure.subplots(1, 3)
    share = {
        name: [(one.places / one.wanted, one.greedy_places / one.wanted) for one in some]
        for name, some in found.items()
    }
    worth = {
        name: [(one.points / one.wanted, one.greedy_points / one.wanted) for one in some]
        for name, some in found.items()
    }
    _bars(places, share, "Places filled, as a part of those wanted")
    _bars(points, worth, "Points for each place wanted")
    answers.boxplot([[best for best, _ in online], [quick for _, quick in online]], tick_labels=["prices", "greedy"])
    answers.axhline(1, color="grey", linestyle="--")
    answers.set_title("Answered one by one,\nas a part of the optimum in hindsight")
    figure.savefig(file, dpi=110, metadata={"Software": None})


def _bars(axes: Any, found: Mapping[str, Sequence[tuple[float, float]]], title: str) -> None:  # noqa: ANN401 - untyped
    for number, (name, colour) in enumerate((("matcher", "#2b6cb0"), ("greedy", "#a0aec0"))):
        figures = [[both[number] for both in some] for some in found.values()]
        at = [place + (number - 0.5) * 0.38 for place in range(len(figures))]
        middles = [mean(some) for some in figures]
        below = [middle - min(some) for middle, some in zip(middles, figures, strict=True)]
        above = [max(some) - middle for middle, some in zip(middles, figures, strict=True)]
        axes.bar(at, middles, 0.36, yerr=[below, above], capsize=3, label=name, color=colour)
    axes.set_xticks(range(len(found)), list(found))
    axes.set_title(title)
    axes.legend(loc="lower left")
