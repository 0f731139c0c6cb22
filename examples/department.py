"""A department that answers when it is called to a case (吹哨报到): accepts, tells how far it is, says that it is done.

    pip install linli httpx
    DEPARTMENT=housing DEPARTMENT_BUS_URL=amqps://housing:...@bus.example/ DEPARTMENT_SEEN=seen.db \
    DEPARTMENT_ROUTING_URL=https://linli.example/routing DEPARTMENT_TOKEN=... python department.py

The token is of the platform's identity provider: role `department`, and the claim `department` names it. REPLACE marks
what is the department's own.
"""

import asyncio
import logging
import os
import sys
from typing import Any

import httpx

from linli.contracts import DispatchRequested, Event
from linli.subscriber import SqliteSeen, Subscriber

NAMES = tuple(f"DEPARTMENT{part}" for part in ("", "_BUS_URL", "_ROUTING_URL", "_TOKEN", "_SEEN"))
if missing := [name for name in NAMES if not os.environ.get(name)]:
    sys.exit(f"department: {', '.join(missing)} must be set")
DEPARTMENT, BUS_URL, ROUTING_URL, TOKEN, SEEN = (os.environ[name] for name in NAMES)

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, *[30.0] * 2880)
"""Routing may be away, or the token run out, for a day before a call is a dead letter; later ones wait behind it."""

# REPLACE: what is said is said to the case's handler.
ON_IT = "已派人到现场查看 / on our way"
DONE = "已处理完毕 / done"

Part = dict[str, Any]
"""The department's part of a case, as routing tells it: `state`, and the last `answer`, among others."""

log = logging.getLogger("department")
subscriber = Subscriber(BUS_URL, department=DEPARTMENT, seen=SqliteSeen(SEEN), pauses_s=PAUSES_S)


@subscriber.on(DispatchRequested)
async def answer_dispatch(event: Event[DispatchRequested]) -> None:
    """Answer a call step by step. After a crash it begins again, so each step looks at what was said already."""
    if event.data.department != DEPARTMENT:
        return  # the subscription brings the calls of those who work beside us too
    async with httpx.AsyncClient(base_url=ROUTING_URL, headers={"Authorization": f"Bearer {TOKEN}"}) as routing:
        case = f"v1/cases/{event.data.case_id}"
        part = await say(routing, case, "accept") or await part_of(routing, case)
        if part is None or part["state"] != "accepted":
            return  # it is done, or not our matter any more, or the case has ended
        if part["answer"] != ON_IT:
            await say(routing, case, "progress", ON_IT)
        # REPLACE: the work. It takes days: open an order here, and say the rest when the order is closed.
        await say(routing, case, "done", DONE)
    log.info("answered %s", event.data.case_id)


async def say(routing: httpx.AsyncClient, case: str, answer: str, text: str = "") -> Part | None:
    """Return the part as it is after an answer, or None when it does not allow that one (409).

    Raises:
        httpx.HTTPError: routing is away, or refuses otherwise; the subscriber calls again.
    """
    told = await routing.post(f"{case}/dispatch/{answer}", json={"text": text})
    return None if told.status_code == httpx.codes.CONFLICT else own_part(told.raise_for_status().json())


async def part_of(routing: httpx.AsyncClient, case: str) -> Part | None:
    """Return the part as it is, or None when the department is not called any more: it may not see the case then."""
    told = await routing.get(case)
    return None if told.status_code == httpx.codes.FORBIDDEN else own_part(told.raise_for_status().json())


def own_part(case: dict[str, Any]) -> Part | None:
    """Return what a case says of this department."""
    return next((part for part in case["dispatches"] if part["department"] == DEPARTMENT), None)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(subscriber.run())
