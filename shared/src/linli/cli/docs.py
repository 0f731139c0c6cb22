"""`linli docs`: the event catalogue as a page, for machines, and with its past."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from linli.contracts import CATALOGUE, EventType, json_schema
from linli.contracts.asyncapi import asyncapi_document
from linli.contracts.history import history_of
from linli.contracts.sentences import says

EVENTS_HEAD = """# Events

Written by `linli docs` from the catalogue; change `linli.contracts` instead.

The routing key of an event is `<subject>.<event>.<major>.<minor>.<area path as words>`. For machines there is
[asyncapi.json](asyncapi.json); what was added when is in [events-changelog.md](events-changelog.md); notify serves the
same at `/notify/docs/events`, in Chinese too, with types and examples.
"""

CHANGES_HEAD = """# What was added to the events

Written by `linli docs` from the released schemas. Within a version fields are only added, and only optional ones.
"""


def write_docs(folder: Annotated[Path, typer.Argument(help="Where the documents go.")] = Path("docs")) -> None:
    """Write events.md (producers and fields), asyncapi.json (for machines) and events-changelog.md (what was added)."""
    folder.mkdir(parents=True, exist_ok=True)
    documents = {
        "events.md": EVENTS_HEAD + "".join(_section(kind) for kind in CATALOGUE.values()),
        "asyncapi.json": json.dumps(asyncapi_document(), ensure_ascii=False, indent=1) + "\n",
        "events-changelog.md": CHANGES_HEAD + "".join(_changes(kind) for kind in CATALOGUE.values()),
    }
    for name, text in documents.items():
        (folder / name).write_text(text, encoding="utf-8")
        print(folder / name)  # noqa: T201 - tells what was done


def _section(kind: EventType) -> str:
    schema = json_schema(kind)
    needed = schema.get("required", [])
    fields = [f"`{field}`{'' if field in needed else ' (optional)'}" for field in schema["properties"]]
    return (
        f"\n## {kind.name}\n\n{says(kind.model)}\n\n{says(kind.model, 'zh-Hans')}\n\n"
        f"Published by {kind.producer} under `{kind.key_words}.…`, ordered by `{kind.aggregate}`.\n"
        f"Fields: {', '.join(fields)}.\n"
    )


def _changes(kind: EventType) -> str:
    return f"\n## {kind.name}\n\n" + "".join(f"{line}\n" for line in _releases(kind))


def _releases(kind: EventType) -> Iterator[str]:
    first, *later = history_of(kind)
    yield f"1. Released with {_named(first)}."
    for number, added in enumerate(later, start=2):
        yield f"{number}. Added {_named(added)}." if added else f"{number}. No field added: the words changed."


def _named(fields: tuple[str, ...]) -> str:
    return ", ".join(f"`{field}`" for field in fields)
