"""The largest body that a service reads."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linli.chassis.problems import ProblemError, problem_response


class BodyLimit:
    """Answers 413 to a body over ``max_bytes``: at once when its length is announced, else when too much has come.

    ``larger`` has the limits of paths of the service that take more; a ``*`` in one stands for a part of the path.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        most = self._most(scope["path"].removeprefix(scope.get("root_path", "")))
        announced = _announced_length(scope)
        if announced is None:
            await self.app(scope, _counted(receive, most), send)
        elif announced > most:
            await _refusal(scope["path"], most)(scope, receive, send)
        else:
            # The server reads no more than was announced.
            await self.app(scope, receive, send)

    def _most(self, path: str) -> int:
        parts = path.split("/")
        for pattern, most in self.larger.items():
            wanted = pattern.split("/")
            if len(wanted) == len(parts) and all(one in {"*", part} for one, part in zip(wanted, parts, strict=True)):
                return most
        return self.max_bytes


def _counted(receive: Receive, most: int) -> Receive:
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            # FastAPI turns anything but an HTTPException into a 400 while it reads the body.
            raise HTTPException(413, _limit(most), {"Connection": "close"})
        return message

    return counted


def _refusal(path: str, most: int) -> ASGIApp:
    # Closed afterwards: the rest of the body is not worth reading.
    problem = ProblemError(413, "content-too-large", "Content too large", _limit(most), headers={"Connection": "close"})
    return problem_response(path, problem)


def _limit(most: int) -> str:
    return f"At most {most} bytes are read."


def _announced_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
