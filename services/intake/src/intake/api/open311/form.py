"""The forms that Open311's callers post, and the key that lets them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError

from intake.api.open311.parameters import Faults
from intake.api.open311.provider import Provider
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime
from linli.chassis.text import PlainText

MOST_FIELDS = 200
FORM = "application/x-www-form-urlencoded"

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](?:\[\])?")
_TEXT: TypeAdapter[str] = TypeAdapter(PlainText)


@dataclass(frozen=True, slots=True)
class Form:
    """What ``client`` posted: its fields, without the key and without empty ones, and its answers by question."""

    client: str
    fields: Mapping[str, str]
    attributes: Mapping[str, Sequence[str]]

    def __repr__(self) -> str:
        return f"Form(client={self.client!r}, fields={sorted(self.fields)!r})"


async def _form(request: Request, runtime: CurrentRuntime) -> Form:
    pairs = _pairs(request.headers.get("content-type", ""), await request.body())
    faults = Faults()
    fields: dict[str, str] = {}
    attributes: dict[str, list[str]] = {}
    for name, text in pairs:
        value = _plain(name, text, faults)
        if not value:
            continue
        if found := _ATTRIBUTE.fullmatch(name):
            attributes.setdefault(found[1], []).append(value)
        elif name in fields:
            faults.add(_shown(name), "is given twice")
        else:
            fields[name] = value
    key = fields.pop("api_key", None)
    provider = runtime.extra(Provider)
    client = provider.owner(key) if key else None
    if client is None:
        what = "The api_key is not valid." if key else "An api_key is needed."
        raise ProblemError(403, "forbidden", "Not allowed", what)
    provider.refuse_other(fields.pop("jurisdiction_id", None))
    faults.refuse()
    return Form(client, fields, attributes)


Posted = Annotated[Form, Depends(_form)]
"""The form of a caller whose key is valid, as a parameter of a route."""


def _pairs(content_type: str, body: bytes) -> list[tuple[str, str]]:
    if content_type.partition(";")[0].strip().lower() != FORM:
        raise ProblemError(400, "unsupported-media-type", "Unsupported media type", f"Send a form: {FORM}.")
    try:
        text = body.decode()
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise ProblemError(400, "invalid-request", "The request is not valid", "The form is not UTF-8.") from None
    except ValueError:
        limit = f"A form has at most {MOST_FIELDS} fields."
        raise ProblemError(400, "invalid-request", "The request is not valid", limit) from None


def _plain(name: str, text: str, faults: Faults) -> str:
    try:
        return _TEXT.validate_python(text)
    except ValidationError:
        faults.add(_shown(name), "must hold no NUL")
        return ""


def _shown(name: str) -> str:
    return name[:64]
