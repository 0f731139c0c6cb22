"""A telephone without a network keeps a report; when it comes in, both times are told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from linli.messaging.topology import CORE, inbox_topology
from linli.messaging.transport import Transport

from ..conftest import draining  # noqa: TID252 - a folder of tests has no name but its place

Token = Callable[..., dict[str, str]]


async def test_a_late_report_tells_when_it_was_made_and_when_it_came_in(
    client: AsyncClient, token: Token, bus: Transport
) -> None:
    await bus.declare(CORE)
    await bus.declare(inbox_topology("late", ["issue.reported.#"]))
    made = datetime.now(UTC) - timedelta(days=3)
    body = {"description": "楼顶漏雨", "made_at": made.isoformat()}
    accepted = (await client.post("/v1/issues", json=body)).json()
    tracked = (await client.get(f"/v1/track/{accepted['tracking_code']}")).json()
    desk = (await client.get(f"/v1/issues/{accepted['id']}", headers=token("staff"))).json()
    for shown in (tracked, desk):
        assert datetime.fromisoformat(shown["made_at"]) == made
        assert datetime.fromisoformat(shown["reported_at"]) > made + timedelta(days=2)
    async with draining(bus, "late") as next_event:
        told = (await next_event())["data"]
    assert (told["made_at"], told["reported_at"]) == (tracked["made_at"], tracked["reported_at"])


@pytest.mark.parametrize("made", ["2099-01-01T00:00:00Z", "1999-01-01T00:00:00Z", "2026-03-02T09:00:00", "now", 7])
async def test_a_time_that_cannot_be_is_refused(client: AsyncClient, made: Any) -> None:
    refused = await client.post("/v1/issues", json={"description": "灯坏了", "made_at": made})
    assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (422, ["made_at"])


async def test_a_receipt_that_was_lost_is_given_again_however_late(client: AsyncClient, app: FastAPI) -> None:
    key = {"Idempotency-Key": "0198c0de-0000-7000-8000-00000000000a"}
    body = {"description": "灯坏了", "made_at": (datetime.now(UTC) - timedelta(days=29)).isoformat()}
    first = (await client.post("/v1/issues", json=body, headers=key)).json()
    real, later = app.state.runtime, datetime.now(UTC) + timedelta(days=5)
    app.state.runtime = _at(real, later)
    try:
        again = await client.post("/v1/issues", json=body, headers=key)
        other = await client.post("/v1/issues", json=body)
    finally:
        app.state.runtime = real
    assert (again.status_code, again.json()) == (201, first)
    assert other.status_code == 422


def _at(runtime: Any, moment: datetime) -> Any:
    return replace(runtime, now=lambda: moment)
