"""How the OpenAPI document describes answers in two formats."""

from typing import Any

from intake.api.open311.form import FORM

_EITHER: dict[str, Any] = {"text/xml": {"schema": {"type": "string"}}, "application/json": {"schema": {}}}

ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "Errors, each with `code` and `description`", "content": _EITHER}
}


def answers(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    """Return the description of a route's good answer."""
    return {status: {"description": description, "content": _EITHER}}


POSTED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {FORM: {"schema": {"type": "object", "additionalProperties": True}}}}
}
"""The description of what is posted, which a route reads by itself."""
