"""What Open311 answers, as XML or as JSON by its "Spark" convention: lists without names, at the root too."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import Depends, Path
from starlette.responses import Response

from linli.chassis.problems import ProblemError

Extension = Literal["xml", "json"]

MEDIA_TYPES: Mapping[Extension, str] = {"xml": "text/xml", "json": "application/json"}

CHILDREN = {
    "attributes": "attribute",
    "endpoints": "endpoint",
    "errors": "error",
    "formats": "format",
    "notes": "note",
    "service_request_updates": "request_update",
    "service_requests": "request",
    "services": "service",
    "values": "value",
}
"""What XML calls an item of each list."""

_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""

Data = Mapping[str, Any] | Sequence[Any]


async def _known(
    extension: Annotated[str, Path(description="`xml` or `json`", json_schema_extra={"enum": ["xml", "json"]})],
) -> Extension:
    if extension == "json":
        return "json"
    if extension == "xml":
        return "xml"
    raise ProblemError(404, "not-found", "Not found", "There are two formats: xml and json.")


Format = Annotated[Extension, Depends(_known)]
"""The format that the end of the path names, as a parameter of a route."""


def extension_of(path: str) -> Extension:
    """Return the format of an answer about a path that may name none."""
    return "json" if path.endswith(".json") else "xml"


def answer(root: str, data: Data, extension: Extension, status: int = 200) -> Response:
    """Return the answer; ``root`` is what XML calls it."""
    content = _json(data) if extension == "json" else _xml(root, data)
    return Response(content, status, media_type=f"{MEDIA_TYPES[extension]}; charset=utf-8")


def _json(data: Data) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _xml(root: str, data: Data) -> bytes:
    element = Element(root)
    _fill(element, data)
    written: bytes = tostring(element, encoding="UTF-8", xml_declaration=True)
    return written


def _fill(element: Element, value: object) -> None:
    if isinstance(value, Mapping):
        for name, member in value.items():
            _fill(SubElement(element, name), member)
    elif isinstance(value, list | tuple):
        for item in value:
            _fill(SubElement(element, CHILDREN[element.tag]), item)
    elif value is not None:
        element.text = _UNWRITABLE.sub("\ufffd", _text(value))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
