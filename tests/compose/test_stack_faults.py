"""Each part of the containers goes away while reports come in, and comes back: nothing is lost."""

import asyncio
import os
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex

import pytest

from ..e2e.suite import Suite  # noqa: TID252 - tests are no package that could be named
from .stack import SERVICES, Stack

# Every service has to do with it: volunteers are looked for.
LITTER = {"description": "楼下垃圾没人清", "area": "sanchajie/jinpu/lianbang/b3", "category": "environment.litter"}
REPORTS = 10
CATCHES_UP_S = 60

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900), pytest.mark.xdist_group("stack")]


async def report(suite: Suite, *, within_s: float = 30) -> dict[str, str]:
    """Report as a front end does: again with the same key, until it is accepted."""
    key = {"Idempotency-Key": token_hex(8)}
    async with asyncio.timeout(within_s):
        while True:
            answer = await suite.post("intake", "/v1/issues", LITTER, key)
            if answer.status_code == HTTPStatus.CREATED:
                accepted: dict[str, str] = answer.json()
                return accepted
            assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
            await asyncio.sleep(0.2)


async def reports(suite: Suite) -> list[dict[str, str]]:
    return [await report(suite) for _ in range(REPORTS)]


async def all_have_done_their_part(suite: Suite, accepted: list[dict[str, str]]) -> None:
    """Wait until each report has its case (routing), its call for helpers (volunteer) and its messages (notify)."""
    for one in accepted:
        shown = await suite.until(
            lambda code=one["tracking_code"]: suite.get("intake", f"/v1/track/{code}"),  # type: ignore[misc]
            lambda page: page["level"] and page["helpers"],
            within_s=CATCHES_UP_S,
        )
        assert [step["kind"] for step in shown["steps"]] == ["received", "routed"]
        assert shown["helpers"]["wanted"] > 0
        await suite.until(
            lambda code=one["tracking_code"]: suite.get("notify", f"/v1/inbox/track/{code}"),  # type: ignore[misc]
            lambda page: len(page["items"]) >= 2,
            within_s=CATCHES_UP_S,
        )


def stop(stack: Stack, service: str) -> None:
    """Stop a service; it must end by itself, what it had begun finished."""
    stack.compose("stop", service)
    assert stack.compose("ps", "--all", "--format={{.ExitCode}}", service).strip() == "0"


async def answers(suite: Suite, service: str) -> None:
    await suite.until(lambda: suite.get(service, "/readyz"), bool, within_s=CATCHES_UP_S)


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "intake"])
async def test_a_service_that_was_stopped_catches_up(service: str, stack: Stack, suite: Suite) -> None:
    stop(stack, service)
    stopped = await suite.clients[service].get("/readyz")
    assert (stopped.status_code, stopped.headers["content-type"]) == (503, "application/problem+json")

    accepted = await reports(suite)
    stack.compose("start", service)

    await all_have_done_their_part(suite, accepted)


async def test_intake_that_was_stopped_says_so_and_shows_afterwards_what_it_missed(stack: Stack, suite: Suite) -> None:
    earlier = await report(suite)
    await all_have_done_their_part(suite, [earlier])

    stop(stack, "intake")
    refused = await suite.post("intake", "/v1/issues", LITTER)
    unseen = await suite.clients["intake"].get(f"/v1/track/{earlier['tracking_code']}")
    for answer in (refused, unseen):
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert answer.headers["retry-after"]
    await suite.act(earlier["id"], "accept")
    stack.compose("start", "intake")

    await suite.until(
        lambda: suite.get("intake", f"/v1/track/{earlier['tracking_code']}"),
        lambda shown: shown["state"] == "in_progress",
        within_s=CATCHES_UP_S,
    )
    await all_have_done_their_part(suite, await reports(suite))
    assert earlier["tracking_code"] not in stack.logs("nginx")


async def test_reports_are_accepted_without_a_broker_and_carried_on_when_it_is_back(stack: Stack, suite: Suite) -> None:
    stack.compose("kill", "rabbitmq")
    accepted = await reports(suite)
    not_ready = await suite.clients["intake"].get("/readyz")
    assert not_ready.json()["failing"][:1] == ["broker"]
    stack.compose("start", "rabbitmq")

    await all_have_done_their_part(suite, accepted)
    for name in SERVICES:
        await answers(suite, name)


async def test_nothing_accepted_is_lost_when_the_database_restarts(stack: Stack, suite: Suite) -> None:
    restarting = asyncio.create_task(asyncio.to_thread(stack.compose, "restart", "postgres"))
    accepted: list[dict[str, str]] = []
    while not restarting.done() or len(accepted) < REPORTS:
        accepted.append(await report(suite))
    await restarting

    assert len({one["id"] for one in accepted}) == len(accepted)
    await all_have_done_their_part(suite, accepted)


async def test_everything_stopped_at_once_starts_again_in_any_order(stack: Stack, suite: Suite) -> None:
    accepted = await reports(suite)
    stack.compose("kill")
    # As after a power cut: the engine starts what was running and does not ask what needs what.
    stack.compose("up", "--detach", "--no-deps", "nginx", *SERVICES)
    stack.compose("up", "--detach", "--no-deps", "rabbitmq", "postgres")

    await all_have_done_their_part(suite, accepted)
    for name in SERVICES:
        await answers(suite, name)


def test_the_demonstration_loses_nothing_while_each_service_is_away_for_a_moment(stack: Stack) -> None:
    with demonstration(stack) as running:
        assert running.stdout is not None
        assert "replaying" in running.stdout.readline()
        for name in SERVICES:
            stop(stack, name)
            stack.compose("start", name)
        said = running.stdout.read()

    assert running.returncode == 0, said
    assert said.splitlines()[-1] == "56 reported · 44 settled by community · 12 settled by subdistrict · 0 lost"


def test_what_is_taken_down_leaves_nothing_behind(stack: Stack) -> None:
    """The last test of the stack, which would otherwise run on beside all that follows."""
    its = f"--filter=label=com.docker.compose.project={stack.project}"
    kinds = [("container", "--all"), ("network",), ("volume",)]
    assert all(docker(kind, "ls", "--quiet", *more, its) for kind, *more in kinds)
    stack.down()
    assert not any(docker(kind, "ls", "--quiet", *more, its) for kind, *more in kinds)


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True, timeout=60).stdout


def demonstration(stack: Stack) -> subprocess.Popen[str]:
    program = str(Path(sys.executable).with_name("linli-demo"))
    command = [program, "--url", stack.url, "--issuer-key", str(stack.issuer_key)]
    told_at_once = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=told_at_once)
