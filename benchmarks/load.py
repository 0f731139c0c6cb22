"""A load generator that costs little: plain HTTP/1.1 on keep-alive connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

CREATED = 201


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    async def post(self, path: str, body: bytes) -> bytes:
        """Return the body of the answer; anything but 201 ends the measurement."""
        status, content = await self.ask(path, body)
        if status != CREATED:
            raise RuntimeError(f"answered {status} {content[:200]!r}")
        return content

    async def ask(self, path: str, body: bytes, authorization: str = "") -> tuple[int, bytes]:
        """Return the status and the body of the answer to a POST."""
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        head += f"Authorization: {authorization}\r\n" if authorization else ""
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        return int(answer.split(b" ", 2)[1]), await self._reader.readexactly(length)


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[Connection]:
    """Open a connection."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Connection(reader, writer, parts.netloc)
    finally:
        writer.close()
