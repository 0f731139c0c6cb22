"""An intake that remembers what it was told, on a real socket."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from linli.cli import upload
from linli.cli.main import app

TOKEN = "a-token"
DROP = 0
"""In place of a status: the connection ends without an answer."""


@dataclass
class Intake:
    """Takes each idempotency key once; ``failures`` are given out before anything is taken."""

    url: str = ""
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    under_way: Counter[str] = field(default_factory=Counter)
    most_under_way: int = 0

    def take(self, key: str, body: dict[str, Any], *, only_check: bool) -> tuple[int, dict[str, Any]]:
        faults = []
        if not 1 <= len(body["description"]) <= 4000:
            faults.append({"field": "description", "message": "1 to 4000 characters"})
        if body.get("category") == "no.such":
            faults.append({"field": "category", "message": "no such category"})
        if faults:
            return 422, {"title": "The request is not valid", "errors": faults}
        with self.lock:
            if only_check and key not in self.issues:
                return 200, {"issue": None}
            if self.issues.setdefault(key, body) != body:
                return 422, {"title": "The idempotency key was used with another body"}
        return (200, {"issue": "1"}) if only_check else (201, {"id": "1"})

    def answer(self, path: str, token: str | None, key: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        with self.lock:
            if self.failures and path.endswith("/issues"):
                return self.failures.pop(0), {}
        if path == "/intake/v1/categories":
            return 200, {}
        if path not in {"/intake/v1/issues", "/intake/v1/issues/check"}:
            return 404, {}
        if token != f"Bearer {TOKEN}":
            return 401, {"title": "A valid bearer token is needed"}
        assert key is not None
        return self.take(key, json.loads(body), only_check=path.endswith("check"))


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Intake]:
    monkeypatch.setattr(upload, "FIRST_PAUSE_S", 0.001)
    state = Intake()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply(b"")

        def do_POST(self) -> None:
            with state.lock:
                state.under_way["now"] += 1
                state.most_under_way = max(state.most_under_way, state.under_way["now"])
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._reply(body)
            with state.lock:
                state.under_way["now"] -= 1

        def _reply(self, body: bytes) -> None:
            headers = self.headers
            status, content = state.answer(self.path, headers["Authorization"], headers["Idempotency-Key"], body)
            if status == DROP:
                self.close_connection = True
                return
            text = json.dumps(content).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def run_import(intake: Intake) -> Callable[..., Result]:
    def run(file: Path, *options: str, token: str = TOKEN, url: str = "") -> Result:
        words = ["import", str(file), "--url", url or intake.url, "--token", token, *options]
        return CliRunner().invoke(app, words)

    return run


def workbook(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path


def descriptions(intake: Intake) -> list[str]:
    return sorted(body["description"] for body in intake.issues.values())
