"""A department's web server, which answers as a test wants it to."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

Play = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """A request that arrived."""

    line: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=monotonic)


@dataclass
class Receiver:
    """What it plays, one request after another, the last for ever; and what it has seen."""

    plays: Sequence[Play]
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/linli"

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.seen]

    async def until(self, count: int, within_s: float = 20) -> list[Seen]:
        async with asyncio.timeout(within_s):
            while len(self.seen) < count:
                await asyncio.sleep(0.01)
        return self.seen

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(_pair(line) for line in head[1:-2])
                body = await reader.readexactly(int(headers["content-length"]))
                play = self.plays[min(len(self.seen), len(self.plays) - 1)]
                self.seen.append(Seen(head[0], headers, body))
                await play(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            return
        finally:
            self.connections -= 1
            writer.transport.abort()


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


@asynccontextmanager
async def receiving(
    *plays: Play, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    receiver = Receiver(plays or (answering(204),))
    tasks: set[asyncio.Task[None]] = set()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(receiver._serve(reader, writer)))

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(status: int, body: bytes = b"", **headers: str) -> Play:
    async def play(writer: asyncio.StreamWriter) -> None:
        named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{named}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    return play


async def hanging(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff it speaks no HTTP\r\n\r\n")


async def closing(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()
