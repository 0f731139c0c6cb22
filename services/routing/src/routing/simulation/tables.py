"""The figures of a simulated year on a terminal."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from routing.simulation.comparing import Comparison, Difference
from routing.simulation.report import Report

MOST_PERSONS = 20


def show(found: Report, effects: Mapping[str, Comparison]) -> None:
    """Print the tables."""
    console = Console()
    console.print(_levels(found))
    console.print(_persons(found))
    console.print(f"{found.cases} cases, {found.late_share:.1%} late, {found.mean_hours:.1f} h on average")
    if effects:
        console.print(_effects(effects))


def _levels(found: Report) -> Table:
    table = Table("level", "cases", "settled", "waiting", "late", "hours", "load", title="Load by level")
    for each in found.levels:
        counts = map(str, (each.cases, each.settled, each.waiting, each.late))
        table.add_row(each.level, *counts, f"{each.hours:.0f}", f"{each.load:.0%}")
    return table


def _persons(found: Report) -> Table:
    table = Table("person", "unit", "cases", "late", "load", title="Those with most to do")
    for each in found.persons[:MOST_PERSONS]:
        table.add_row(each.person, each.unit, str(each.cases), str(each.late), f"{each.load:.0%}")
    return table


def _effects(effects: Mapping[str, Comparison]) -> Table:
    table = Table("change", "late, in points (95 %)", "hours (95 %)", title="What a change would do")
    for name, effect in effects.items():
        table.add_row(name, _range(effect.late_share, 100), _range(effect.mean_hours, 1))
    return table


def _range(found: Difference, times: float) -> str:
    return f"{found.mean * times:+.2f} ({found.low * times:+.2f} to {found.high * times:+.2f})"
