"""One table and one file of all that was measured."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

FILE = Path(__file__).parent / "results.json"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure; ``against`` is the limit that was measured beside it, ``ratio`` the figure over that limit."""

    value: float
    unit: str
    against: float | None = None
    ratio: float | None = None


def compared(value: float, unit: str, against: float) -> Result:
    """Return a figure with its ratio to the limit."""
    return Result(round(value, 3), unit, round(against, 3), round(value / against, 3))


def store(measured: dict[str, Result], *, whole: bool) -> None:
    """Write what was measured into the file: all of it, or a part among what it holds of the others."""
    known = json.loads(FILE.read_text()) if FILE.exists() and not whole else {}
    for name, result in measured.items():
        known[name] = {key: value for key, value in asdict(result).items() if value is not None}
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")


def show(measured: dict[str, Result]) -> None:
    """Print the table."""
    table = Table("measured", "value", "unit", "limit beside it", "ratio")
    for name, result in measured.items():
        limit = "" if result.against is None else f"{result.against:g}"
        ratio = "" if result.ratio is None else f"{result.ratio:.2f}"
        table.add_row(name, f"{result.value:g}", result.unit, limit, ratio)
    Console().print(table)
