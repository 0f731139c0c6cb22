"""ETags: of what has a version the version in quotes, sent back in ``If-Match``; of what is read often its hash."""

import re
from hashlib import sha256
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response
from pydantic import TypeAdapter

# A weak tag never matches (RFC 9110, 13.1.1: strong comparison).
_STRONG = re.compile(r'(?<!W/)"([1-9][0-9]{0,8})"')

ETAG_HEADER: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"ETag": {"description": "The version that was read", "schema": {"type": "string"}}}}
}
"""For the description of a route that answers with one."""


def versions_in(if_match: str) -> frozenset[int] | None:
    """Return the versions that an ``If-Match`` header names, None for ``*``; what is no ETag of ours names none."""
    if if_match.strip() == "*":
        return None
    return frozenset(int(version) for version in _STRONG.findall(if_match))


def set_etag(response: Response, version: int) -> None:
    """Give an answer the ETag of a version."""
    response.headers["ETag"] = f'"{version}"'


async def _versions(
    if_match: Annotated[
        str | None,
        Header(max_length=200, description='The ETag that was read, such as `"7"`: another version is refused'),
    ] = None,
) -> frozenset[int] | None:
    return None if if_match is None else versions_in(if_match)


SeenVersions = Annotated[frozenset[int] | None, Depends(_versions)]
"""The versions that the caller has seen, None where any will do, as a parameter of a route."""


Shown = TypeVar("Shown")

CACHED: dict[int | str, dict[str, Any]] = {
    200: {
        "headers": {
            "ETag": {"description": "Send it back in `If-None-Match`", "schema": {"type": "string"}},
            "Cache-Control": {"description": "How long it may be kept", "schema": {"type": "string"}},
        }
    },
    304: {"description": "It is as it was when the caller read it"},
}
"""For the description of a route that answers with `unless_known`."""

Known = Annotated[str | None, Header(alias="If-None-Match", description="The ETag that was read: nothing new is a 304")]
"""What the caller has read before, as a parameter of a route."""


def unless_known(known: str | None, shape: TypeAdapter[Shown], shown: Shown, cache_control: str) -> Response:
    """Return what is shown as JSON, or 304 where the caller has it; it is in a language, so caches tell these apart."""
    content = shape.dump_json(shown)
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": cache_control, "Vary": "Accept-Language"}
    if known is not None and (known.strip() == "*" or tag in _TAG.findall(known)):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="application/json")


_TAG = re.compile(r'"[^"]*"')
