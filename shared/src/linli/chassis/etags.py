"""ETags of what has a version: the version in quotes, and what callers send back in ``If-Match``."""

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response

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
