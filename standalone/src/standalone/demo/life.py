"""The life of one issue: reported, routed, accepted, resolved, asked after, closed."""

from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import Any

from standalone.demo.suite import DemoError, Json, Suite, told
from standalone.demo.year import Attempt, YearIssue

MOST_TRIES = 10
AFTER = {"accept": "accepted", "start": "in_progress", "resolve": "resolved"}


@dataclass(slots=True)
class Life:
    """What became of an issue, by what the APIs said; ``failure`` is None when it was closed.

    Times are in seconds, as somebody outside sees them: from the answer to the report until the case could be read,
    and until the tracking page showed it closed.
    """

    issue: YearIssue
    reported: bool = False
    routed_s: float | None = None
    closed_s: float | None = None
    case: dict[str, Any] = field(default_factory=dict)
    failure: str | None = None


async def live(suite: Suite, issue: YearIssue, key: str) -> Life:
    """Take an issue through its life. What goes wrong is told by the result."""
    life = Life(issue)
    try:
        await _live(suite, life, key)
    except DemoError as error:
        life.failure = str(error)
    return life


async def _live(suite: Suite, life: Life, key: str) -> None:
    receipt = await _report(suite, life.issue, key)
    life.reported, began = True, monotonic()
    path, code = f"/routing/v1/cases/{receipt['id']}", receipt["tracking_code"]
    life.case, _ = await suite.until(path, lambda _: True, "routing to open the case", token=suite.observer())
    life.routed_s = monotonic() - began
    rework = life.issue.rework
    if rework is not None:
        await _handle(suite, path, rework)
        await _answer(suite, code, rework, solved=False)
        await _case_until(suite, path, "reopened")
    await _handle(suite, path, life.issue)
    await _answer(suite, code, life.issue, solved=True)
    life.case = await _case_until(suite, path, "closed")
    await suite.until(f"/intake/v1/track/{code}", lambda track: track["state"] == "closed", "the page to show the end")
    life.closed_s = monotonic() - began


async def _report(suite: Suite, issue: YearIssue, key: str) -> Json:
    body = {
        "description": issue.text,
        "category": issue.category,
        "area": issue.area,
        "language": issue.language,
        "source": "web",
    }
    answer = await suite.call("POST", "/intake/v1/issues", json=body, headers={"Idempotency-Key": key})
    if answer.status_code != HTTPStatus.CREATED:
        raise DemoError(told(answer))
    return answer.json()


async def _handle(suite: Suite, path: str, attempt: Attempt) -> None:
    case = await suite.get(path, token=suite.observer())
    if case["state"] == "routed":
        await _move(suite, path, "accept")
    await _move(suite, path, "start")
    await _move(suite, path, "resolve", {"outcome": attempt.outcome})


async def _move(suite: Suite, path: str, action: str, body: Json = None) -> None:
    """Move the case as its handler, on the version that was read; read anew when somebody was faster."""
    for _ in range(MOST_TRIES):
        read = await suite.call("GET", path, token=suite.observer())
        if not read.is_success:
            raise DemoError(told(read))
        case = read.json()
        if case["state"] == AFTER[action]:
            return  # done by a request whose answer was lost
        handler = suite.handler(case["handler"]["id"], case["handler"]["name"])
        moved = await suite.call(
            "POST", f"{path}/{action}", token=handler, json=body, headers={"If-Match": read.headers["ETag"]}
        )
        if moved.is_success:
            return
        if moved.status_code not in {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT}:
            raise DemoError(told(moved))
    raise DemoError(f"{action}: {told(moved)}")


async def _answer(suite: Suite, code: str, attempt: Attempt, *, solved: bool) -> None:
    track = f"/intake/v1/track/{code}"
    await suite.until(track, lambda page: bool(page["can_answer"]), "the return visit to be asked")
    body = {"contacted": True, "solved": solved, "satisfaction": attempt.satisfaction}
    answer = await suite.call("POST", f"{track}/feedback", json=body)
    if not answer.is_success:
        raise DemoError(told(answer))


async def _case_until(suite: Suite, path: str, state: str) -> Json:
    case, _ = await suite.until(
        path, lambda case: bool(case["state"] == state), f"the case to be {state}", token=suite.observer()
    )
    return case
