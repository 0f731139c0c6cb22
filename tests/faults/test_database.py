"""The database server goes away under load and comes back."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from linli.testing.postgres import LocalPostgres, local_postgres
from linli.testing.waiting import wait_until

from .conftest import Recorded
from .counting import Listener
from .suite import Suite, listening, suite_on

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("test_database")]


@pytest.fixture(scope="module")
def postgres() -> Iterator[LocalPostgres]:
    with local_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def suite(vhost: str, postgres: LocalPostgres) -> Iterator[Suite]:
    with suite_on(vhost, postgres.url) as running:
        yield running


@pytest.fixture(scope="module")
async def department(suite: Suite) -> AsyncIterator[Listener]:
    async with listening(suite.amqp_url, "dept.urban-management.inbox") as listener:
        yield listener


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["restarted", "killed"])
async def test_reports_are_refused_while_the_database_is_away_and_none_that_was_accepted_is_lost(
    postgres: LocalPostgres, suite: Suite, department: Listener, recorded: Recorded, number: signal.Signals
) -> None:
    intake = suite["intake"]
    suite.load.forget_answers()
    await suite.load.report(30)
    async with suite.load.goes_on(per_s=5):
        await asyncio.to_thread(postgres.end, number)
        await asyncio.to_thread(wait_until, lambda: not intake.is_ready(), "intake to say so", seconds=30)
        await asyncio.to_thread(postgres.start)
        await suite.load.report(20)
    verdict = await suite.settles(department)

    recorded(f"database ended by {number.name} under load", verdict)
    assert suite.load.answers[503] > 0
    assert set(suite.load.answers) <= {201, 503}
    assert not verdict.faults
