"""`linli import`: reports out of a spreadsheet."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from linli.cli.mapping import FIELDS, MappingError, columns_of, zone_of
from linli.cli.spreadsheet import Spreadsheet, SpreadsheetError
from linli.cli.tally import Tally
from linli.cli.upload import UploadError, upload

EXIT_SOME_REJECTED = 1
EXIT_UNUSABLE = 2

Texts = list[str] | None


def import_file(  # noqa: PLR0913, PLR0917 - one parameter for each option
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GB18030) or XLSX; the first row names the columns.")],
    url: Annotated[str, typer.Option(envvar="LINLI_URL", help="Of the suite, such as http://127.0.0.1:8000.")],
    token: Annotated[str, typer.Option(envvar="LINLI_TOKEN", help="A bearer token; see `linli token`.")],
    mapped: Annotated[
        Texts,
        typer.Option(
            "--map",
            metavar="COLUMN=FIELD",
            help=f"What a column is: {', '.join(FIELDS)}. Several of one field are joined. Without --map, columns "
            "called like a field are that field.",
        ),
    ] = None,
    area: Annotated[str | None, typer.Option(help="Area of the rows that name none.")] = None,
    category: Annotated[str | None, typer.Option(help="Category of the rows that name none.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the rows that name none.")] = None,
    source_id: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column with each row's id; without it equal rows are one.")
    ] = None,
    source: Annotated[
        str, typer.Option(help="Where the file is from: keeps rows apart whose ids are the same in two sources.")
    ] = "",
    zone: Annotated[str, typer.Option(help="Of times that name none.")] = "Asia/Shanghai",
    dry_run: Annotated[  # noqa: FBT002 - an option that is there or not
        bool, typer.Option("--dry-run", help="Say what would become of each row; report nothing.")
    ] = False,
    rejected: Annotated[Path | None, typer.Option(help="Write the rejected rows to this CSV file.")] = None,
) -> None:
    """Report an issue for each row of a file.

    Running it again reports nothing twice. Rejected rows are named on standard error with their number and the
    reason; the others are kept. With --dry-run nothing is kept, and rows that were reported before are named too. Ends
    with 0 when all were accepted, 1 when some were rejected, 2 when the file, the
    mapping or the server cannot be used.
    """
    if rejected is not None and rejected.resolve() == file.resolve():
        raise typer.BadParameter("would overwrite FILE", param_hint="--rejected")
    tally = Tally(Console(stderr=True, highlight=False, soft_wrap=True))
    given = {"area": area, "category": category, "language": language}
    try:
        sheet = Spreadsheet(file)
        defaults = {name: value for name, value in given.items() if value}
        columns = columns_of(
            sheet.header, mapped or [], id_column=source_id, defaults=defaults, zone=zone_of(zone), source=source
        )
        with tally.over(sheet, rejected):
            asyncio.run(upload(url, token, columns, sheet.rows(), show=tally.count, dry_run=dry_run))
    except (SpreadsheetError, MappingError, UploadError, OSError) as error:
        tally.console.print(f"linli import: {error}", markup=False)
        if tally.accepted:
            tally.console.print(f"{tally.accepted} rows were accepted before; run it again to go on", markup=False)
        raise typer.Exit(EXIT_UNUSABLE) from None
    print(_summary(tally, dry_run=dry_run))  # noqa: T201 - the answer
    if tally.refused:
        raise typer.Exit(EXIT_SOME_REJECTED)


def _summary(tally: Tally, *, dry_run: bool) -> str:
    if not dry_run:
        return f"{tally.accepted} accepted, {tally.refused} rejected"
    return f"{tally.accepted} would be accepted, {tally.known} are there already, {tally.refused} would be rejected"
