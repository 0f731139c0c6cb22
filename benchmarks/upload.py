"""How fast files come in and are kept, against the same bytes sent to a server that throws them away."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.load import connection
from benchmarks.results import Result, compared
from benchmarks.servers import Ground, service

FILES = 24
FILE_BYTES = 10_000_000
AT_ONCE = 4
START_S = 20
REPORT = json.dumps({"description": "三号楼楼顶漏雨"}).encode()


def measure(on: Ground) -> dict[str, Result]:
    """Return ``upload.mb_per_s``: documents, which are looked into and kept as they are, by several senders at once."""
    files = [_document(number) for number in range(FILES)]
    places = {"INTAKE_STORAGE_DIR": str(on.folder / "files"), "INTAKE_UPLOAD_DIR": str(on.folder)}
    with service(on, "intake", role="api", **places) as intake:
        paths = asyncio.run(_paths(intake.url))
        asyncio.run(_send(intake.url, paths, [_document(FILES)] * AT_ONCE))
        rate = asyncio.run(_send(intake.url, paths, files))
    with _sink() as url:
        asyncio.run(_send(url, ["/"], files[:AT_ONCE]))
        limit = asyncio.run(_send(url, ["/"], files))
    return {"upload.mb_per_s": compared(rate, "MB/s", limit)}


async def _paths(url: str) -> list[str]:
    async with connection(url) as line:
        codes = [json.loads(await line.post("/v1/issues", REPORT))["tracking_code"] for _ in range(AT_ONCE)]
    return [f"/v1/track/{code}/attachments" for code in codes]


async def _send(url: str, paths: list[str], files: list[bytes]) -> float:
    """Return how many megabytes a second are taken."""
    waiting = iter(files)

    async def sender(path: str) -> None:
        async with connection(url) as line:
            for file in waiting:
                await line.post(path, file)

    began = time.perf_counter()
    await asyncio.gather(*(sender(paths[number % len(paths)]) for number in range(AT_ONCE)))
    return sum(map(len, files)) / 1e6 / (time.perf_counter() - began)


def _document(number: int) -> bytes:
    # No two are the same: one that an issue has already would not be kept again.
    return b"%PDF-1.4\n" + Random(number).randbytes(FILE_BYTES) + b"\n%%EOF\n"


@contextmanager
def _sink() -> Iterator[str]:
    """Run what throws away all that it is sent, on the same server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    options = ("--port", str(port), "--loop", "uvloop", "--http", "httptools", "--log-level", "warning")
    command = (sys.executable, "-m", "uvicorn", "benchmarks.upload:sink", *options)
    with subprocess.Popen(command, cwd=Path(__file__).parents[1]) as running:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


async def _take(request: Request) -> Response:
    async for _ in request.stream():
        pass
    return Response(status_code=201)


sink = Starlette(routes=[Route("/", _take, methods=["POST"])])
