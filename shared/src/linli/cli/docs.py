"""`linli docs`: the event catalogue as a page."""

from pathlib import Path
from typing import Annotated

import typer

from linli.cli.events import says
from linli.contracts import CATALOGUE, json_schema

HEAD = """# Events

Written by `linli docs` from the catalogue; change `linli.contracts` instead.

The routing key of an event is `<subject>.<event>.<major>.<minor>.<area path as words>`.
"""


def write_docs(folder: Annotated[Path, typer.Argument(help="Where the page goes.")] = Path("docs")) -> None:
    """Write events.md: every type of event with its producer and its fields."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "events.md"
    page.write_text(HEAD + "".join(_section(name) for name in CATALOGUE), encoding="utf-8")
    print(page)  # noqa: T201 - tells what was done


def _section(name: str) -> str:
    kind = CATALOGUE[name]
    schema = json_schema(kind)
    needed = schema.get("required", [])
    fields = [f"`{field}`{'' if field in needed else ' (optional)'}" for field in schema["properties"]]
    return (
        f"\n## {name}\n\n{says(kind.model)}\n\n"
        f"Published by {kind.producer} under `{kind.subject}.{kind.event}.…`, ordered by `{kind.aggregate}`.\n"
        f"Fields: {', '.join(fields)}.\n"
    )
