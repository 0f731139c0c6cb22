"""Services end and begin again under load, politely or not: what was answered is kept, and takes effect once."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from linli.testing.service import SERVICES

from .conftest import Recorded
from .counting import Listener
from .suite import Suite, listening, suite_on

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_restarts")]


@pytest.fixture(scope="module")
def suite(vhost: str, postgres_url: str) -> Iterator[Suite]:
    with suite_on(vhost, postgres_url) as running:
        yield running


@pytest.fixture(scope="module")
async def department(vhost: str) -> AsyncIterator[Listener]:
    async with listening(vhost, "dept.urban-management.inbox") as listener:
        yield listener


@pytest.mark.parametrize(("per_s", "rounds"), [(5, 1), pytest.param(100, 3, marks=pytest.mark.long)], ids=["", "long"])
@pytest.mark.parametrize("ending", ["stopped", "killed"])
async def test_each_service_in_turn_ends_and_begins_under_load_and_nothing_is_lost(
    suite: Suite, department: Listener, recorded: Recorded, ending: str, per_s: int, rounds: int
) -> None:
    suite.load.forget_answers()
    async with suite.load.goes_on(per_s=per_s):
        for _ in range(rounds):
            for name in SERVICES:
                await suite.load.report(10)
                if ending == "killed":
                    await asyncio.to_thread(suite[name].kill)
                else:
                    assert await asyncio.to_thread(suite[name].stop) == 0
                suite[name].start()
                await asyncio.to_thread(suite[name].wait_until_ready)
    verdict = await suite.settles(department)
    recorded(f"each service {ending} {rounds} times at {per_s} reports/s", verdict)
    assert set(suite.load.answers) <= {201, 503, "none"}
    assert not verdict.faults


async def test_a_service_of_two_that_is_stopped_under_load_costs_no_event(
    suite: Suite, department: Listener, recorded: Recorded
) -> None:
    suite.load.forget_answers()
    async with suite.load.goes_on(per_s=5):
        for name in ("routing", "volunteer", "notify"):
            with suite.another(name):
                assert await asyncio.to_thread(suite[name].stop) == 0
                await suite.load.report(20)
                suite[name].start()
                await asyncio.to_thread(suite[name].wait_until_ready)
    verdict = await suite.settles(department)
    recorded("each service replaced by another of its kind", verdict)
    assert set(suite.load.answers) == {201}
    assert not verdict.faults
