"""How long the whole suite takes to start in one process, from nothing and with its data."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.results import Result
from benchmarks.servers import SERVICES, Ground
from linli.testing.local_rabbitmq import free_ports
from linli.testing.service import START_SECONDS


def measure(on: Ground) -> dict[str, Result]:
    """Return ``standalone.start_s`` (the data is there), ``standalone.first_start_s`` and the memory."""
    first, _ = _start(on.folder / "standalone")
    again, memory = _start(on.folder / "standalone")
    return {
        "standalone.start_s": Result(round(again, 2), "s"),
        "standalone.first_start_s": Result(round(first, 2), "s"),
        "standalone.rss_mb": Result(round(memory, 1), "MB"),
    }


def _start(folder: Path) -> tuple[float, float]:
    [port] = free_ports(1)
    program = Path(sys.executable).parent / "linli-standalone"
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(program), "--data", str(folder), "--port", str(port)], env=os.environ, stdout=subprocess.DEVNULL
    )
    try:
        while not _ready(port):
            if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                raise RuntimeError("standalone did not start")
            time.sleep(0.02)
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        return time.perf_counter() - began, pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    finally:
        process.terminate()
        process.wait(60)


def _ready(port: int) -> bool:
    try:
        answers = [httpx.get(f"http://127.0.0.1:{port}/{name}/readyz") for name in SERVICES]
    except httpx.TransportError:
        return False
    return all(answer.status_code == httpx.codes.OK for answer in answers)
