"""Asking providers that answer JSON over HTTP, and what their answers mean."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from notify.channels.port import Outside, SendError
from notify.domain.webhooks import retry_after

MOST_ANSWER_BYTES = 65_536
_PASSING = frozenset({401, 403, 408, 425, 429})
"""What a provider answers while the operator's account is not in order, or it is busy: not the message's fault."""


async def ask(
    outside: Outside, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """Post JSON to a provider, and return the object that it answers with 2xx.

    Raises:
        SendError: it did not answer, or with another status or with no object.
    """
    content = bytearray()
    try:
        async with outside.http.stream("POST", url, json=body, headers=headers) as answer:
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > MOST_ANSWER_BYTES:
                    break
    except httpx.TimeoutException:
        raise SendError("it did not answer in time") from None
    except httpx.HTTPError as error:
        raise SendError(f"it cannot be reached: {type(error).__name__}") from None
    refuse(answer.status_code, answer.headers.get("retry-after"))
    try:
        said = json.loads(content)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise SendError("its answer is no JSON object")
    return said


def refuse(status: int, asked: str | None, *, gone: Collection[int] = ()) -> None:
    """Do nothing about a status that says that a message was taken; those of ``gone`` say that the address is no more.

    Raises:
        SendError: it was not taken.
    """
    if 200 <= status <= 299:  # noqa: PLR2004 - RFC 9110, 15.3
        return
    client_error = 400 <= status <= 499  # noqa: PLR2004 - RFC 9110, 15.5
    raise SendError(
        f"it answered {status}",
        permanent=client_error and status not in _PASSING,
        bad_address=status in gone,
        asked=retry_after(asked, datetime.now(UTC)),
    )


def require_code(
    said: Mapping[str, Any], name: str, *, busy: Collection[int] = (), bad_address: Collection[int] = ()
) -> None:
    """Do nothing about an answer whose code is 0; a provider that answers 200 may still have refused.

    Raises:
        SendError: it has.
    """
    code = said.get(name)
    if code == 0 and code is not False:
        return
    known = code if isinstance(code, int) else "no code"
    raise SendError(
        f"its answer says {known}",
        bad_address=code in bad_address,
        permanent=isinstance(code, int) and code not in busy,
    )
