"""What the demonstration does when a suite does not keep its promises."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from linli.chassis.issuer import LocalIssuer
from linli.contracts import Satisfaction
from standalone.demo.life import Life, live
from standalone.demo.result import Result, percentile
from standalone.demo.suite import Suite
from standalone.demo.year import Attempt, YearIssue

ISSUE = YearIssue(
    month=1,
    day=2,
    category="facility.roof-leak",
    area="top/one",
    language="en",
    text="The roof leaks.",
    outcome="Mended.",
    satisfaction=Satisfaction.SATISFIED,
    rework=Attempt(outcome="Looked at.", satisfaction=Satisfaction.DISSATISFIED),
)
NEXT = {("routed", "accept"): "accepted", ("accepted", "start"): "in_progress", ("in_progress", "resolve"): "resolved"}
NEXT |= {("reopened", "start"): "in_progress"}


class Town:
    """A suite in a few lines: one case, moved at once; ``spoil`` may answer in its place."""

    def __init__(self, spoil: Callable[[httpx.Request, "Town"], httpx.Response | None]) -> None:
        self.state = "routed"
        self.version = 1
        self.visits: list[dict[str, Any]] = []
        self.moves: list[str] = []
        self._spoil = spoil

    def answer(self, request: httpx.Request) -> httpx.Response:
        spoiled = self._spoil(request, self)
        if spoiled is not None:
            return spoiled
        path, _, last = request.url.path.rpartition("/")
        if path == "/intake/v1":
            return httpx.Response(201, json={"id": "1", "tracking_code": "C"})
        if path == "/intake/v1/track":
            return httpx.Response(200, json={"state": self.state, "can_answer": self.state == "resolved"})
        if last == "feedback":
            return self._hear(json.loads(request.content))
        if request.method == "POST":
            return self._move(last, request.headers["If-Match"])
        return httpx.Response(200, json=self._case(), headers={"ETag": f'"{self.version}"'})

    def _case(self) -> dict[str, Any]:
        handler = {"id": "head", "name": "例一", "post": "head"}
        return {"state": self.state, "level": "compound", "unit": "top/one", "handler": handler} | {
            "return_visits": self.visits
        }

    def _hear(self, visit: dict[str, Any]) -> httpx.Response:
        self.visits.append(visit)
        self.state = "closed" if visit["solved"] else "reopened"
        self.version += 1
        return httpx.Response(200, json={})

    def _move(self, action: str, if_match: str) -> httpx.Response:
        if if_match != f'"{self.version}"':
            return httpx.Response(412, json={})
        if (self.state, action) not in NEXT:
            return httpx.Response(409, json={})
        self.state, self.version = NEXT[self.state, action], self.version + 1
        self.moves.append(action)
        return httpx.Response(200, json={})


async def replay(tmp_path: Path, spoil: Callable[[httpx.Request, Town], httpx.Response | None]) -> tuple[Life, Town]:
    town = Town(spoil)
    issuer = LocalIssuer.load_or_create(tmp_path / "issuer.json")
    async with httpx.AsyncClient(transport=httpx.MockTransport(town.answer), base_url="http://town") as client:
        return await live(Suite(client, issuer, patience_s=0.3), ISSUE, "key"), town


WHOLE_LIFE = ["accept", "start", "resolve", "start", "resolve"]


async def test_reopened_issue_is_handled_twice_and_closed(tmp_path: Path) -> None:
    life, town = await replay(tmp_path, lambda _request, _town: None)
    assert life.failure is None
    assert town.moves == WHOLE_LIFE
    assert [visit["satisfaction"] for visit in town.visits] == ["dissatisfied", "satisfied"]
    assert Result([life]).last_line == "1 reported · 1 settled by community · 0 settled by subdistrict · 0 lost"


async def test_service_that_is_away_for_a_moment_is_asked_again(tmp_path: Path) -> None:
    asked: set[str] = set()

    def spoil(request: httpx.Request, _town: Town) -> httpx.Response | None:
        call = f"{request.method} {request.url.path}"
        if call in asked:
            return None
        asked.add(call)
        if len(asked) % 2:
            raise httpx.ConnectError("refused")
        return httpx.Response(503)

    life, town = await replay(tmp_path, spoil)
    assert life.failure is None
    assert town.moves == WHOLE_LIFE


async def test_case_that_somebody_else_changed_is_read_anew(tmp_path: Path) -> None:
    spoiled: list[str] = []

    def spoil(request: httpx.Request, town: Town) -> httpx.Response | None:
        if request.url.path.endswith("/resolve") and not spoiled:
            spoiled.append("once")
            town.version += 1
        return None

    life, town = await replay(tmp_path, spoil)
    assert life.failure is None
    assert town.moves == WHOLE_LIFE


async def test_move_whose_answer_was_lost_is_not_made_twice(tmp_path: Path) -> None:
    lost: list[str] = []

    def spoil(request: httpx.Request, town: Town) -> httpx.Response | None:
        if request.url.path.endswith("/accept") and not lost:
            lost.append("once")
            town._move("accept", request.headers["If-Match"])
            raise httpx.ReadError("connection lost")
        return None

    life, town = await replay(tmp_path, spoil)
    assert life.failure is None
    assert town.moves == WHOLE_LIFE


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        ("/routing/v1/cases/1", httpx.Response(404, json={}), "waited 0.3 s for routing to open the case"),
        ("/routing/v1/cases/1/accept", httpx.Response(403, json={}), "answered 403"),
        ("/intake/v1/track/C/feedback", httpx.Response(409, json={}), "answered 409"),
        ("/routing/v1/cases/1/start", httpx.Response(503), "status 503 for 0.3 s"),
    ],
)
async def test_issue_that_does_not_reach_its_end_is_lost_and_says_why(
    tmp_path: Path, path: str, answer: httpx.Response, words: str
) -> None:
    life, _ = await replay(tmp_path, lambda request, _town: answer if request.url.path == path else None)
    assert words in (life.failure or "")
    assert "/C" not in (life.failure or "")
    assert not Result([life]).complete
    assert Result([life]).last_line == "1 reported · 0 settled by community · 0 settled by subdistrict · 1 lost"


async def test_report_that_is_refused_counts_as_not_reported(tmp_path: Path) -> None:
    refused = httpx.Response(422, json={})
    life, _ = await replay(tmp_path, lambda request, _: refused if request.url.path == "/intake/v1/issues" else None)
    assert not Result([life]).complete
    assert Result([life]).last_line == "0 reported · 0 settled by community · 0 settled by subdistrict · 0 lost"


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile([7], 0.99) == 7
