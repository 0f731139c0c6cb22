"""How many claims of one wish are answered a second when a hundred people want it at once; one of them gets it."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import httpx

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
    limits = httpx.Limits(max_connections=PEOPLE, max_keepalive_connections=PEOPLE)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        people = [_caller(on, f"neighbour-{number}", "volunteer") for number in range(PEOPLE)]
        for headers in people:
            told = {"name": "例邻居", "area": AREA}
            (await client.post("/v1/volunteers/me", headers=headers, json=told)).raise_for_status()
        # Nobody wins often enough to have to wait for others.
        return median(
            [await _rush(client, on, people[number * 10 :] + people[: number * 10]) for number in range(ROUNDS)]
        )


async def _rush(client: httpx.AsyncClient, on: Ground, people: list[dict[str, str]]) -> float:
    wish = await _wish(client, _caller(on, "clerk", "staff", "platform"))
    began = time.perf_counter()
    answers = await asyncio.gather(
        *(client.post(f"/v1/wishes/{wish}/claims", headers=headers, json={}) for headers in people)
    )
    took = time.perf_counter() - began
    statuses = Counter(answer.status_code for answer in answers)
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
