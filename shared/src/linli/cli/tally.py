"""What became of the rows of an import: shown while it runs, kept for whoever mends them."""

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from linli.cli.spreadsheet import Spreadsheet
from linli.cli.upload import Outcome


class Tally:
    """Counts outcomes; each rejected row is named on ``console`` as it is known."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.accepted = 0
        self.known = 0
        self.refused = 0
        self._columns = (TextColumn("importing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())

    @contextmanager
    def over(self, sheet: Spreadsheet, rejected: Path | None) -> Iterator[None]:
        """Show the progress over the rows of ``sheet``; the rejected ones also go to the CSV file ``rejected``."""
        total = sum(1 for _ in sheet.rows())
        with ExitStack() as stack:
            self._progress = stack.enter_context(
                Progress(*self._columns, console=self.console, disable=not self.console.is_terminal)
            )
            self._task = self._progress.add_task("rows", total=total)
            self._file = None
            if rejected is not None:
                # With a mark at its beginning, so that a spreadsheet program takes it for UTF-8.
                opened = stack.enter_context(rejected.open("w", encoding="utf-8-sig", newline=""))
                self._file = csv.writer(opened)
                self._file.writerow([*sheet.header, "row", "reason"])
            yield

    def count(self, outcome: Outcome) -> None:
        """Take note of one row."""
        self._progress.advance(self._task)
        if outcome.known is not None:
            self.known += 1
            self.console.print(f"row {outcome.row.number}: there already: {outcome.known}", markup=False)
            return
        if outcome.reason is None:
            self.accepted += 1
            return
        self.refused += 1
        self.console.print(f"row {outcome.row.number}: {outcome.reason}", markup=False)
        if self._file is not None:
            self._file.writerow([*outcome.row.cells, outcome.row.number, outcome.reason])
