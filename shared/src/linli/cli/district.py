"""`linli district`: looking at the files of a district before the services do."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from linli.cli.refusing import refusing
from linli.district import District, GridFormat, load_district, write_grid

app = typer.Typer(no_args_is_help=True, help="Check the files of a district, and write its grid in other formats.")

Folder = Annotated[Path | None, typer.Argument(help="Folder of the district; without it the example.")]


@app.command("check")
def check(folder: Folder = None) -> None:
    """Say all that is wrong in a folder (status 1), or what is in it and which outlines somebody should look at."""
    from linli.district.survey import survey  # noqa: PLC0415 - loads NumPy, which no other command needs

    with refusing():
        district = load_district(folder, today=datetime.now(UTC).date())
    for odd in survey(district.units):
        typer.echo(f"warning: {odd}")
    typer.echo(_contents(district))


@app.command("export")
def export(
    folder: Folder = None,
    *,
    written: Annotated[GridFormat, typer.Option("--format", help="How the grid is written.")] = GridFormat.YAML,
) -> None:
    """Write the grid of a folder to standard output."""
    with refusing():
        district = load_district(folder)
    typer.echo(write_grid(district.units.values(), written), nl=False)


def _contents(district: District) -> str:
    own = sum(len(category.overrides) for category in district.categories.values())
    return (
        f"{len(district.units)} units, {len(district.persons)} persons, {len(district.categories)} categories, "
        f"{own + len(district.overrides)} overrides, {len(district.departments)} departments"
    )
