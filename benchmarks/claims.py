"""How many claims of one wish are answered a second when a hundred people want it at once; one of them gets it."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from statistics import median

import httpx

from benchmarks.load import Connection, connection
from benchmarks.results import Result
from benchmarks.servers import Ground, service

PEOPLE = 100
ROUNDS = 7
AREA = "sanchajie/jinpu/lianbang"


def measure(on: Ground) -> dict[str, Result]:
    """Return ``claims.per_s``."""
    with service(on, "volunteer") as running:
        return {"claims.per_s": Result(round(asyncio.run(_measure(on, running.url))), "claims/s")}


async def _measure(on: Ground, url: str) -> float:
    people = [_caller(on, f"neighbour-{number}", "volunteer") for number in range(PEOPLE)]
    async with httpx.AsyncClient(base_url=url, timeout=60) as client, AsyncExitStack() as stack:
        for headers in people:
            told = {"name": "例邻居", "area": AREA}
            (await client.post("/v1/volunteers/me", headers=headers, json=told)).raise_for_status()
        opened = [await stack.enter_async_context(connection(url)) for _ in people]
        doors = list(zip(opened, people, strict=True))
        # Each time others come first: nobody wins so often that they have to wait for others.
        return median([await _rush(client, on, doors[turn * 10 :] + doors[: turn * 10]) for turn in range(ROUNDS)])


async def _rush(client: httpx.AsyncClient, on: Ground, doors: list[tuple[Connection, dict[str, str]]]) -> float:
    path = f"/v1/wishes/{await _wish(client, _caller(on, 'clerk', 'staff', 'platform'))}/claims"
    began = time.perf_counter()
    answers = await asyncio.gather(*(door.ask(path, b"{}", headers["Authorization"]) for door, headers in doors))
    took = time.perf_counter() - began
    statuses = Counter(status for status, _ in answers)
    if statuses != {201: 1, 409: PEOPLE - 1}:
        raise RuntimeError(f"exactly one should have got the wish: {statuses}")
    return PEOPLE / took


async def _wish(client: httpx.AsyncClient, clerk: dict[str, str]) -> str:
    until = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    sent = {"title": "换一盏灯", "area": AREA, "until": until, "on_behalf": True}
    made = (await client.post("/v1/wishes", headers=clerk, json=sent)).raise_for_status().json()
    for step in ("verify", "publish"):
        (await client.post(f"/v1/wishes/{made['id']}/{step}", headers=clerk)).raise_for_status()
    wish: str = made["id"]
    return wish


def _caller(on: Ground, subject: str, *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {on.issuer.mint(subject, name=subject, roles=roles)}"}
