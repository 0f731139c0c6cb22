"""What OpenAPI documents say of problems: which ones each operation can answer with, each with an example."""

from collections.abc import Iterator, Mapping
from typing import Any

from linli.chassis.auth import OPTIONAL, REQUIRED
from linli.chassis.problems import TYPE_BASE

PROBLEM_JSON = "application/problem+json"
METHODS = ("get", "put", "post", "delete", "patch")
JsonObject = dict[str, Any]

USUAL: Mapping[str, tuple[str, str, str]] = {
    "400": ("BrokenBody", "invalid-json", "The body is not valid JSON"),
    "401": ("NoToken", "unauthorized", "A valid bearer token is needed"),
    "403": ("NotAllowed", "forbidden", "The caller may not do this"),
    "404": ("NotFound", "not-found", "Not found"),
    "409": ("Conflict", "illegal-action", "The state forbids this"),
    "408": ("TooSlow", "upload-too-slow", "The upload took too long"),
    "413": ("TooLarge", "content-too-large", "Content too large"),
    "415": ("OtherMediaType", "unsupported-media-type", "Unsupported media type"),
    "422": ("Invalid", "invalid-request", "The request is not valid"),
    "429": ("TooMany", "too-many-streams", "Too many streams are open"),
    "500": ("Failed", "internal-error", "Internal error"),
    "503": ("Unavailable", "temporarily-unavailable", "Temporarily unavailable"),
}


def refusal(status: int, why: str) -> dict[int | str, JsonObject]:
    """Return what a route says of a problem of its own."""
    return {
        status: {"description": why, "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    }


def described(document: JsonObject, examples: Mapping[str, JsonObject]) -> JsonObject:
    """Complete a document: schemas have their examples, operations the usual problems that they can answer with.

    What may be asked with a token or without says so.
    """
    schemas = document["components"]["schemas"]
    for name in examples.keys() & schemas.keys():
        schemas[name]["examples"] = [examples[name]]
    document["components"].get("securitySchemes", {}).pop(OPTIONAL, None)
    used: set[str] = set()
    for path, operations in document.get("paths", {}).items():
        for method in METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            operation["security"] = _security(operation)
            _as_streams_were_described(operation)
            if PROBLEM_JSON in operation["responses"].get("default", {}).get("content", {}):
                statuses = set(_statuses(path, method, operation))
                used |= statuses
                for status in sorted(statuses):
                    reference = {"$ref": f"#/components/responses/{USUAL[status][0]}"}
                    operation["responses"].setdefault(status, reference)
    if used:
        answers = document["components"].setdefault("responses", {})
        answers |= {USUAL[status][0]: _answer(status) for status in sorted(used)}
    return document


def _security(operation: JsonObject) -> list[JsonObject]:
    said = [one for one in operation.get("security", ()) if OPTIONAL not in one]
    return said if said or not operation.get("security") else [{REQUIRED: []}, {}]


def _as_streams_were_described(operation: JsonObject) -> None:
    # itemSchema is of OpenAPI 3.2; the documents are of 3.1, which has no word for what a stream is made of.
    for content in (answer.get("content", {}) for answer in operation["responses"].values()):
        stream = content.get("text/event-stream", {})
        if "itemSchema" in stream:
            stream["x-item-schema"] = stream.pop("itemSchema")
            stream["schema"] = {"type": "string"}


def _statuses(path: str, method: str, operation: JsonObject) -> Iterator[str]:
    yield from ("500", "503")
    body = operation.get("requestBody")
    if body is not None:
        yield from ("400", "413", "415", "422")
        if "application/json" not in body.get("content", {}):
            yield "408"
    if "text/event-stream" in operation["responses"].get("200", {}).get("content", {}):
        yield "429"
    if operation.get("parameters"):
        yield "422"
    if operation.get("security"):
        yield from ("401",) if {} in operation["security"] else ("401", "403")
    if "{" in path:
        yield "404"
        if method != "get":
            yield "409"


def _answer(status: str) -> JsonObject:
    _, slug, title = USUAL[status]
    example: JsonObject = {"type": TYPE_BASE + slug, "title": title, "status": int(status), "instance": "/v1/..."}
    if status == "422":
        example["errors"] = [{"field": "description", "message": "Field required"}]
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {"description": title, "content": {PROBLEM_JSON: content}}
