"""The demonstration on a terminal, or in a file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from standalone.demo.result import Result, percentile

MILESTONES = 4


class Screen:
    """Shows how far the year is, and what it came to."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._columns = (TextColumn("issues closed"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())

    @contextmanager
    def year(self, total: int) -> Iterator[None]:
        """Show a bar while the issues live; where there is no terminal, a line now and then."""
        self._total, self._done = total, 0
        self._progress = Progress(*self._columns, console=self._console, disable=not self._console.is_terminal)
        with self._progress:
            self._task = self._progress.add_task("year", total=total)
            yield

    def closed(self) -> None:
        """Show that one more issue has come to its end."""
        self._done += 1
        self._progress.advance(self._task)
        step = max(1, self._total // MILESTONES)
        if not self._console.is_terminal and (self._done % step == 0 or self._done == self._total):
            self.say(f"{self._done} of {self._total} issues have come to their end")

    def say(self, text: str) -> None:
        """Show a line."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def scene(self, title: str, lines: Sequence[str]) -> None:
        """Show what happened in a scene."""
        self.say(f"\n{title}")
        for line in lines:
            self.say(f"  {line}")

    def result(self, result: Result, names: Mapping[str, str], waiting: Mapping[str, int]) -> None:
        """Show who settled what, the rates and times, and in the end the year in one line."""
        if result.closed:
            self._console.print(_settled(result, names))
            for name, rate in result.rates().items():
                self.say(f"{name}: {rate.percent} % ({rate.numerator} of {rate.denominator} return visits)")
            self._times(result)
        if waiting:
            self.say("events for the departments: " + ", ".join(f"{name} {number}" for name, number in waiting.items()))
        for life in result.lives:
            if life.failure is not None:
                self.say(f"{life.issue.month}/{life.issue.day} {life.issue.category}: {life.failure}")
        self.say(result.last_line)

    def _times(self, result: Result) -> None:
        routed = [life.routed_s for life in result.closed if life.routed_s is not None]
        closed = [life.closed_s for life in result.closed if life.closed_s is not None]
        self.say(
            f"reported to routed: p50 {1000 * percentile(routed, 0.5):.0f} ms, "
            f"p99 {1000 * percentile(routed, 0.99):.0f} ms; "
            f"whole life: p50 {percentile(closed, 0.5):.2f} s, p99 {percentile(closed, 0.99):.2f} s"
        )


def _settled(result: Result, names: Mapping[str, str]) -> Table:
    table = Table(title="Who settled what")
    for heading in ("level", "unit", "handler"):
        table.add_column(heading)
    for heading in ("settled", "mean time"):
        table.add_column(heading, justify="right")
    for row in result.settled():
        unit = names.get(row.unit, row.unit)
        table.add_row(row.level, unit, f"{row.post} {row.name}", str(row.number), f"{row.mean_s:.2f} s")
    return table
