"""What was closed is opened again by its reporter, for a while, and by nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from intake.domain.issue import Answer, Issue, NotAnswerableError, PublicState, answer_return_visit, reopen_until
from linli.contracts import Satisfaction
from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from .. import builders  # noqa: TID252 - a folder of tests has no name but its place
from ..conftest import draining  # noqa: TID252 - as above
from .test_changing import reported, tracked

Tell = Callable[..., Any]
NO = {"contacted": True, "solved": False, "satisfaction": "dissatisfied"}
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
SOLVED = Answer(contacted=True, solved=True, satisfaction=Satisfaction.SATISFIED)
UNSOLVED = Answer(contacted=True, solved=False, satisfaction=Satisfaction.DISSATISFIED)


async def test_not_solved_after_all_goes_back_to_work(client: AsyncClient, tell: Tell, bus: Transport) -> None:
    issue, code = await reported(client)
    await bus.declare(CORE)
    await bus.declare(inbox_topology("reopening", ["issue.return-visit-answered.#"]))
    now = datetime.now(UTC)
    await tell(builders.resolved(UUID(issue)), 1)
    await tell(builders.closed(UUID(issue)), 2, at=now)
    shown = await tracked(client, code, "closed")
    assert datetime.fromisoformat(shown["reopen_until"]) == now + timedelta(days=15)
    yes = await client.post(f"/v1/track/{code}/feedback", json={**NO, "solved": True})
    assert (yes.status_code, yes.json()["allowed"]) == (409, ["reopen"])
    for _ in range(2):
        answer = await client.post(f"/v1/track/{code}/feedback", json=NO)
        assert (answer.status_code, answer.json()["reopen_until"]) == (200, None)
    async with draining(bus, "reopening") as next_event:
        assert (await next_event())["data"]["solved"] is False
    await tell(builders.reopened(UUID(issue)), 3)
    assert (await tracked(client, code, "in_progress"))["answer"] is None
    assert await bus.depth("reopening") == 0


async def test_too_late_is_refused(client: AsyncClient, tell: Tell, app: FastAPI) -> None:
    issue, code = await reported(client)
    await tell(builders.closed(UUID(issue)), 1, at=datetime.now(UTC))
    await tracked(client, code, "closed")
    real, later = app.state.runtime, datetime.now(UTC) + timedelta(days=16)
    app.state.runtime = replace(real, now=lambda: later)
    try:
        refused = await client.post(f"/v1/track/{code}/feedback", json=NO)
    finally:
        app.state.runtime = real
    assert (refused.status_code, refused.json()["allowed"]) == (409, [])


def closed(answer: Answer | None, until: datetime | None = NOW) -> Issue:
    where = {"category": builders.CATEGORY, "area": builders.AREA}
    return Issue(**where, id=uuid4(), state=PublicState.CLOSED, version=3, answer=answer, reopen_until=until)


@pytest.mark.parametrize("before", [None, SOLVED])
def test_whatever_was_answered_before_it_is_opened_until_the_last_moment(before: Answer | None) -> None:
    after, happened = answer_return_visit(closed(before), UNSOLVED, at=NOW)
    assert happened is not None
    assert (after.answer, after.version, happened.solved) == (UNSOLVED, 4, False)
    with pytest.raises(NotAnswerableError):
        answer_return_visit(closed(before), UNSOLVED, at=NOW + timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("issue", "answer"),
    [
        (closed(None), SOLVED),
        (closed(None, until=None), UNSOLVED),
        (closed(replace(UNSOLVED, contacted=False)), UNSOLVED),
    ],
)
def test_nothing_else_opens_it(issue: Issue, answer: Answer) -> None:
    with pytest.raises(NotAnswerableError):
        answer_return_visit(issue, answer, at=NOW)


def test_a_category_may_forbid_it() -> None:
    assert reopen_until(PublicState.CLOSED, NOW, 0) is None
    assert reopen_until(PublicState.RESOLVED, NOW, 15) is None
    assert reopen_until(PublicState.CLOSED, None, 15) is None
