"""A department as a process of its own: it is called over the bus, and its answers reach the case and its handler."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from linli.contracts import DispatchRequested, new_event
from linli.messaging.message import message_from
from linli.messaging.transport import Transport
from linli.testing.service import ServiceProcess, service_environment, service_process

from ..examples.program import program, stop  # noqa: TID252 - tests are no package that could be named
from .suite import Suite
from .test_journey import report

HOUSING, QUEUE = "housing", "dept.housing.inbox"
ON_IT, DONE = "已派人到现场查看", "已处理完毕"

pytestmark = pytest.mark.parametrize("bus_url", ["amqp"], indirect=True)


@pytest.fixture
def routing(suite: Suite, tmp_path: Path) -> Iterator[ServiceProcess]:
    """The API of routing on a real port, beside the suite and on its data. Not started."""
    database_url = suite.settings["routing"].database_url.get_secret_value()
    environment = service_environment(
        "routing", database_url=database_url, amqp_url=suite.bus_url, jwks=tmp_path / "jwks.json"
    )
    with service_process("routing", environment, "--role", "api") as service:
        yield service


def token(suite: Suite) -> str:
    return suite.issuer.mint("clerk", name="例经办", roles=["department"], department=HOUSING)


@contextmanager
def department(suite: Suite, routing: ServiceProcess, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    told = {
        "DEPARTMENT": HOUSING,
        "DEPARTMENT_BUS_URL": suite.bus_url,
        "DEPARTMENT_ROUTING_URL": routing.url,
        "DEPARTMENT_TOKEN": token(suite),
        "DEPARTMENT_SEEN": str(folder / "seen.db"),
    }
    with program(sys.executable, "department.py", folder / "log", **told) as process:
        yield process


async def started(service: ServiceProcess) -> None:
    service.start()
    await asyncio.to_thread(service.wait_until_ready)


async def part(suite: Suite, issue: str, state: str) -> dict[str, Any]:
    """Wait until the part of the department in a case is in a state; the department may pause before it tries again."""

    async def look() -> dict[str, Any] | None:
        case = await suite.get("routing", f"/v1/cases/{issue}", suite.token("li-desk", "platform"))
        parts = case["dispatches"] if case else []
        return next((one for one in parts if one["department"] == HOUSING), None)

    seen: dict[str, Any] = await suite.until(look, lambda one: one["state"] == state, within_s=60)
    return seen


async def answers(suite: Suite, issue: str) -> list[str | None]:
    """What the history says that the department answered."""
    history = await suite.get("routing", f"/v1/cases/{issue}/history", suite.token("li-desk", "platform"))
    return [move["reason"] for move in history["items"] if move["action"] == "report"]


async def later_call_is_answered(suite: Suite) -> None:
    """Return when all that came before is settled: a department takes one event after the other."""
    issue, _ = await report(suite)
    await part(suite, issue, "done")


async def test_called_department_answers_once_and_the_handler_is_told(
    suite: Suite, routing: ServiceProcess, bus: Transport, tmp_path: Path
) -> None:
    async with suite.running():
        await started(routing)
        with department(suite, routing, tmp_path) as process:
            issue, _ = await report(suite)
            done = await part(suite, issue, "done")
            assert DONE in done["answer"]
            handler = suite.token((await suite.case(issue, "routed"))["handler"]["id"], "handler")
            await suite.until(
                lambda: suite.get("notify", "/v1/inbox", handler), lambda told: ON_IT in str(told) and DONE in str(told)
            )

            # A call that comes again under another id is known by the state of the part, not by what was seen.
            call = DispatchRequested(
                category="facility.roof-leak",
                area="sanchajie/jinpu/lianbang/b3",
                case_id=issue,
                department=HOUSING,
                role="lead",
                deadline=datetime.now(UTC),
            )
            again = message_from(new_event(call, id=uuid4(), sequence=9, time=datetime.now(UTC)))
            assert await bus.send(QUEUE, [again]) == [None]
            await later_call_is_answered(suite)
            assert await asyncio.to_thread(stop, process) == 0
        assert await bus.depth(f"{QUEUE}.dead") == 0
        assert len(await answers(suite, issue)) == 3


@pytest.mark.parametrize("said", [["accept"], ["accept", "progress"]])
async def test_department_goes_on_where_it_was_interrupted_once_routing_is_back(
    suite: Suite, routing: ServiceProcess, tmp_path: Path, said: list[str]
) -> None:
    async with suite.running():
        issue, _ = await report(suite)
        await part(suite, issue, "requested")
        for answer in said:
            text = {"text": "" if answer == "accept" else "已派人到现场查看 / on our way"}
            clerk = {"Authorization": f"Bearer {token(suite)}"}
            told = await suite.post("routing", f"/v1/cases/{issue}/dispatch/{answer}", text, clerk)
            assert told.status_code == 200, told.text
        with department(suite, routing, tmp_path) as process:

            async def log() -> str:
                return (tmp_path / "log").read_text()

            await suite.until(log, lambda text: "failed: ConnectError" in text)
            await started(routing)
            await part(suite, issue, "done")
            assert await asyncio.to_thread(stop, process) == 0
        first, second, third = await answers(suite, issue)
        assert (first, ON_IT in str(second), DONE in str(third)) == (None, True, True)


async def test_department_that_was_sent_away_says_nothing(
    suite: Suite, routing: ServiceProcess, bus: Transport, tmp_path: Path
) -> None:
    async with suite.running():
        issue, _ = await report(suite)
        await part(suite, issue, "requested")
        desk = suite.token("li-desk", "platform")
        path = f"/v1/cases/{issue}/dispatches/{HOUSING}/recall"
        assert (await suite.post("routing", path, {"reason": "已自行解决"}, desk)).status_code == 200
        await started(routing)
        with department(suite, routing, tmp_path) as process:
            await later_call_is_answered(suite)
            assert await asyncio.to_thread(stop, process) == 0
        assert await bus.depth(f"{QUEUE}.dead") == 0
        assert (await part(suite, issue, "withdrawn"))["answer"] == "已自行解决"
        assert await answers(suite, issue) == []
