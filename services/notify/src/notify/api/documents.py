"""The contracts of the events, for people and machines: public, as there is nothing personal in them."""

import json
from asyncio import to_thread
from functools import cache
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import HTMLResponse

from linli.chassis.language import Language
from linli.contracts import CATALOGUE, json_schema
from linli.contracts.asyncapi import asyncapi_document
from linli.contracts.wording import LanguageTag
from notify.api.problems import not_found
from notify.event_page import event_page

router = APIRouter()

SCHEMA_TYPE = "application/schema+json"

IfNoneMatch = Annotated[str | None, Header(max_length=1000, description="The ETag of what the caller has already")]


def _answers(media_type: str) -> dict[int | str, dict[str, Any]]:
    """Describe the answers of a document, for OpenAPI."""
    etag = {"ETag": {"description": "Names this content", "schema": {"type": "string"}}}
    return {200: {"content": {media_type: {}}, "headers": etag}, 304: {"description": "Unchanged", "headers": etag}}


@router.get("/docs/events", response_class=HTMLResponse, responses=_answers("text/html"))
async def show_events(
    accepted: Language,
    language: Annotated[LanguageTag | None, Query(description="Instead of what Accept-Language says")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Show every event: what it says, who publishes it, how it is routed, its fields, an example, its past."""
    chosen = language or accepted
    headers = {
        "Content-Language": chosen,
        "Vary": "Accept-Language",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    # In a thread: made for the first time, it would keep everybody else waiting for a third of a second.
    page = await to_thread(event_page, chosen)
    return _document(page, "text/html; charset=utf-8", if_none_match, headers)


@router.get("/docs/asyncapi.json", responses=_answers("application/json"))
async def show_asyncapi(if_none_match: IfNoneMatch = None) -> Response:
    """Show the AsyncAPI document of the events."""
    return _document(await to_thread(_asyncapi), "application/json", if_none_match)


@router.get("/schemas/{name}.json", response_class=Response, responses=_answers(SCHEMA_TYPE))
async def show_schema(name: str, if_none_match: IfNoneMatch = None) -> Response:
    """Show the JSON Schema of an event's data: what its `dataschema` leads to."""
    kind = CATALOGUE.get(name)
    if kind is None:
        raise not_found("schema")
    return _document(_bytes(json_schema(kind)), SCHEMA_TYPE, if_none_match)


@cache
def _asyncapi() -> bytes:
    return _bytes(asyncapi_document())


def _bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _document(
    content: bytes, media_type: str, if_none_match: str | None, headers: dict[str, str] | None = None
) -> Response:
    """Return a document that a cache may keep for an hour, or 304 to whoever has it."""
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    kept = {"ETag": tag, "Cache-Control": "public, max-age=3600", **(headers or {})}
    # Weak comparison (RFC 9110, 13.1.2): a proxy that compresses makes a tag weak.
    seen = {one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")}
    if not seen.isdisjoint({tag, "*"}):
        return Response(status_code=304, headers=kept)
    return Response(content, headers=kept, media_type=media_type)
