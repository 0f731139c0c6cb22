"""Reports over HTTP at a steady rate, and what was answered."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from time import monotonic
from uuid import uuid4

from httpx import AsyncClient, TransportError

# Every service has to do with it: a case, a department, volunteers who are looked for, messages.
LITTER = {"description": "楼下垃圾没人清", "area": "sanchajie/jinpu/lianbang/b3", "category": "environment.litter"}
PAUSE_S = 0.2
GIVES_UP_S = 60.0


class Load:
    """Reports as a front end does: again with the same key, until it is accepted.

    Attributes:
        accepted: the id of each issue that was answered with 201, by the key of its report.
        answers: how often each status was answered; ``"none"`` when the connection broke instead.
        slowest_s: the longest that one answer took, in seconds.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.accepted: dict[str, str] = {}
        self.answers: Counter[int | str] = Counter()
        self.slowest_s = 0.0

    def forget_answers(self) -> None:
        self.answers.clear()
        self.slowest_s = 0.0

    async def report(self, number: int, *, per_s: float = 50, body: Mapping[str, str] = LITTER) -> list[str]:
        """Report so many times and return the ids of the issues, once all are accepted."""
        async with AsyncClient(base_url=self._url, timeout=30, trust_env=False) as client, asyncio.TaskGroup() as tasks:
            under_way = []
            for _ in range(number):
                under_way.append(tasks.create_task(self._accepted(client, body)))
                await asyncio.sleep(1 / per_s)
        return [task.result() for task in under_way]

    @asynccontextmanager
    async def goes_on(self, *, per_s: float = 20) -> AsyncIterator[None]:
        """Report until the block ends, and until then and afterwards wait for each to be accepted."""
        ended = asyncio.Event()
        reporting = asyncio.create_task(self._until(ended, per_s))
        try:
            yield
        finally:
            ended.set()
            await reporting

    async def _until(self, ended: asyncio.Event, per_s: float) -> None:
        async with AsyncClient(base_url=self._url, timeout=30, trust_env=False) as client, asyncio.TaskGroup() as tasks:
            while not ended.is_set():
                tasks.create_task(self._accepted(client, LITTER))
                await asyncio.sleep(1 / per_s)

    async def _accepted(self, client: AsyncClient, body: Mapping[str, str]) -> str:
        key = uuid4().hex
        async with asyncio.timeout(GIVES_UP_S):
            while not (issue := await self._answer(client, key, body)):
                await asyncio.sleep(PAUSE_S)
        self.accepted[key] = issue
        return issue

    async def _answer(self, client: AsyncClient, key: str, body: Mapping[str, str]) -> str | None:
        began = monotonic()
        try:
            answer = await client.post("/v1/issues", json=body, headers={"Idempotency-Key": key})
        except TransportError:
            self.answers["none"] += 1
            return None
        self.answers[answer.status_code] += 1
        self.slowest_s = max(self.slowest_s, monotonic() - began)
        return str(answer.json()["id"]) if answer.status_code == 201 else None
