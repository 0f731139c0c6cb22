"""The largest body that a service reads."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linli.chassis.problems import ProblemError, problem_response


class BodyLimit:
    """Answers 413 to a body over ``max_bytes``: at once when its length is announced, else when too much has come."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        announced = _announced_length(scope)
        if announced is None:
            await self.app(scope, self._counted(receive), send)
        elif announced > self.max_bytes:
            await self._refusal(scope["path"])(scope, receive, send)
        else:
            # The server reads no more than was announced.
            await self.app(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        total = 0

        async def counted() -> Message:
            nonlocal total
            message = await receive()
            total += len(message.get("body", b""))
            if total > self.max_bytes:
                # FastAPI turns anything but an HTTPException into a 400 while it reads the body.
                raise HTTPException(413, self._limit(), {"Connection": "close"})
            return message

        return counted

    def _refusal(self, path: str) -> ASGIApp:
        # Closed afterwards: the rest of the body is not worth reading.
        problem = ProblemError(
            413, "content-too-large", "Content too large", self._limit(), headers={"Connection": "close"}
        )
        return problem_response(path, problem)

    def _limit(self) -> str:
        return f"At most {self.max_bytes} bytes are read."


def _announced_length(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None
