"""`linli events describe`: one type of event, as somebody who wants to receive it asks."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated

import typer

from linli.contracts import CATALOGUE, EventType, addressed_to
from linli.contracts.examples import example_of
from linli.contracts.fields import fields_of
from linli.contracts.labels import field_label, heading
from linli.contracts.listeners import listeners_of
from linli.contracts.sentences import says
from linli.contracts.wording import LanguageTag

LIKE = 0.4
"""How like a name must be to what was asked for, from 0 to 1, to be offered instead."""


def describe_event(
    name: Annotated[str, typer.Argument(help="Such as case.routed; linli. before it and .v1 behind it may be there.")],
    language: Annotated[LanguageTag, typer.Option(help="The language of the description.")] = "en",
) -> None:
    """Say of a type of event what it means, how it is routed, who publishes and who hears it, its fields, an example.

    Without a version it is the newest one.
    """
    kind = _find(name)
    print(*_lines(kind, language), sep="\n")  # noqa: T201 - what was asked for


def _find(name: str) -> EventType:
    short = name.removeprefix("linli.")
    # Versions come in their order: the last one of a name stays.
    known = {kind.key_words: kind for kind in CATALOGUE.values()}
    kind = CATALOGUE.get(f"linli.{short}") or known.get(short)
    if kind is None:
        near = get_close_matches(re.sub(r"\.v\d+$", "", short), known, cutoff=LIKE)
        instead = f"did you mean {', '.join(near)}?" if near else "see `linli events list`"
        raise typer.BadParameter(f"there is no event {short!r}: {instead}", param_hint="NAME")
    return kind


def _lines(kind: EventType, language: LanguageTag) -> Iterator[str]:
    yield from (kind.name, says(kind.model, language), "")
    yield f"{heading('routing_key', language)}: {kind.key_words}.<major>.<minor>.<area>"
    if kind.addressed:
        yield f"{heading('addressed_key', language)}: {addressed_to('<department>')}.{kind.key_words}"
    yield f"{heading('producer', language)}: {kind.producer}"
    heard_by = (*listeners_of(kind.model), heading("departments", language))
    yield f"{heading('listeners', language)}: {', '.join(heard_by)}"
    yield f"{heading('schema', language)}: {kind.dataschema}"
    yield from ("", *_fields(kind, language), "")
    yield f"{heading('example', language)}: {example_of(kind).model_dump_json(indent=2)}"


def _fields(kind: EventType, language: LanguageTag) -> Iterator[str]:
    fields = fields_of(kind)
    name_width, type_width = max(len(one.name) for one in fields), max(len(one.type) for one in fields)
    for one in fields:
        optional = f" ({heading('optional', language)})" if one.optional else ""
        yield f"  {one.name:<{name_width}}  {one.type:<{type_width}}  {field_label(one.name, language)}{optional}"
