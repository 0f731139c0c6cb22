"""The suite's public APIs, as residents, handlers and observers call them."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any

import httpx

from linli.chassis.issuer import LocalIssuer

PATIENCE_S = 120.0
"""How long a service may be away, or an event on its way, before the demonstration gives up on it."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.5
TOKEN_LIFETIME = timedelta(hours=4)
AWAY = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}

Json = Any


class DemoError(Exception):
    """Something did not happen as promised; the message says what, where and what was answered instead."""


class Suite:
    """The four services behind ``client``, whose base URL is the suite's door."""

    def __init__(self, client: httpx.AsyncClient, issuer: LocalIssuer, *, patience_s: float = PATIENCE_S) -> None:
        self._client = client
        self._issuer = issuer
        self._patience_s = patience_s
        self._tokens: dict[str, str] = {}
        self._top: list[str] = []
        self.unit_names: dict[str, str] = {}

    async def look_around(self) -> None:
        """Learn the grid's units; confidential cases are shown only to whoever oversees their area.

        Raises:
            DemoError: the suite does not answer.
        """
        areas = await self.get("/intake/v1/areas")
        self._top = [area["path"] for area in areas if area["parent"] is None]
        self.unit_names = {area["path"]: area["name"] for area in areas}

    def handler(self, person_id: str, name: str) -> str:
        """Return a token of a handler."""
        return self._token(person_id, name, "handler", [])

    def department(self, slug: str) -> str:
        """Return a token of a department."""
        return self._token(f"demo-{slug}", slug, "department", [], department=slug)

    def volunteer(self, subject: str, name: str) -> str:
        """Return a token of a volunteer."""
        return self._token(subject, name, "volunteer", [])

    def observer(self) -> str:
        """Return a token that sees everything."""
        return self._token("demo-observer", "Demonstration", "platform", self._top)

    def _token(self, subject: str, name: str, role: str, areas: list[str], *, department: str | None = None) -> str:
        if subject not in self._tokens:
            self._tokens[subject] = self._issuer.mint(
                subject, name=name, roles=[role], areas=areas, department=department, lifetime=TOKEN_LIFETIME
            )
        return self._tokens[subject]

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        **request: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        """Return the answer; a service that is away is asked again.

        Raises:
            DemoError: it stays away.
        """
        headers = {**request.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        last, pauses = "", _Pauses(self._patience_s)
        while True:
            try:
                answer = await self._client.request(method, path, headers=headers, **request)
                if answer.status_code not in AWAY:
                    return answer
                last = f"status {answer.status_code}"
            except httpx.TransportError as error:
                last = type(error).__name__
            if not await pauses.pause():
                raise DemoError(f"{method} {_shown(path)}: {last} for {self._patience_s:g} s")

    async def get(self, path: str, *, token: str | None = None, language: str | None = None) -> Json:
        """Return what a GET answers.

        Raises:
            DemoError: it is refused, or the service stays away.
        """
        answer = await self.call("GET", path, token=token, headers={"Accept-Language": language} if language else {})
        if not answer.is_success:
            raise DemoError(told(answer))
        return answer.json()

    async def until(
        self, path: str, holds: Callable[[Json], bool], what: str, *, token: str | None = None
    ) -> tuple[Json, str]:
        """Ask again and again until an answer holds; return it with its ETag. Not found is not yet.

        Raises:
            DemoError: it did not in time.
        """
        pauses = _Pauses(self._patience_s)
        while True:
            answer = await self.call("GET", path, token=token)
            if answer.is_success and holds(answer.json()):
                return answer.json(), answer.headers.get("ETag", "")
            if not answer.is_success and answer.status_code != HTTPStatus.NOT_FOUND:
                raise DemoError(told(answer))
            if not await pauses.pause():
                raise DemoError(f"waited {self._patience_s:g} s for {what}; {told(answer)}")

    async def until_done(self, path: str, token: str, body: Json, what: str) -> Json:
        """Post again and again until it is not refused because of a state; return the answer.

        Raises:
            DemoError: it is refused for another reason, or stays refused.
        """
        pauses = _Pauses(self._patience_s)
        while True:
            answer = await self.call("POST", path, token=token, json=body)
            if answer.is_success:
                return answer.json()
            if answer.status_code != HTTPStatus.CONFLICT or not await pauses.pause():
                raise DemoError(f"waited for {what}; {told(answer)}")


class _Pauses:
    """Waits that grow from the first to the longest, until patience ends."""

    def __init__(self, patience_s: float) -> None:
        self._until = monotonic() + patience_s
        self._next_s = FIRST_PAUSE_S

    async def pause(self) -> bool:
        if monotonic() > self._until:
            return False
        await asyncio.sleep(self._next_s)
        self._next_s = min(LONGEST_PAUSE_S, self._next_s * 1.5)
        return True


def told(answer: httpx.Response) -> str:
    """Return what an answer says, short enough for one line."""
    request = answer.request
    return f"{request.method} {_shown(request.url.path)} answered {answer.status_code}: {_shown(answer.text)[:300]}"


def _shown(text: str) -> str:
    # A tracking code is its reporter's key to the issue.
    return re.sub(r"/track/[^/\"]+", "/track/…", text)
