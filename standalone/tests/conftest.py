"""Standalone as a process, the way somebody starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

PROGRAMS = Path(sys.executable).parent
BARE = {"PATH": os.environ["PATH"], "TZ": "UTC"}


@dataclass
class Running:
    """A process of standalone that answers, and what it said of itself."""

    process: "subprocess.Popen[str]"
    url: str
    guide: list[str]

    def get(self, path: str, **request: object) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", timeout=30, trust_env=False, **request)  # type: ignore[arg-type]

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, timeout=30, trust_env=False)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def standalone(data: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    command = [str(PROGRAMS / "linli-standalone"), "--data", str(data), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**BARE, **(env or {})}) as process:
        try:
            assert process.stdout is not None
            guide = [process.stdout.readline() for _ in range(6)]
            address = re.search(r"http://[^\s/]+", guide[0])
            assert address is not None, guide
            yield Running(process, address[0], guide)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


def run(
    *words: object, env: Mapping[str, str] | None = None, within_s: float = 250
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
        env={**BARE, **(env or {})},
    )
