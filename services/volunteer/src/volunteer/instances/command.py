"""`linli volunteer solve`: a matching instance from a file."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from linli.cli.refusing import EXIT_REFUSED, say
from volunteer.instances.format import InstanceError, read_instance

if TYPE_CHECKING:
    from volunteer.instances.solving import Solved

app = typer.Typer(no_args_is_help=True, help="Volunteer: who does what.")


@app.callback()
def volunteer() -> None:
    """Keep `solve` a command of its own where it is the only one."""


@app.command("solve")
def solve_instance(
    file: Annotated[Path, typer.Argument(help="The instance; docs/matching-instances.md says how it is written.")],
    *,
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="How long to look for whole numbers.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Figures and the pairs, for a program.")] = False,
) -> None:
    """Solve a matching instance; say its value, what no choice exceeds, the gap between them, and how long it took."""
    from volunteer.instances.solving import solve  # noqa: PLC0415 - SciPy is a quarter of the start of every command

    try:
        found = solve(read_instance(file), seconds)
    except InstanceError as error:
        for fault in error.faults:
            say(fault)
        raise typer.Exit(EXIT_REFUSED) from None
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    else:
        _show(found)


def _show(found: "Solved") -> None:
    table = Table(show_header=False)
    figures = {"value": f"{found.value}", "bound": f"{found.bound}", "gap": f"{found.gap:.4%}"}
    if found.greedy is not None:
        figures["greedy"] = f"{found.greedy}"
    for name, figure in (figures | {"pairs": f"{len(found.pairs)}", "seconds": f"{found.seconds:.2f}"}).items():
        table.add_row(name, figure)
    Console().print(table)
