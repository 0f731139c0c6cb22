"""Listening to server-sent events, on a socket: in memory an answer comes when it is whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI
from httpx import AsyncClient, Response

from linli.chassis.runner import Server

PATIENCE_S = 15


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[Server]:
    """Serve an application whose lifespan goes on already on a free port of this machine."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    server = Server(config, [app.state.runtime.closing])
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    yield server
    server.should_exit = True
    await running


@asynccontextmanager
async def client_of(server: Server) -> AsyncIterator[AsyncClient]:
    """Give a client of what `serving` serves."""
    port = server.servers[0].sockets[0].getsockname()[1]
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False) as made:
        yield made


class Stream:
    """The events of an answer."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer
        self.lines = answer.aiter_lines()

    async def next(self) -> dict[str, str]:
        """Return the fields of the next event, none at the end; a comment has no name."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE_S):
            async for line in self.lines:
                if not line and fields:
                    return fields
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
        return fields


@asynccontextmanager
async def listening(
    socket: AsyncClient, path: str, headers: dict[str, str] | None = None, after: str | None = None
) -> AsyncIterator[Stream]:
    """Open a stream of events, after the one with the id ``after``."""
    last = {} if after is None else {"Last-Event-ID": after}
    async with socket.stream("GET", path, headers={**(headers or {}), **last}) as answer:
        assert answer.status_code == 200, await answer.aread()  # noqa: S101, PLR2004 - for tests
        yield Stream(answer)
