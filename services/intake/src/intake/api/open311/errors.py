"""Whatever goes wrong under Open311's path, told as Open311 tells it."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.api.open311.formats import answer, extension_of

KEPT = frozenset({403, 404})
"""Statuses that mean something of their own; any other mistake of a caller is a 400."""

PROBLEM = "application/problem+json"


class Open311Errors:
    """Turns each problem that is answered under ``prefix`` into a list of errors, in the format of the path.

    So no failure looks another way, wherever it is noticed: a route, its parameters, a limit, the database.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "http" and _path(scope).startswith(f"{self.prefix}/"):
            await self.app(scope, receive, _Translated(scope, receive, send).send)
        else:
            await self.app(scope, receive, send)


class _Translated:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._begun: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._begun = message
        elif self._begun is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._tell(self._begun, json.loads(self._body))

    async def _tell(self, begun: Message, problem: Mapping[str, Any]) -> None:
        status = _status(begun["status"])
        told = answer("errors", _errors(status, problem), extension_of(self._scope["path"]), status)
        for name in ("retry-after", "connection", "allow"):
            if (value := MutableHeaders(raw=begun["headers"]).get(name)) is not None:
                told.headers[name] = value
        await told(self._scope, self._receive, self._send)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type") == PROBLEM


def _status(status: int) -> int:
    return status if status in KEPT or status >= 500 else 400  # noqa: PLR2004 - what is our fault stays so


def _errors(status: int, problem: Mapping[str, Any]) -> list[dict[str, Any]]:
    faults = problem.get("errors")
    if not faults:
        return [{"code": status, "description": problem.get("detail") or problem["title"]}]
    return [
        {"code": fault.get("code", status), "description": f"{fault['field']}: {fault['message']}"} for fault in faults
    ]
