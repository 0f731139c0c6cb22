"""`linli routing simulate`: what a year of demand would do to a grid, and what a change of it would do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from linli.cli.refusing import refusing
from linli.contracts import Level
from linli.district import load_district
from routing.calendar import rulebook_of
from routing.domain.rulebook import Rulebook
from routing.simulation.comparing import Change, Comparison, compare, one_more_handler, other_authority, simulate
from routing.simulation.demand import Demand
from routing.simulation.rates import RatesError, read_rates
from routing.simulation.report import Report
from routing.simulation.tables import show

app = typer.Typer(no_args_is_help=True, help="Routing: what its rules would do.")


FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Nearer to the ends of the calendar its work would not fit."""


@app.callback()
def routing() -> None:
    """Keep `simulate` a command of its own where it is the only one."""


@app.command("simulate")
def simulate_year(  # noqa: PLR0913 - an option each
    folder: Annotated[Path | None, typer.Argument(help="Folder of the district; without it the example.")] = None,
    *,
    per_day: Annotated[float, typer.Option(min=0.01, max=100_000, help="Reports a day, on average.")] = 10,
    days: Annotated[int, typer.Option(min=1, max=3660)] = 365,
    begins: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day, in UTC.")] = datetime(2026, 1, 1),  # noqa: DTZ001 - typer parses without a zone
    rates: Annotated[Path | None, typer.Option(help="YAML, CATEGORY: PART of all reports.")] = None,
    effort: Annotated[float, typer.Option(min=0.0001, max=10, help="Work of a case, as a share of its limit.")] = 0.05,
    seed: Annotated[int, typer.Option(help="The first seed.")] = 1,
    seeds: Annotated[int, typer.Option(min=2, max=1000, help="How many seeds a change is tried on.")] = 5,
    further: Annotated[list[str] | None, typer.Option(help="UNIT: try one more handler there.")] = None,
    authority: Annotated[list[str] | None, typer.Option(help="CATEGORY=LEVEL: try another authority.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures for a program.")] = False,
    plot: Annotated[Path | None, typer.Option(help="A picture of the first seed, .svg or .png.")] = None,
) -> None:
    """Replay invented reports with the real decisions and deadlines; say who has how much to do and what is late.

    Without --rates the example's are taken for the example, and in another district each category is as frequent as
    any other.
    """
    with refusing():
        rulebook = rulebook_of(load_district(folder))
    if not FIRST_YEAR <= begins.year < LAST_YEAR:
        raise typer.BadParameter(f"lies between {FIRST_YEAR} and {LAST_YEAR}", param_hint="--begins")
    weights = {} if rates is None and folder is not None else _rates(rates, rulebook)
    demand = Demand(begins.replace(tzinfo=UTC), days, per_day, effort, weights=weights)
    changes = _changes(rulebook, further or [], authority or [])
    found = simulate(rulebook, demand, seed)
    if plot is not None:
        _draw(found, plot)
    effects = _effects(rulebook, demand, found, range(seed, seed + seeds), changes) if changes else {}
    if as_json:
        told = asdict(found) | {"changes": {name: asdict(effect) for name, effect in effects.items()}}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        show(found, effects)


def _rates(file: Path | None, rulebook: Rulebook) -> Mapping[str, float]:
    try:
        return read_rates(file, rulebook.district)
    except RatesError as error:
        raise typer.BadParameter(str(error), param_hint="--rates") from None


def _changes(rulebook: Rulebook, further: Sequence[str], authority: Sequence[str]) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    for path in further:
        changes[f"one more handler in {path}"] = _tried(rulebook, one_more_handler(path), "--further", path)
    for asked in authority:
        category, _, level = asked.partition("=")
        if level not in list(Level):
            raise typer.BadParameter(f"{asked}: is like facility.gate=building", param_hint="--authority")
        change = other_authority(category, Level(level))
        changes[f"{category} settled by {level}"] = _tried(rulebook, change, "--authority", category)
    return changes


def _tried(rulebook: Rulebook, change: Change, option: str, name: str) -> Change:
    try:
        change(rulebook.district)
    except KeyError:
        raise typer.BadParameter(f"{name}: the district has none", param_hint=option) from None
    return change


def _effects(
    rulebook: Rulebook, demand: Demand, first: Report, seeds: Sequence[int], changes: Mapping[str, Change]
) -> dict[str, Comparison]:
    before = [first, *(simulate(rulebook, demand, seed) for seed in seeds[1:])]
    return {name: compare(before, _after(rulebook, demand, seeds, change)) for name, change in changes.items()}


def _after(rulebook: Rulebook, demand: Demand, seeds: Sequence[int], change: Change) -> list[Report]:
    changed = rulebook_of(change(rulebook.district))
    return [simulate(changed, demand, seed) for seed in seeds]


def _draw(found: Report, file: Path) -> None:
    try:
        from routing.simulation.plot import draw  # noqa: PLC0415 - matplotlib is an extra
    except ModuleNotFoundError:
        raise typer.BadParameter("needs routing[simulation]", param_hint="--plot") from None
    try:
        draw(found, file)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--plot") from None
