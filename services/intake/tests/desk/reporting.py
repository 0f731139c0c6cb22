"""Issues that staff look for."""

from collections.abc import Callable
from typing import Any

from httpx import AsyncClient

Token = Callable[..., dict[str, str]]
Tell = Callable[..., Any]


async def reported(client: AsyncClient, description: str, **more: Any) -> str:
    """Report an issue and return its id."""
    body = {"description": description, "category": "general.other", "area": "sanchajie/jinpu/lianbang/b3", **more}
    answer = await client.post("/v1/issues", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


async def found(client: AsyncClient, headers: dict[str, str], **params: Any) -> list[str]:
    """Return the ids of what is found, newest first."""
    answer = await client.get("/v1/issues", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]
