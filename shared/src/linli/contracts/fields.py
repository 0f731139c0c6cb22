"""The fields of an event, each with its type in a few characters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linli.contracts.catalogue import EventType, json_schema


@dataclass(frozen=True, slots=True)
class EventField:
    """A field of an event's data.

    ``type`` is JSON's word for it, or the string's format, or the words that it may be; ``optional`` says whether an
    event may come without it.
    """

    name: str
    type: str
    optional: bool


def fields_of(kind: EventType) -> tuple[EventField, ...]:
    """Return the fields of an event type in their order."""
    schema = json_schema(kind)
    needed, definitions = schema.get("required", ()), schema.get("$defs", {})
    return tuple(
        EventField(name, _type(shape, definitions), name not in needed) for name, shape in schema["properties"].items()
    )


def _type(shape: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in shape:
        return _type(definitions[shape["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in shape:
        return " | ".join(_type(one, definitions) for one in shape["anyOf"])
    if shape["type"] == "array":
        return f"{_type(shape['items'], definitions)}[]"
    if "properties" in shape:
        return f"{{{', '.join(shape['properties'])}}}"
    words = shape.get("enum") or [shape.get("const") or shape.get("format") or shape["type"]]
    return " | ".join(map(str, words))
